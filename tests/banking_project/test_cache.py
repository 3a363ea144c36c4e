"""The cache of reference data: what it is, and that what is in it ends."""

from django.conf import settings
from django.core.cache import cache


def test_the_cache_is_the_process_s_own_and_bounded() -> None:
    (name,) = settings.CACHES
    assert settings.CACHES[name]["LOCATION"] == "banking_middleware_cache"
    assert cache._max_entries == 10_000
    assert cache._cull_frequency == 3
    assert cache.default_timeout == 300


def test_a_full_cache_drops_a_third() -> None:
    cache.clear()
    for number in range(10_001):
        cache.set(f"number:{number}", number)
    assert 6_000 < len(cache._cache) < 7_000
    cache.clear()
