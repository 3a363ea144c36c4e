"""The registry of providers and the configuration."""

from datetime import timedelta

import pytest

from domains.kernel.clock import now
from domains.providers.models import Capability, Provider, ProviderState, SystemConfig
from domains.providers.queries import candidates, configured
from domains.providers.words import Breaker
from tests.domains.refusal import breaks


def provider(code: str, **given: object) -> Provider:
    fields = {
        "name": code,
        "capability": Capability.PAYMENT_RAIL,
        "base_url": "https://example.com",
        "adapter": "sandbox_prices",
    } | given
    return Provider.objects.create(code=code, **fields)


def test_the_enabled_one_of_lowest_priority_is_asked_first(db: None) -> None:
    provider("second", priority=20)
    provider("first", priority=10)
    provider("off", priority=1, enabled=False)
    provider("bureau", priority=1, capability=Capability.KYC_BUREAU)
    assert [each.code for each in candidates(capability=Capability.PAYMENT_RAIL)] == ["first", "second"]


def test_a_configured_value_is_found_by_its_key(db: None) -> None:
    SystemConfig.objects.create(key="upi.limit", value={"amount": "100000.00"})
    assert configured("upi.limit") == {"amount": "100000.00"}
    assert configured("none") is None
    with breaks("config_key_once"):
        SystemConfig.objects.create(key="upi.limit", value=1)


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"capability": "MAGIC"}, "provider_capability_known"),
        ({"connect_timeout_ms": 0}, "provider_timeouts_fit"),
        ({"read_timeout_ms": -1}, "provider_timeouts_fit"),
        ({"total_timeout_ms": 10}, "provider_timeouts_fit"),
    ],
)
def test_the_database_refuses_a_provider_that_can_not_be(
    db: None, given: dict[str, object], constraint: str
) -> None:
    with breaks(constraint):
        provider("bad", **given)


def test_a_providers_code_is_unique(db: None) -> None:
    provider("rail")
    with breaks("provider_code_once"):
        provider("rail")


def test_among_equals_chance_decides_by_weight(db: None) -> None:
    provider("heavy", weight=9)
    provider("light", weight=1)
    first = [candidates(capability=Capability.PAYMENT_RAIL)[0].code for _ in range(300)]
    assert 230 < first.count("heavy") < 300  # 270 are expected; outside this less than once in a million runs


def test_an_open_breaker_keeps_calls_away_until_it_is_due(db: None) -> None:
    state = ProviderState.objects.create(
        provider=provider("rail"), breaker=Breaker.OPEN, retry_at=now() + timedelta(seconds=60)
    )
    assert candidates(capability=Capability.PAYMENT_RAIL) == []
    state.retry_at = now() - timedelta(seconds=1)
    state.save()
    assert [each.code for each in candidates(capability=Capability.PAYMENT_RAIL)] == ["rail"]
