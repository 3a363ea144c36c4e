"""What codes mean, as data: standard code, outcome, ISO 20022's code. Read once, checked as it is read.

Each row of a `codes.json` is `raw code: {"outcome", "code", "iso", "message", "certainly_not_done", "fault"}`.
`fault` says that the provider itself is unwell, which its circuit breaker counts; being refused is no fault.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from domains.providers.words import Outcome

FOLDER = Path(__file__).parent


class BadMeaning(Exception):
    """A row of a `codes.json` that can't be; the message names file and raw code."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one raw code means."""

    outcome: Outcome
    code: str
    message: str
    iso: str = ""
    certainly_not_done: bool = False
    fault: bool = False

    @property
    def done(self) -> bool:
        """Tell whether it was done, or taken in order to be done."""
        return self.outcome in (Outcome.ACCEPTED, Outcome.SETTLED)


def read_meanings(folder: Path) -> Mapping[str, Meaning]:
    """Read the `codes.json` of a folder; raise BadMeaning for a row that can't be."""
    file = folder / "codes.json"
    return {raw: _meaning(row, f"{file}: {raw}") for raw, row in json.loads(file.read_text()).items()}


@lru_cache(maxsize=1)
def common_meanings() -> Mapping[str, Meaning]:
    """Return what holds for every provider: HTTP's own codes, and those of calls that got no answer."""
    return read_meanings(FOLDER / "adapters")


def http_meaning(status: int) -> Meaning:
    """Return what an HTTP status means where the provider's body told nothing that its adapter knows."""
    common = common_meanings()
    return common.get(f"HTTP_{status}") or common.get(f"HTTP_{status // 100}XX") or common["NOT_UNDERSTOOD"]


def _meaning(row: dict[str, Any], place: str) -> Meaning:
    try:
        meaning = Meaning(**{**row, "outcome": Outcome(row["outcome"])})
    except (TypeError, KeyError, ValueError) as error:
        raise BadMeaning(f"{place}: {error}") from None
    if meaning.iso and meaning.iso not in iso_codes():
        raise BadMeaning(f"{place}: {meaning.iso} is not an external code of ISO 20022.")
    if meaning.outcome is Outcome.REJECTED and not meaning.certainly_not_done:
        raise BadMeaning(f"{place}: what was rejected has certainly not been done.")
    if meaning.certainly_not_done and meaning.outcome in (Outcome.ACCEPTED, Outcome.SETTLED, Outcome.UNKNOWN):
        raise BadMeaning(f"{place}: {meaning.outcome} says that it was done, or may have been.")
    return meaning


@lru_cache(maxsize=1)
def iso_codes() -> Mapping[str, str]:
    """Return ISO 20022's external codes (a payment's status, reasons of status, rejection, return), defined."""
    reasons: dict[str, str] = {}
    for file in sorted((FOLDER / "iso20022").glob("*.json")):
        reasons |= json.loads(file.read_text())["codes"]
    return reasons
