"""Configured values by key: set by the program, changed and taken back by operations, told in the audit trail.

A person may change what a value is, not what it is made of: an object keeps its names, a number stays a number,
a text that is a decimal stays one. So a change can't break what reads it.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.json_values import NotStorable, json_text
from domains.providers.failures import (
    ConfigurationNotFound,
    InvalidConfiguration,
    StaleConfiguration,
    VersionNotFound,
)
from domains.providers.models import SystemConfig, SystemConfigVersion

VALUE_LENGTH_MAX = 100_000
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


@transaction.atomic
def configure(*, actor: Actor, key: str, value: object, description: str = "") -> bool:
    """Set a configured value (anything that JSON holds) and return whether it is another one than before.

    Raises InvalidConfiguration.
    """
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise InvalidConfiguration("A key has 1 to 100 of a-z, 0-9, dots, hyphens and _.", path=("key",))
    told = _text(value)
    config, created = SystemConfig.objects.select_for_update().get_or_create(
        key=key, defaults={"value": value, "description": description, "updated_by": actor.id}
    )
    if created:
        _remember(actor, config, "configured")
        _tell(actor, "configure", config, None, told)
        return True
    return _set(actor, config, value, "configured", "configure")


@transaction.atomic
def change_config(*, actor: Actor, key: str, version: int, value: object) -> UUID:
    """Change a configured value that is at `version`, and return its id.

    Raises ConfigurationNotFound, InvalidConfiguration or StaleConfiguration.
    """
    config = _locked(key, version)
    _text(value)
    if (fault := _other_shape(config.value, value)) is not None:
        raise InvalidConfiguration(fault, path=("value",))
    _set(actor, config, value, "changed", "change_config")
    return config.id


@transaction.atomic
def roll_back_config(*, actor: Actor, key: str, version: int, to_version: int) -> UUID:
    """Take the value of an earlier version again, as a new one; raises VersionNotFound, too."""
    config = _locked(key, version)
    kept = SystemConfigVersion.objects.filter(config=config, version=to_version).first()
    if kept is None:
        raise VersionNotFound
    _set(actor, config, kept.value, f"rolled back to {to_version}", "roll_back_config")
    return config.id


def _locked(key: str, version: int) -> SystemConfig:
    config = SystemConfig.objects.select_for_update().filter(key=key).first()
    if config is None:
        raise ConfigurationNotFound
    if config.version != version:
        raise StaleConfiguration(version=config.version, changed_at=config.updated_at)
    if not config.versions.filter(version=version).exists():  # it is older than the keeping of versions
        _remember(Actor.system("keep what was there"), config, "as it was found")
    return config


def _set(actor: Actor, config: SystemConfig, value: object, cause: str, operation_name: str) -> bool:
    before, after = _text(config.value), _text(value)
    if before == after:
        return False
    config.value, config.version = value, config.version + 1
    config.updated_at, config.updated_by = now(), actor.id
    config.save(update_fields=["value", "version", "updated_at", "updated_by"])
    _remember(actor, config, cause)
    _tell(actor, operation_name, config, before, after)
    return True


def _remember(actor: Actor, config: SystemConfig, cause: str) -> None:
    SystemConfigVersion.objects.create(
        config=config,
        version=config.version,
        cause=cause,
        value=config.value,
        changed_by_kind=actor.kind,
        changed_by=actor.id,
    )


def _tell(actor: Actor, name: str, config: SystemConfig, before: str | None, after: str) -> None:
    change = Change("providers_systemconfig", config.id, config.key, before, after, in_clear=True)
    record(event=Event.CONFIG, actor=actor, operation_name=name, changes=[change])


def _text(value: object) -> str:
    try:
        return json_text(value, length_max=VALUE_LENGTH_MAX)
    except NotStorable as fault:
        raise InvalidConfiguration(str(fault), path=("value",)) from None


def _other_shape(known: Any, given: Any, place: str = "the value") -> str | None:
    """Return in what a value is made otherwise than the known one, None if it is not."""
    if isinstance(known, dict) and isinstance(given, dict):
        if set(known) != set(given):
            return f"{place} has the names {', '.join(sorted(known))}."
        faults = (_other_shape(known[name], given[name], f"{place}.{name}") for name in known)
        return next((fault for fault in faults if fault), None)
    if isinstance(known, list) and isinstance(given, list):
        faults = (_other_shape(known[0], item, f"{place}[{n}]") for n, item in enumerate(given) if known)
        return next((fault for fault in faults if fault), None)
    kinds = (int | float, str, bool, list, dict)
    if known is None or any(
        isinstance(known, kind)
        and isinstance(given, kind)
        and isinstance(known, bool) == isinstance(given, bool)
        for kind in kinds
    ):
        return f"{place} is a decimal." if _is_decimal(known) and not _is_decimal(given) else None
    return f"{place} stays what it is: {type(known).__name__}, not {type(given).__name__}."


def _is_decimal(value: Any) -> bool:
    try:
        return isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        return False
