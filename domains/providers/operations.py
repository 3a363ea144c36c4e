"""Registering external systems, asking them, and setting configured values.

What changes the configuration is told in the audit trail as CONFIG.
"""

import json
import re
from collections.abc import Mapping
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Invalid
from domains.kernel.identifiers import new_id
from domains.kernel.text import tidy_line
from domains.providers.adapters import ADAPTERS
from domains.providers.asking import ask as ask
from domains.providers.asking import ask_any as ask_any
from domains.providers.models import Capability, Provider, SystemConfig
from domains.vault.sealing import sealed_columns

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_is_url = URLValidator(schemes=["http", "https"])


class InvalidProvider(Invalid):
    """A part that a provider can't have; `path` names it."""

    code = "INVALID_PROVIDER"


class InvalidConfiguration(Invalid):
    """A key or a value that can't be configured."""

    code = "INVALID_CONFIGURATION"


@transaction.atomic
def register_provider(
    *,
    actor: Actor,
    code: str,
    name: str,
    capability: str,
    base_url: str,
    priority: int = 100,
    adapter: str = "",
    credentials: Mapping[str, str] | None = None,
) -> UUID:
    """Register an external system and return its id; one of this code that is there stays as it is.

    `code` has lower-case letters, digits and hyphens. Raises InvalidProvider.
    """
    line = tidy_line(name, length_max=200)
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise InvalidProvider("A code has 1 to 50 of a-z, 0-9 and hyphens.", path=("code",))
    if line is None:
        raise InvalidProvider("A name has 1 to 200 printable characters.", path=("name",))
    if capability not in Capability.values:
        raise InvalidProvider("There is no such capability.", path=("capability",))
    if adapter and (adapter not in ADAPTERS or ADAPTERS[adapter].capability != capability):
        raise InvalidProvider("There is no such adapter of this capability.", path=("adapter",))
    try:
        _is_url(base_url)
    except ValidationError:
        raise InvalidProvider("This is not an address of the web.", path=("baseUrl",)) from None
    key = new_id()
    provider, created = Provider.objects.get_or_create(
        code=code,
        defaults={
            "id": key,
            "name": line,
            "capability": capability,
            "adapter": adapter,
            "base_url": base_url,
            "priority": priority,
            **sealed_credentials(credentials, pk=key),
        },
    )
    if created:
        change = Change("providers_provider", provider.id, "code", None, code, in_clear=True)
        record(event=Event.CONFIG, actor=actor, operation_name="register_provider", changes=[change])
    return provider.id


def sealed_credentials(credentials: Mapping[str, str] | None, *, pk: UUID) -> dict[str, object]:
    """Return the columns of a provider's credentials; their masked form tells only which there are."""
    value = json.dumps(dict(credentials), sort_keys=True) if credentials else None
    names = ", ".join(sorted(credentials or {}))
    return sealed_columns(
        table="providers_provider", column="credentials", pk=pk, value=value, mask=lambda _: names
    )


@transaction.atomic
def configure(*, actor: Actor, key: str, value: object, description: str = "") -> bool:
    """Set a configured value (anything that JSON holds) and return whether it is another one than before.

    Raises InvalidConfiguration.
    """
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise InvalidConfiguration("A key has 1 to 100 of a-z, 0-9, dots, hyphens and _.", path=("key",))
    try:
        told = json.dumps(value, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError):
        raise InvalidConfiguration("This is not a value that JSON holds.", path=("value",)) from None
    config, created = SystemConfig.objects.select_for_update().get_or_create(
        key=key, defaults={"value": value, "description": description, "updated_by": actor.id}
    )
    before = None if created else json.dumps(config.value, sort_keys=True)
    if before == told:
        return False
    if not created:
        config.value, config.version = value, config.version + 1
        config.updated_at, config.updated_by = now(), actor.id
        config.save(update_fields=["value", "version", "updated_at", "updated_by"])
    change = Change("providers_systemconfig", config.id, key, before, told, in_clear=True)
    record(event=Event.CONFIG, actor=actor, operation_name="configure", changes=[change])
    return True
