"""Tiers: how much a viewer may ask, in one request and over time, in points of cost.

Who asks without credentials is ANONYMOUS; an API key names its tier; everyone else has the most generous of
their roles' tiers, STANDARD if none of the roles has one. The program itself has no tier and no limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from gateway.viewer import Viewer

STANDARD = "STANDARD"


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One tier. A new viewer may spend `burst_points` at once; they come back at `points_per_minute`."""

    name: str
    request_points_max: int  # points that one request may cost
    points_per_minute: int
    burst_points: int

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "name" and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise ImproperlyConfigured(f"Tier {self.name}: {name} must be a whole number above 0.")
        if self.request_points_max > self.burst_points:
            raise ImproperlyConfigured(
                f"Tier {self.name}: a request of {self.request_points_max} points could never be paid from "
                f"{self.burst_points}."
            )


DEFAULTS: Mapping[str, Mapping[str, int]] = {
    "ANONYMOUS": {"request_points_max": 4_000, "points_per_minute": 12_000, "burst_points": 12_000},
    STANDARD: {"request_points_max": 50_000, "points_per_minute": 3_000_000, "burst_points": 3_000_000},
    "ELEVATED": {"request_points_max": 200_000, "points_per_minute": 30_000_000, "burst_points": 30_000_000},
}


class Tiers:
    """The tiers by name, and which role has which."""

    def __init__(self, tiers: Mapping[str, Mapping[str, int]], roles: Mapping[str, str]) -> None:
        self.by_name: dict[str, Tier] = {}
        for name in {**DEFAULTS, **tiers}:
            try:
                self.by_name[name] = Tier(name=name, **{**DEFAULTS.get(name, {}), **tiers.get(name, {})})
            except TypeError:
                fields: Any = Tier.__dataclass_fields__
                raise ImproperlyConfigured(
                    f"GATEWAY_TIERS: {name} must give exactly {', '.join(list(fields)[1:])}."
                ) from None
        for role, name in roles.items():
            if name not in self.by_name:
                raise ImproperlyConfigured(
                    f"GATEWAY_ROLE_TIERS: {role} has the tier {name!r}, which is none."
                )
        self.roles = dict(roles)
        self._of_roles = lru_cache(maxsize=1024)(self._generous)

    @classmethod
    def configured(cls) -> "Tiers":
        """Return the tiers of the settings, those that are built in among them."""
        return cls(getattr(settings, "GATEWAY_TIERS", {}), getattr(settings, "GATEWAY_ROLE_TIERS", {}))

    def of(self, viewer: Viewer) -> Tier | None:
        """Return the tier of a viewer; None for the program itself."""
        if viewer.kind == "SYSTEM":
            return None
        if viewer.kind == "ANONYMOUS":
            return self.by_name["ANONYMOUS"]
        if viewer.rate_tier:
            return self.by_name.get(viewer.rate_tier, self.by_name[STANDARD])
        return self._of_roles(viewer.roles)

    def _generous(self, roles: frozenset[str]) -> Tier:
        named = [self.by_name[self.roles[role]] for role in roles if role in self.roles]
        return max(named, key=lambda tier: tier.points_per_minute, default=self.by_name[STANDARD])
