"""Registering providers and changing how they are asked: validated, versioned, audited, taken back.

A change holds for the next call of any process. Credentials are written, never read, and are in no version: a
rollback leaves them as they are.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from domains.kernel.text import tidy_line
from domains.providers.adapters import ADAPTERS
from domains.providers.answer import Answer
from domains.providers.asking import ask_as
from domains.providers.failures import (
    CanNotBeTested,
    CodeTaken,
    CredentialsStay,
    InvalidProvider,
    ProviderNotFound,
    ProviderTestFailed,
    StaleConfiguration,
    VersionNotFound,
)
from domains.providers.models import Capability, Provider, ProviderState, ProviderVersion
from domains.providers.settings import NAMES, origin_of, refuse_faults, settings_of
from domains.providers.words import PROBE
from domains.vault.sealing import sealed_columns

TABLE = "providers_provider"
TEST_WITHIN_MS = 5_000  # whoever asked for the test waits for it
CREDENTIAL_LENGTH_MAX = 10_000
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")


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
    settings: Mapping[str, Any] | None = None,
    anew: bool = False,
) -> UUID:
    """Register an external system and return its id; one of this code that is there stays as it is.

    `code` has lower-case letters, digits and hyphens. Raises InvalidProvider; when it is to be made `anew`,
    CodeTaken if there is one.
    """
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise InvalidProvider("A code has 1 to 50 of a-z, 0-9 and hyphens.", path=("code",))
    if capability not in Capability.values:
        raise InvalidProvider("There is no such capability.", path=("capability",))
    given = {
        "name": tidy_line(name, length_max=200) or "",
        "base_url": base_url,
        "priority": priority,
        "adapter": adapter,
        **(settings or {}),
    }
    provider = Provider(id=new_id(), code=code, capability=capability)
    _take(provider, given)
    sealed = sealed_credentials(_checked_credentials(provider.adapter, credentials), pk=provider.id)
    defaults = {"id": provider.id, "capability": capability, **settings_of(provider), **sealed}
    kept, created = Provider.objects.get_or_create(code=code, defaults=defaults)
    if not created and anew:
        raise CodeTaken
    if created:
        _remember(actor, kept, "registered")
        _tell(actor, "register_provider", [Change(TABLE, kept.id, "code", None, code, in_clear=True)])
    return kept.id


def change_provider(
    *,
    actor: Actor,
    provider_id: UUID,
    version: int,
    settings: Mapping[str, Any],
    credentials: Mapping[str, str] | None = None,
    test: bool = False,
) -> UUID:
    """Change settings (`settings.NAMES`; what is left out stays) of a provider that is at `version`.

    An address on another server needs the `credentials` along: those that are set are sent to no server but the
    one that they were set for, or who may change an address could read them there. With `test` the provider is
    called with the new settings before they are taken. Raises InvalidProvider, CredentialsStay, ProviderNotFound,
    StaleConfiguration, ProviderTestFailed or CanNotBeTested.
    """
    return _change(actor, provider_id, version, settings, credentials, "changed", test=test)


def roll_back_provider(
    *,
    actor: Actor,
    provider_id: UUID,
    version: int,
    to_version: int,
    credentials: Mapping[str, str] | None = None,
    test: bool = False,
) -> UUID:
    """Take the settings of an earlier version again, as a new one; raises what change_provider does.

    Raises VersionNotFound as well. Settings that came later than that version stay as they are.
    """
    kept = ProviderVersion.objects.filter(provider_id=provider_id, version=to_version).first()
    if kept is None:
        raise VersionNotFound
    known = {name: value for name, value in kept.settings.items() if name in NAMES}
    cause = f"rolled back to {to_version}"
    return _change(actor, provider_id, version, known, credentials, cause, test=test)


@transaction.atomic
def set_credentials(*, actor: Actor, provider_id: UUID, version: int, credentials: Mapping[str, str]) -> UUID:
    """Write a provider's credentials anew; no one reads them. Raises InvalidProvider, ProviderNotFound, Stale…."""
    provider = _locked(provider_id, version)
    _take_credentials(provider, credentials)
    change = Change(TABLE, provider.id, "credentials", None, provider.credentials_masked, in_clear=True)
    _store(actor, provider, "credentials set")
    _tell(actor, "set_credentials", [change])
    return provider.id


def test_provider(*, actor: Actor, provider_id: UUID) -> Answer:
    """Call a provider's probe, though it be off, and return what it came to."""
    provider = Provider.objects.filter(id=provider_id).first()
    if provider is None:
        raise ProviderNotFound
    return _probed(actor, provider)


def sealed_credentials(credentials: Mapping[str, str] | None, *, pk: UUID) -> dict[str, Any]:
    """Return the columns of a provider's credentials; their masked form tells only which there are."""
    value = json.dumps(dict(credentials), sort_keys=True) if credentials else None
    names = ", ".join(sorted(credentials or {}))
    return sealed_columns(table=TABLE, column="credentials", pk=pk, value=value, mask=lambda _: names)


def _change(
    actor: Actor,
    provider_id: UUID,
    version: int,
    settings: Mapping[str, Any],
    credentials: Mapping[str, str] | None,
    cause: str,
    *,
    test: bool,
) -> UUID:
    if test:  # before the transaction: none is held open while a provider is waited for
        tried = Provider.objects.filter(id=provider_id).first()
        if tried is None:
            raise ProviderNotFound
        _refuse_stale(tried, version)
        _take_along(tried, settings, credentials)
        answer = _probed(actor, tried)
        if not answer.done:
            raise ProviderTestFailed(answer.message)
    with transaction.atomic():
        provider = _locked(provider_id, version)
        before = settings_of(provider)
        _take_along(provider, settings, credentials)
        after = settings_of(provider)
        changes = [
            Change(TABLE, provider.id, name, before[name], after[name], in_clear=True)
            for name in NAMES
            if before[name] != after[name]
        ]
        if credentials is not None:
            told = provider.credentials_masked
            changes.append(Change(TABLE, provider.id, "credentials", None, told, in_clear=True))
        if changes:
            _store(actor, provider, cause)
            _tell(actor, "change_provider" if cause == "changed" else "roll_back_provider", changes)
        if before["base_url"] != after["base_url"]:  # what is known of the old one says nothing of the new
            ProviderState.objects.filter(provider=provider).delete()
    return provider_id


def _take(provider: Provider, settings: Mapping[str, Any]) -> None:
    """Put settings into a provider in memory; raise InvalidProvider if it can't be what it is then."""
    unknown = [name for name in settings if name not in NAMES]
    if unknown:
        raise InvalidProvider(f"There is no setting {unknown[0][:50]!r}.", path=(unknown[0],))
    for name, value in settings.items():
        setattr(provider, name, value)
    refuse_faults(capability=provider.capability, settings=settings_of(provider))


def _take_along(
    provider: Provider, settings: Mapping[str, Any], credentials: Mapping[str, str] | None
) -> None:
    """Put settings and, if they are given, credentials into a provider in memory."""
    server = origin_of(provider.base_url)
    _take(provider, settings)
    if credentials is not None:
        _take_credentials(provider, credentials)
    elif provider.credentials_sealed is not None and origin_of(provider.base_url) != server:
        raise CredentialsStay


def _take_credentials(provider: Provider, credentials: Mapping[str, str]) -> None:
    checked = _checked_credentials(provider.adapter, credentials)
    for name, value in sealed_credentials(checked, pk=provider.id).items():
        setattr(provider, name, value)


def _probed(actor: Actor, provider: Provider) -> Answer:
    if provider.adapter not in ADAPTERS:
        raise CanNotBeTested
    return ask_as(
        provider=provider,
        action=PROBE,
        request={},
        correlation_id=actor.correlation_id,
        repeatable=True,
        within_ms=TEST_WITHIN_MS,
        though_off=True,
    )


def _locked(provider_id: UUID, version: int) -> Provider:
    # Not FOR UPDATE: the key stays, so records of calls that name it need not wait.
    provider = Provider.objects.select_for_update(no_key=True).filter(id=provider_id).first()
    if provider is None:
        raise ProviderNotFound
    _refuse_stale(provider, version)
    if not provider.versions.filter(version=version).exists():  # it is older than the keeping of versions
        _remember(Actor.system("keep what was there"), provider, "as it was found")
    return provider


def _refuse_stale(provider: Provider, version: int) -> None:
    if provider.version != version:
        raise StaleConfiguration(version=provider.version, changed_at=provider.updated_at)


def _store(actor: Actor, provider: Provider, cause: str) -> None:
    provider.version, provider.updated_at = provider.version + 1, now()
    provider.save()
    _remember(actor, provider, cause)


def _remember(actor: Actor, provider: Provider, cause: str) -> None:
    ProviderVersion.objects.create(
        provider=provider,
        version=provider.version,
        cause=cause,
        settings=settings_of(provider),
        changed_by_kind=actor.kind,
        changed_by=actor.id,
    )


def _tell(actor: Actor, operation_name: str, changes: list[Change]) -> None:
    record(event=Event.CONFIG, actor=actor, operation_name=operation_name, changes=changes)


def _checked_credentials(adapter: str, credentials: Mapping[str, str] | None) -> dict[str, str]:
    given = dict(credentials or {})
    needed = ADAPTERS[adapter].credentials if adapter else frozenset(given)
    if given and set(given) != needed:
        raise InvalidProvider(
            f"The credentials of this provider are {', '.join(sorted(needed))}.", path=("credentials",)
        )
    for value in given.values():
        # They go into headers: one line, of characters that a header can hold.
        if (
            not isinstance(value, str)
            or not 0 < len(value) <= CREDENTIAL_LENGTH_MAX
            or not value.isprintable()
        ):
            raise InvalidProvider("A credential is one line of printable characters.", path=("credentials",))
        if not value.isascii():
            raise InvalidProvider("A credential is of ASCII characters.", path=("credentials",))
    return given
