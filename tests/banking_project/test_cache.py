"""The cache of reference data: what it is, and that what is in it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from banking_project.reference_cache import ReferenceCache
from tests.conftest import BASE_DIR
from tests.redis_server import RedisServer

TIMEOUTS = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}


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


def test_processes_share_a_redis_which_may_be_killed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = RedisServer(tmp_path)
    server.start()
    one, other = (
        ReferenceCache(server.url, {"KEY_PREFIX": "banking", "OPTIONS": TIMEOUTS}) for _ in range(2)
    )
    try:
        one.set("plan", ["Seq Scan"])
        assert other.get("plan") == ["Seq Scan"]
        server.kill()
        monkeypatch.setattr(ReferenceCache, "_silent_until", 0.0)
        assert one.get("plan", "made anew") == "made anew"
        one.set("plan", ["Index Scan"])
        assert other.get("plan") is None
        told = [message for message in caplog.messages if "does not answer" in message]
        assert told == ["The cache does not answer (ConnectionError); what it keeps is made anew."]
        server.start()
        other.set("plan", ["Index Scan"])
        assert one.get("plan") == ["Index Scan"]
    finally:
        server.kill()
        for each in (one, other):
            for pool in each._cache._pools.values():
                pool.disconnect()


def test_the_setting_names_it(tmp_path: Path) -> None:
    asked = (
        "import django; django.setup(); from django.core.cache import cache; "
        "print(type(cache._connections['default']).__name__, cache.get('anything'), cache.default_timeout)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asked],
        cwd=BASE_DIR,
        env=os.environ
        | {
            "CACHE_URL": "redis://127.0.0.1:9/1",
            "BANKING_LOG_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "banking_project.settings",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "ReferenceCache None 300\n", done.stderr
