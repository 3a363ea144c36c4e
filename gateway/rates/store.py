"""What a shared store of allowances must do."""

from dataclasses import dataclass
from typing import Protocol

from gateway.tiers import Tier

BLOCK_SHARE = 64  # a block is at most this part of what is left


class StoreUnavailable(Exception):
    """The store does not answer; nothing was taken. `is_told`: whoever found it has told so."""

    def __init__(self, why: str, *, is_told: bool = False) -> None:
        super().__init__(why)
        self.is_told = is_told


@dataclass(frozen=True, slots=True)
class Taken:
    """What a store gave: points (0 if there were not enough) and how many are left after that."""

    points: int
    left: float


class Store(Protocol):
    """Allowances that all processes share."""

    name: str  # of a closed set, for metrics

    def take(self, key: str, tier: Tier, *, at_least: int, back: int) -> Taken:
        """Give back `back` points, then take a block of at least `at_least`, or nothing.

        Raises StoreUnavailable when the store does not answer.
        """
