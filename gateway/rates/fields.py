"""The header fields that tell a client what is left: draft-ietf-httpapi-ratelimit-headers-10.

`q` points in a window of `w` seconds; `r` points remain, and in `t` seconds the allowance is full again.
"""

from functools import lru_cache

from gateway.tiers import Tier


@lru_cache(maxsize=64)
def _policy(tier: Tier) -> tuple[str, str]:
    name = f'"{tier.name.lower()}"'
    window_s = max(1, round(tier.burst_points * 60 / tier.points_per_minute))
    return name, f'{name};q={tier.burst_points};w={window_s};qu="points"'


def fields(tier: Tier, remaining: int) -> dict[str, str]:
    """Return RateLimit-Policy and RateLimit for a tier of which so many points remain."""
    name, policy = _policy(tier)
    full_in_s = -(-(tier.burst_points - remaining) * 60 // tier.points_per_minute)
    return {"RateLimit-Policy": policy, "RateLimit": f"{name};r={remaining};t={full_in_s}"}
