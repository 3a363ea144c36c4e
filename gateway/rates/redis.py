"""Allowances in Redis, through the library `limits`: a sliding window of the time in which a burst comes back.

Imported only where REDIS_URL is set. A block that does not fit is asked for again at the size that is needed.
"""

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from gateway.rates.store import BLOCK_SHARE, StoreUnavailable, Taken
from gateway.tiers import Tier

TIMEOUT_S = 0.25  # to connect, and for each answer: a request does not wait long for its limit


class RedisStore:
    """Allowances in a Redis server, or in another storage that `limits` knows by its address."""

    name = "redis"

    def __init__(self, url: str) -> None:
        timeouts = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
        options = timeouts if url.startswith(("redis", "unix")) else {}
        storage = storage_from_string(url, wrap_exceptions=True, **options)
        assert isinstance(storage, Storage)
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    def take(self, key: str, tier: Tier, *, at_least: int, back: int) -> Taken:  # noqa: ARG002  see the package
        """Take a block of a share of what is left, or else what is needed; nothing can be given back."""
        window_s = max(1, round(tier.burst_points * 60 / tier.points_per_minute))
        item = RateLimitItemPerSecond(tier.burst_points, window_s)
        try:
            left = self._limiter.get_window_stats(item, key).remaining
            for points in sorted({max(at_least, left // BLOCK_SHARE), at_least}, reverse=True):
                if self._limiter.hit(item, key, cost=points):
                    return Taken(points, max(0, left - points))
        except StorageError as error:
            raise StoreUnavailable(type(error).__name__) from None
        return Taken(0, left)
