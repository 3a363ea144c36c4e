"""Reading the registry and the configuration."""

import json
import random
from collections.abc import Mapping
from uuid import UUID

from django.db.models import Exists, OuterRef

from domains.kernel.clock import now
from domains.providers.adapters import ADAPTERS
from domains.providers.answer import ProviderRef
from domains.providers.models import MaintenanceWindow, Provider, SystemConfig
from domains.providers.words import Breaker, Capability
from domains.vault.sealing import open_sealed

_chance = random.Random()  # noqa: S311  it spreads load, and keeps no secret


def candidates(*, capability: Capability) -> list[ProviderRef]:
    """Return the providers of a capability that may be asked now, the one to ask first in front.

    The lowest priority comes first; among equals chance decides, by weight. One that is off, under maintenance,
    or whose breaker is open, is left out; an open breaker that is due for a probe is not.
    """
    moment = now()
    under_maintenance = MaintenanceWindow.objects.filter(
        provider=OuterRef("pk"), starts_at__lte=moment, ends_at__gt=moment
    )
    found = (
        Provider.objects.filter(capability=capability, enabled=True, adapter__in=ADAPTERS)
        .exclude(Exists(under_maintenance))
        .exclude(state__breaker=Breaker.OPEN, state__retry_at__gt=moment)
    )
    return [
        ProviderRef.of(each) for each in sorted(found, key=lambda each: (each.priority, _turn(each.weight)))
    ]


def in_maintenance(provider_id: UUID) -> bool:
    """Tell whether a provider is under maintenance now."""
    moment = now()
    return MaintenanceWindow.objects.filter(
        provider_id=provider_id, starts_at__lte=moment, ends_at__gt=moment
    ).exists()


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
