"""Reading the registry and the configuration."""

import json
import random
from collections.abc import Mapping

from domains.providers.adapters import ADAPTERS
from domains.providers.answer import ProviderRef
from domains.providers.models import Provider, SystemConfig
from domains.providers.words import Capability
from domains.vault.sealing import open_sealed

_chance = random.Random()  # noqa: S311  it spreads load, and keeps no secret


def candidates(*, capability: Capability) -> list[ProviderRef]:
    """Return the providers of a capability that may be asked now, the one to ask first in front.

    The lowest priority comes first; among equals chance decides, by weight.
    """
    found = Provider.objects.filter(capability=capability, enabled=True, adapter__in=ADAPTERS)
    return [ref_of(each) for each in sorted(found, key=lambda each: (each.priority, _turn(each.weight)))]


def ref_of(provider: Provider) -> ProviderRef:
    """Return what others are handed of a provider."""
    return ProviderRef(
        id=provider.id,
        code=provider.code,
        name=provider.name,
        capability=Capability(provider.capability),
        adapter=provider.adapter,
        version=provider.version,
    )


def open_credentials(provider: Provider) -> Mapping[str, str]:
    """Return a provider's credentials in clear: for the call alone, never to be stored, logged or shown."""
    if provider.credentials_sealed is None:
        return {}
    text = open_sealed(
        table_column="providers_provider.credentials", pk=provider.id, sealed=provider.credentials_sealed
    )
    opened: dict[str, str] = json.loads(text)
    return opened


def configured(key: str) -> object | None:
    """Return the configured value of a key, or None."""
    return SystemConfig.objects.filter(key=key).values_list("value", flat=True).first()


def _turn(weight: int) -> float:
    """Draw a place so that sorting by it picks the first in proportion to weight (Efraimidis and Spirakis)."""
    return float(_chance.expovariate(weight))
