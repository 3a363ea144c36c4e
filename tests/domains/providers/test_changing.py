"""Changing a provider: validated, versioned, audited, tried before it is taken, taken back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domains.audit.models import AuditLog
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.providers.answer import ProviderRef
from domains.providers.client import private_allowed
from domains.providers.failures import (
    CredentialsStay,
    InvalidMaintenance,
    InvalidProvider,
    ProviderNotFound,
    ProviderTestFailed,
    StaleConfiguration,
    VersionNotFound,
)
from domains.providers.models import Provider, ProviderVersion
from domains.providers.operations import (
    ask,
    cancel_maintenance,
    change_provider,
    plan_maintenance,
    register_provider,
    roll_back_provider,
    set_credentials,
)
from domains.providers.queries import candidates, open_credentials
from domains.providers.words import Capability
from tests.conftest import Sandbox, free_port
from tests.domains.providers.conftest import MakeProvider
from tests.domains.refusal import refuses


@pytest.fixture
def prices_id(db: None, officer: Actor, sandbox: Sandbox) -> UUID:
    return register_provider(
        actor=officer,
        code="prices",
        name="Prices",
        capability="PRICE_SOURCE",
        adapter="sandbox_prices",
        base_url=f"{sandbox.url}/prices/one/",
        credentials={"api_key": "a-key-of-the-sandbox"},
    )


def change(officer: Actor, provider_id: UUID, version: int = 1, test: bool = False, **settings: Any) -> None:
    change_provider(actor=officer, provider_id=provider_id, version=version, settings=settings, test=test)


def test_a_change_makes_a_version_and_is_told(officer: Actor, prices_id: UUID) -> None:
    change(officer, prices_id, total_timeout_ms=9_000, enabled=False)
    provider = Provider.objects.get()
    assert (provider.total_timeout_ms, provider.enabled, provider.version) == (9_000, False, 2)
    assert list(ProviderVersion.objects.order_by("version").values_list("version", "cause")) == [
        (1, "registered"),
        (2, "changed"),
    ]
    told = AuditLog.objects.order_by("-id")[0]
    assert told.operation_name == "change_provider"
    assert {each["field"]: each["after"] for each in told.changes or ()} == {
        "enabled": {"value": "False"},
        "total_timeout_ms": {"value": "9000"},
    }


def test_what_is_the_same_makes_no_version(officer: Actor, prices_id: UUID) -> None:
    change(officer, prices_id, total_timeout_ms=5_000)
    assert Provider.objects.get().version == 1


def test_a_stale_version_is_refused_with_what_is_there(officer: Actor, prices_id: UUID) -> None:
    change(officer, prices_id, priority=5)
    with pytest.raises(StaleConfiguration, match="at version 2 since"):
        change(officer, prices_id, priority=6)
    assert Provider.objects.get().priority == 5


def test_a_rollback_takes_the_settings_of_a_version_again(officer: Actor, prices_id: UUID) -> None:
    change(officer, prices_id, priority=5, retry_codes=["PROVIDER_TIMEOUT"])
    roll_back_provider(actor=officer, provider_id=prices_id, version=2, to_version=1)
    provider = Provider.objects.get()
    assert (provider.priority, provider.version, len(provider.retry_codes)) == (100, 3, 7)
    assert ProviderVersion.objects.get(version=3).cause == "rolled back to 1"
    with pytest.raises(VersionNotFound):
        roll_back_provider(actor=officer, provider_id=prices_id, version=3, to_version=9)


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"base_url": "ftp://example.com"}, "baseUrl"),
        ({"base_url": "https://user:secret@example.com"}, "baseUrl"),
        ({"base_url": "https://example.com/?key=1"}, "baseUrl"),
        ({"base_url": "https://example.com/" + "a" * 500}, "baseUrl"),
        ({"connect_timeout_ms": 0}, "connectTimeoutMs"),
        ({"read_timeout_ms": 61_000}, "readTimeoutMs"),
        ({"total_timeout_ms": 10}, "totalTimeoutMs"),
        ({"retry_attempts_max": 0}, "retryAttemptsMax"),
        ({"retry_attempts_max": 2.5}, "retryAttemptsMax"),
        ({"retry_attempts_max": True}, "retryAttemptsMax"),
        ({"retry_backoff_ms": 5_000}, "retryBackoffMsMax"),
        ({"retry_codes": ["EVERYTHING"]}, "retryCodes"),
        ({"retry_codes": ["PROVIDER_ERROR", "PROVIDER_ERROR"]}, "retryCodes"),
        ({"concurrency_max": 0}, "concurrencyMax"),
        ({"rate_per_minute": 0}, "ratePerMinute"),
        ({"breaker_fault_percent": 101}, "breakerFaultPercent"),
        ({"weight": 0}, "weight"),
        ({"priority": None}, "priority"),
        ({"adapter": "sandbox_bureau"}, "adapter"),
        ({"adapter": "nothing"}, "adapter"),
        ({"name": " "}, "name"),
        ({"enabled": "yes"}, "enabled"),
        ({"magic": 1}, "magic"),
    ],
)
def test_what_can_not_be_is_refused_whole(
    officer: Actor, prices_id: UUID, settings: dict[str, Any], path: str
) -> None:
    with pytest.raises(InvalidProvider) as refused:
        change(officer, prices_id, **{"weight": 7, **settings})
    assert refused.value.path == (path,)
    provider = Provider.objects.get()
    assert (provider.version, provider.weight) == (1, 1)


def test_new_settings_are_tried_before_they_are_taken(
    officer: Actor, prices_id: UUID, sandbox: Sandbox
) -> None:
    nowhere = {"base_url": f"http://127.0.0.1:{free_port()}/"}
    with pytest.raises(ProviderTestFailed, match="could not be reached"):
        change_provider(
            actor=officer,
            provider_id=prices_id,
            version=1,
            settings=nowhere,
            credentials={"api_key": "of-the-other"},
            test=True,
        )
    assert open_credentials(Provider.objects.get()) == {"api_key": "a-key-of-the-sandbox"}
    assert Provider.objects.get().version == 1
    change(officer, prices_id, base_url=f"{sandbox.url}/prices/two/", enabled=False, test=True)
    assert [seen.path for seen in sandbox.asked()] == ["prices/two/ping"]
    assert Provider.objects.get().version == 2


def test_credentials_are_sealed_and_never_in_a_version_or_the_trail(officer: Actor, prices_id: UUID) -> None:
    set_credentials(actor=officer, provider_id=prices_id, version=1, credentials={"api_key": "new-secret"})
    provider = Provider.objects.get()
    assert open_credentials(provider) == {"api_key": "new-secret"}
    assert provider.credentials_masked == "api_key"
    assert b"new-secret" not in bytes(provider.credentials_sealed or b"")
    for version in ProviderVersion.objects.all():
        assert "secret" not in str(version.settings)
    assert all("new-secret" not in str(entry.changes) for entry in AuditLog.objects.all())


def test_credentials_are_sent_to_no_server_but_the_one_that_they_were_set_for(
    officer: Actor, prices_id: UUID, sandbox: Sandbox
) -> None:
    """Who may change an address must not read the credentials by pointing it at a server of their own."""
    elsewhere = sandbox.url.replace("127.0.0.1", "localhost") + "/prices/one/"
    for test in (True, False):
        with pytest.raises(CredentialsStay):
            change(officer, prices_id, test=test, base_url=elsewhere)
    assert not sandbox.asked()
    change_provider(
        actor=officer,
        provider_id=prices_id,
        version=1,
        settings={"base_url": elsewhere},
        credentials={"api_key": "of-the-other"},
        test=True,
    )
    assert open_credentials(Provider.objects.get()) == {"api_key": "of-the-other"}
    with pytest.raises(CredentialsStay):
        roll_back_provider(actor=officer, provider_id=prices_id, version=2, to_version=1)
    change(officer, prices_id, version=2, base_url=elsewhere + "v2/")  # on the same server they stay


@pytest.mark.parametrize(
    "wrong", [{}, {"password": "x"}, {"api_key": ""}, {"api_key": "two\r\nlines"}, {"api_key": "ключ"}]
)
def test_credentials_that_can_not_be_sent_are_refused(
    officer: Actor, prices_id: UUID, wrong: dict[str, str]
) -> None:
    if not wrong:
        set_credentials(actor=officer, provider_id=prices_id, version=1, credentials=wrong)
        assert open_credentials(Provider.objects.get()) == {}  # they can be taken away
        return
    with pytest.raises(InvalidProvider):
        set_credentials(actor=officer, provider_id=prices_id, version=1, credentials=wrong)


def test_under_maintenance_a_provider_is_not_asked(
    officer: Actor, make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    provider = make_provider()
    start = now()
    window = plan_maintenance(
        actor=officer,
        provider_id=provider.id,
        starts_at=start - timedelta(minutes=1),
        ends_at=start + timedelta(hours=1),
        reason="their new release",
    )
    assert candidates(capability=Capability.KYC_BUREAU) == []
    assert asked(provider) == "PROVIDER_IN_MAINTENANCE"
    assert not sandbox.asked()
    cancel_maintenance(actor=officer, window_id=window)
    assert asked(provider) == "OK"


def test_a_window_that_can_not_be_is_refused(officer: Actor, prices_id: UUID) -> None:
    start, hour = now(), timedelta(hours=1)
    for starts_at, ends_at, reason in [
        (start + hour, start, "x"),
        (start - 2 * hour, start - hour, "x"),
        (start, start + timedelta(days=40), "x"),
        (start, start + hour, ""),
    ]:
        with pytest.raises(InvalidMaintenance):
            plan_maintenance(
                actor=officer, provider_id=prices_id, starts_at=starts_at, ends_at=ends_at, reason=reason
            )
    with pytest.raises(ProviderNotFound):
        plan_maintenance(
            actor=officer, provider_id=UUID(int=1), starts_at=start, ends_at=start + hour, reason="x"
        )


def test_in_production_only_public_addresses_are_taken(
    officer: Actor, prices_id: UUID, settings: Any
) -> None:
    settings.PRODUCTION, settings.PROVIDER_PRIVATE_HOSTS = True, {"10.1.2.3"}
    for address in ("https://10.9.9.9/", "https://[::1]/", "https://169.254.169.254/", "http://example.com/"):
        with pytest.raises(InvalidProvider):
            change(officer, prices_id, base_url=address)
    assert private_allowed("10.1.2.3")
    change_provider(
        actor=officer,
        provider_id=prices_id,
        version=1,
        settings={"base_url": "http://10.1.2.3/"},
        credentials={"api_key": "of-the-other"},
    )


def test_history_can_not_be_rewritten(officer: Actor, prices_id: UUID) -> None:
    refuses("default", "UPDATE providers_providerversion SET cause = 'x'", because="permission denied")
    refuses("default", "DELETE FROM providers_providerversion", because="permission denied")


def asked(provider: ProviderRef) -> str:
    answer = ask(
        provider=provider,
        action="verify_pan",
        request={"pan": "ABCPE1234F", "name": "Asha"},
        correlation_id="correlation-1",
        repeatable=True,
    )
    return answer.code
