"""Reading the registry and the configuration."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, Exists, OuterRef, UUIDField

from domains.kernel.clock import now
from domains.kernel.prepared import Asked, Question, Records, Slot, ask
from domains.providers.adapters import ADAPTERS
from domains.providers.answer import ProviderRef
from domains.providers.models import MaintenanceWindow, Provider, SystemConfig
from domains.providers.words import Breaker, Capability
from domains.vault.sealing import open_sealed

_ENABLED = Question(
    lambda: Provider.objects.filter(
        capability=Slot("capability", CharField()), enabled=True, adapter__in=ADAPTERS
    ).values_list("id")[:1]
)
_CONFIGURED = Question(
    lambda: SystemConfig.objects.filter(key=Slot("key", CharField())).values_list("value")[:1]
)
_MOMENT = Slot("moment", DateTimeField())
_PROVIDER = Records(lambda: Provider.objects.filter(id=Slot("id", UUIDField())))
_MAINTENANCE = Question(
    lambda: MaintenanceWindow.objects.filter(
        provider_id=Slot("id", UUIDField()), starts_at__lte=_MOMENT, ends_at__gt=_MOMENT
    ).values_list("id")[:1]
)
_CANDIDATES = Records(
    lambda: (
        Provider.objects.filter(
            capability=Slot("capability", CharField()), enabled=True, adapter__in=ADAPTERS
        )
        .exclude(
            Exists(
                MaintenanceWindow.objects.filter(
                    provider=OuterRef("pk"), starts_at__lte=_MOMENT, ends_at__gt=_MOMENT
                )
            )
        )
        .exclude(state__breaker=Breaker.OPEN, state__retry_at__gt=_MOMENT)
    )
)
_chance = random.Random()  # noqa: S311  it spreads load, and keeps no secret


def candidates(*, capability: Capability) -> list[ProviderRef]:
    """Return the providers of a capability that may be asked now, the one to ask first in front.

    The lowest priority comes first; among equals chance decides, by weight. One that is off, under maintenance,
    or whose breaker is open, is left out; an open breaker that is due for a probe is not.
    """
    found = _CANDIDATES.about(capability=capability.value, moment=now())
    return [
        ProviderRef.of(each) for each in sorted(found, key=lambda each: (each.priority, _turn(each.weight)))
    ]


@dataclass(frozen=True, slots=True)
class ProviderAddress:
    """Where a provider is called."""

    id: UUID
    version: int
    base_url: str


def provider_address(code: str) -> ProviderAddress | None:
    """Return where the provider of a code is called, None if there is none."""
    found = Provider.objects.filter(code=code).values_list("id", "version", "base_url").first()
    return found and ProviderAddress(*found)


def in_maintenance(provider_id: UUID) -> bool:
    """Tell whether a provider is under maintenance now."""
    return ask(_MAINTENANCE.about(id=provider_id, moment=now())) != [None]


def provider_as_it_is(provider_id: UUID) -> Provider:
    """Return a provider with its present configuration. Raises Provider.DoesNotExist."""
    found = _PROVIDER.about(id=provider_id)
    if not found:
        raise Provider.DoesNotExist
    return found[0]


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
    (found,) = ask(configured_asked(key))
    return found and found[0]


def _turn(weight: int) -> float:
    """Draw a place so that sorting by it picks the first in proportion to weight (Efraimidis and Spirakis)."""
    return float(_chance.expovariate(weight))


def any_enabled_asked(capability: Capability) -> Asked:
    """Return the question whether a provider is turned on; a row says yes, though it may be left alone now."""
    return _ENABLED.about(capability=capability.value)


def configured_asked(key: str) -> Asked:
    """Return the question for the configured value of a key, to be asked with others."""
    return _CONFIGURED.about(key=key)


def provider_ref(provider_id: UUID) -> ProviderRef:
    """Return the reference of a provider that is there, on or off."""
    return ProviderRef.of(provider_as_it_is(provider_id))


def known_within_s(adapter: str) -> float | None:
    """Return how long after an instruction expired a provider of this adapter knows what came of it (seconds)."""
    return ADAPTERS[adapter].known_within_s


@dataclass(frozen=True, slots=True)
class NoticeSource:
    """A provider that sends notices: the secret that they are signed with, and what reads them."""

    provider_id: UUID
    secret: str = field(repr=False)
    read: Callable[[Mapping[str, Any]], Mapping[str, Any]]


def notice_source(code: str) -> NoticeSource | None:
    """Return the provider of a code as a source of notices; None when it is none; one that is off counts."""
    provider = Provider.objects.filter(code=code, adapter__in=ADAPTERS).first()
    adapter = None if provider is None else ADAPTERS[provider.adapter]
    if provider is None or adapter is None or adapter.notice_secret is None:
        return None
    credentials = open_credentials(provider)
    if adapter.credentials - {*credentials}:
        return None
    return NoticeSource(
        provider.id, adapter.notice_secret(credentials), read=adapter.actions["notice"].answer
    )


def provider_with_code(code: str) -> UUID | None:
    """Return the id of the provider of a code, or None."""
    return Provider.objects.filter(code=code).values_list("id", flat=True).first()
