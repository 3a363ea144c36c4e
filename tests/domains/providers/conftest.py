"""Providers that are played by the sandbox."""

from collections.abc import Callable

import pytest

from domains.providers.answer import ProviderRef
from domains.providers.models import Provider
from domains.providers.operations import sealed_credentials
from domains.providers.words import Capability
from tests.conftest import Sandbox

MakeProvider = Callable[..., ProviderRef]

PLACES = {
    Capability.KYC_BUREAU: ("sandbox_bureau", "kyc"),
    Capability.DEPOSITORY: ("sandbox_depository", "depository"),
    Capability.PRICE_SOURCE: ("sandbox_prices", "prices"),
    Capability.ACCOUNT_AGGREGATOR: ("sandbox_aggregator", "aggregator"),
}


@pytest.fixture
def make_provider(db: None, sandbox: Sandbox) -> MakeProvider:
    """Return what registers a provider at `<service>/<code>` of the sandbox, with short time-outs."""

    def make(
        code: str = "one", *, capability: Capability = Capability.KYC_BUREAU, **given: object
    ) -> ProviderRef:
        adapter, service = PLACES[capability]
        provider = Provider(
            code=code,
            name=code,
            capability=capability,
            adapter=adapter,
            base_url=f"{sandbox.url}/{service}/{code}/",
        )
        times = {"connect_timeout_ms": 300, "read_timeout_ms": 300, "total_timeout_ms": 800}
        credentials = sealed_credentials({"api_key": "key-of-the-sandbox"}, pk=provider.id)
        for name, value in {**times, **credentials, **given}.items():
            setattr(provider, name, value)
        provider.save(force_insert=True)
        return ProviderRef.of(provider)

    return make
