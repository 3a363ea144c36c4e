"""What is told to those who register, change, try or stop a provider."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from gateway.scalars import DateTime
from schema.providers import Capability

UNCHANGED = strawberry.UNSET


def _setting(description: str) -> Any:
    return strawberry.field(default=UNCHANGED, description=description)


@strawberry.input(description="Settings of a provider; what is left out stays as it is.")
class ProviderSettingsInput:
    """Settings of a provider; what is left out stays as it is."""

    name: str | None = _setting("Its name.")
    adapter: str | None = _setting("How its interface is spoken.")
    base_url: str | None = _setting("The address that is called.")
    enabled: bool | None = _setting("Whether it is called at all.")
    priority: int | None = _setting("Lower is asked first.")
    weight: int | None = _setting("Its share among those of the same priority.")
    connect_timeout_ms: int | None = _setting("How long a connection may take.")
    read_timeout_ms: int | None = _setting("How long a read may take.")
    total_timeout_ms: int | None = _setting("How long a whole call may take, retries included.")
    retry_attempts_max: int | None = _setting("How many attempts a call may have, the first included.")
    retry_backoff_ms: int | None = _setting("How long is waited before the second attempt.")
    retry_backoff_ms_max: int | None = _setting("How long is waited at most.")
    retry_jitter_ms: int | None = _setting("How much is added to it by chance at most.")
    retry_codes: list[str] | None = _setting("After which codes it is tried again, where that is safe.")
    concurrency_max: int | None = _setting("How many calls may be on their way, of all processes together.")
    rate_per_minute: int | None = _setting("How many calls a minute; null takes the limit away.")
    rate_burst: int | None = _setting("How many calls at once within that rate.")
    breaker_window_s: int | None = _setting("Over how many seconds the breaker counts.")
    breaker_calls_min: int | None = _setting("Below how many calls it never opens.")
    breaker_fault_percent: int | None = _setting("At how many faults of a hundred calls it opens.")
    breaker_open_s: int | None = _setting("After how many seconds it lets probes through.")
    breaker_probes: int | None = _setting("How many probes must pass for it to close.")

    @classmethod
    def places(cls, *, but: Collection[str] = ()) -> dict[str, str]:
        """Return by its own place where each setting stands in an input that has them under `settings`."""
        named = (to_camel_case(field.name) for field in fields(cls))
        return {name: f"settings.{name}" for name in named if name not in but}

    def given(self) -> dict[str, Any]:
        """Return what was not left out."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not UNCHANGED}


@strawberry.input(description="One credential.")
class CredentialInput:
    """One credential."""

    name: str = strawberry.field(description="Which one; the adapter says which there are.")
    value: str = strawberry.field(description="The secret itself; it is never shown again.")


@strawberry.input(description="A new provider.")
class RegisterProviderInput:
    """A new provider."""

    code: str = strawberry.field(description="Its short name: a-z, 0-9 and hyphens.")
    name: str = strawberry.field(description="Its name.")
    capability: Capability = strawberry.field(description="What it can do.")
    adapter: str = strawberry.field(default="", description="How its interface is spoken.")
    base_url: str = strawberry.field(description="The address that is called.")
    settings: ProviderSettingsInput | None = strawberry.field(
        default=None, description="What is to differ from the defaults."
    )
    credentials: list[CredentialInput] | None = strawberry.field(
        default=None, description="What proves to it who we are."
    )


@strawberry.input(description="A change of a provider's settings.")
class ChangeProviderInput:
    """A change of a provider's settings."""

    id: strawberry.ID = strawberry.field(description="The provider's global id.")
    version: int = strawberry.field(description="The version that you read.")
    settings: ProviderSettingsInput = strawberry.field(description="What is to be otherwise.")
    credentials: list[CredentialInput] | None = strawberry.field(
        default=None, description="Needed when the address leads to another server; else they stay."
    )
    test: bool = strawberry.field(
        default=False, description="Whether to call it with the new settings before they are taken."
    )


@strawberry.input(description="A return to an earlier version.")
class RollBackProviderInput:
    """A return to an earlier version."""

    id: strawberry.ID = strawberry.field(description="The provider's global id.")
    version: int = strawberry.field(description="The version that you read.")
    to_version: int = strawberry.field(description="Whose settings to take again; credentials stay.")
    credentials: list[CredentialInput] | None = strawberry.field(
        default=None, description="Needed when the address leads to another server; else they stay."
    )
    test: bool = strawberry.field(
        default=False, description="Whether to call it with these settings before they are taken."
    )


@strawberry.input(description="New credentials.")
class SetProviderCredentialsInput:
    """New credentials."""

    id: strawberry.ID = strawberry.field(description="The provider's global id.")
    version: int = strawberry.field(description="The version that you read.")
    credentials: list[CredentialInput] = strawberry.field(
        description="All of them; an empty list takes them away."
    )


@strawberry.input(description="A provider to call.")
class TestProviderInput:
    """A provider to call."""

    __test__ = False  # not pytest's

    id: strawberry.ID = strawberry.field(description="The provider's global id.")


@strawberry.input(description="A time in which a provider is not to be asked.")
class PlanMaintenanceInput:
    """A time in which a provider is not to be asked."""

    id: strawberry.ID = strawberry.field(description="The provider's global id.")
    starts_at: DateTime = strawberry.field(description="From when on.")
    ends_at: DateTime = strawberry.field(description="Until when; within 31 days.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A maintenance window to end or to call off.")
class CancelMaintenanceInput:
    """A maintenance window to end or to call off."""

    id: strawberry.ID = strawberry.field(description="The window's global id.")


@strawberry.input(description="A record to open.")
class OpenExchangeInput:
    """A record to open."""

    id: strawberry.ID = strawberry.field(description="The exchange's global id.")
    reason: str = strawberry.field(description="Why it must be seen whole; it is kept in the audit trail.")
