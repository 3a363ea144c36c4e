"""Providers that are played by the sandbox."""

from collections.abc import Callable

import pytest

from domains.providers.adapters import ADAPTERS
from domains.providers.answer import ProviderRef
from domains.providers.models import Provider
from domains.providers.operations import sealed_credentials
from tests.conftest import Sandbox

MakeProvider = Callable[..., ProviderRef]

# Adapter -> the service of the sandbox that it speaks to.
PLACES = {
    "sandbox_bureau": "kyc",
    "sandbox_depository": "depository",
    "sandbox_prices": "prices",
    "sandbox_ticker": "ticker",
    "sandbox_aggregator": "aggregator",
    "sandbox_rail": "rail",
    "sandbox_venue": "venue",
}


@pytest.fixture
def make_provider(db: None, sandbox: Sandbox) -> MakeProvider:
    """Return what registers a provider at `<service>/<code>` of the sandbox, with short time-outs."""

    def make(code: str = "one", *, adapter: str = "sandbox_bureau", **given: object) -> ProviderRef:
        provider = Provider(
            code=code,
            name=code,
            capability=ADAPTERS[adapter].capability,
            adapter=adapter,
            base_url=f"{sandbox.url}/{PLACES[adapter]}/{code}/",
        )
        times = {"connect_timeout_ms": 300, "read_timeout_ms": 300, "total_timeout_ms": 800}
        credentials = sealed_credentials({"api_key": "key-of-the-sandbox"}, pk=provider.id)
        for name, value in {**times, **credentials, **given}.items():
            setattr(provider, name, value)
        provider.save(force_insert=True)
        return ProviderRef.of(provider)

    return make
