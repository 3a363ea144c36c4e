"""What routes to a gateway learns from it: alive, ready, and of which part it is not, no more."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.db import connection, connections
from pytest_django.plugin import DjangoDbBlocker

from banking_project import health, stopping
from banking_project.health import probed
from domains.kernel.actor import Actor
from domains.providers.checking import check_one
from domains.providers.operations import register_provider
from domains.vault.keyring import forget_keyring
from tests.asking import signed_in
from tests.conftest import free_port, use_database
from tests.people import make_user


def elsewhere(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("404 Not Found", [])
    return [b"elsewhere"]


def probe(path: str, token: str = "") -> tuple[int, Any]:
    statuses: list[str] = []
    environ = {"PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1"}
    if token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    body = b"".join(probed(elsewhere)(environ, lambda status, _: statuses.append(status)))
    return int(statuses[0][:3]), json.loads(body) if body.startswith(b"{") else body


@pytest.fixture
def unmigrated(own_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Point this process at a database without any of our tables."""
    with django_db_blocker.unblock():
        use_database("postgres")
        yield
        use_database(own_database)


def test_a_gateway_that_lives_says_so_without_asking_anybody() -> None:
    assert probe("/healthz") == (200, {"status": "alive"})


def test_a_gateway_with_all_its_parts_is_ready(own_database: str) -> None:
    checks = {"audit": "ok", "database": "ok", "migrations": "ok", "keyring": "ok"}
    assert probe("/readyz") == (200, {"status": "ready", "checks": checks})


def test_a_database_that_is_not_migrated_makes_it_not_ready(unmigrated: None) -> None:
    status, told = probe("/readyz")
    assert (status, told["status"]) == (503, "not ready")
    assert told["checks"]["database"] == "ok"
    assert told["checks"]["migrations"] == "failed"


def test_a_database_that_is_away_makes_it_not_ready_until_it_is_back(
    own_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    use_database("no_such_database")
    status, told = probe("/readyz")
    assert (status, told["checks"]["database"]) == (503, "failed")
    assert "no_such_database" not in json.dumps(told)
    use_database(own_database)
    assert probe("/readyz")[0] == 200


def test_a_keyring_that_can_not_be_read_makes_it_not_ready(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANKING_KEYRING", "no keyring")
    forget_keyring()
    try:
        status, told = probe("/readyz")
    finally:
        monkeypatch.undo()
        forget_keyring()
    assert (status, told["checks"]["keyring"]) == (503, "failed")
    assert "no keyring" not in json.dumps(told)


def test_a_gateway_that_was_told_to_stop_is_alive_and_not_ready(own_database: str) -> None:
    stopped: list[bool] = []

    class Server:
        LISTENERS: list[Any] = []

    stopping.gracefully(stopped.append, Server(), drain_s=0)(True)
    try:
        assert stopped == [True]
        assert probe("/readyz") == (503, {"status": "stopping"})
        assert probe("/healthz")[0] == 200
    finally:
        stopping._flag[0] = 0


def test_other_addresses_are_handed_on() -> None:
    assert probe("/graphql") == (404, b"elsewhere")


def test_every_migration_of_this_version_is_looked_for(db: None) -> None:
    assert ("audit", "0001_initial") in health._migrations()
    assert connection.alias in connections


def test_how_providers_are_is_told_and_takes_nobody_off_the_way(own_database: str) -> None:
    for code, capability in (("one", "KYC_BUREAU"), ("two", "KYC_BUREAU"), ("three", "PRICE_SOURCE")):
        register_provider(
            actor=Actor.system("test"),
            code=code,
            name=code,
            capability=capability,
            adapter="sandbox_bureau" if capability == "KYC_BUREAU" else "sandbox_prices",
            base_url=f"http://127.0.0.1:{free_port()}/",
            credentials={"api_key": "any"},
            settings={"retry_attempts_max": 1, "breaker_calls_min": 1},
        )
    watcher = signed_in(make_user("watcher", "operations"))
    assert probe("/readyz", watcher)[1]["providers"] == {"KYC_BUREAU": "ok", "PRICE_SOURCE": "ok"}
    assert probe("/readyz")[1]["providers"] == "ok"
    assert check_one()
    status, told = probe("/readyz", watcher)
    assert status == 200
    assert "failed" in told["providers"].values() or "degraded" in told["providers"].values()
    assert probe("/readyz")[1]["providers"] == "degraded"
    while check_one():
        pass
    assert probe("/readyz", watcher)[1]["providers"] == {"KYC_BUREAU": "failed", "PRICE_SOURCE": "failed"}
    for stranger in ("", "no token", signed_in(make_user("asha", "customer"))):
        status, told = probe("/readyz", stranger)
        assert (status, told["providers"]) == (200, "failed")
