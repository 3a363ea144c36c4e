"""The cache of reference data in Redis, which may be away: then nothing is found in it, and nothing is kept.

What is in the cache can always be made again, so a Redis that does not answer costs time and never an answer.
"""

import logging
import time
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger("banking_project.reference_cache")

SILENCE_S = 10.0  # between two lines of the log about a Redis that does not answer


class ReferenceCache(RedisCache):
    """Django's cache in Redis, without its errors."""

    _silent_until = 0.0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return what is kept, or the default: also when nobody answers."""
        try:
            return super().get(key, default, version)
        except RedisError as error:
            self._tell(error)
            return default

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        """Keep a value, if somebody answers."""
        try:
            super().set(key, value, *args, **kwargs)
        except RedisError as error:
            self._tell(error)

    def _tell(self, error: RedisError) -> None:
        cls = type(self)  # Django makes an object for each thread
        if time.monotonic() >= cls._silent_until:
            cls._silent_until = time.monotonic() + SILENCE_S
            log.warning("The cache does not answer (%s); what it keeps is made anew.", type(error).__name__)
