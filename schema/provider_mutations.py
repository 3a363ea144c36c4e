"""What can be done to providers: registering, changing, trying and taking back; opening what was exchanged."""

import json
from uuid import UUID

import strawberry

from domains.kernel.actor import Actor
from domains.providers import operations
from domains.providers.failures import InvalidProvider
from gateway.declaration import operation
from schema.global_ids import key_of
from schema.provider_inputs import (
    CancelMaintenanceInput,
    ChangeProviderInput,
    CredentialInput,
    OpenExchangeInput,
    PlanMaintenanceInput,
    ProviderSettingsInput,
    RegisterProviderInput,
    RollBackProviderInput,
    SetProviderCredentialsInput,
    TestProviderInput,
)
from schema.providers import Provider
from schema.refusals import Problem, refusals_as, told_problems
from schema.words import Outcome


@strawberry.type(description="A provider after a change, or what was wrong.")
class ProviderPayload:
    """A provider after a change, or what was wrong."""

    provider: Provider | None = strawberry.field(default=None, description="The provider; null when refused.")
    problems: list[Problem] = told_problems()


@strawberry.type(description="What a test call came to.")
class ProviderTestPayload:
    """What a test call came to."""

    passed: bool | None = strawberry.field(default=None, description="Whether the provider answered well.")
    outcome: Outcome | None = strawberry.field(default=None, description="What the call came to.")
    code: str | None = strawberry.field(default=None, description="The standard code.")
    message: str | None = strawberry.field(default=None, description="A sentence for people.")
    latency_ms: int | None = strawberry.field(default=None, description="How long it took, in milliseconds.")
    problems: list[Problem] = told_problems("Why no call was made; empty when one was.")


@strawberry.type(description="A request to a provider and its answer as they were, or what was wrong.")
class OpenExchangePayload:
    """A request to a provider and its answer as they were, or what was wrong."""

    whole: str | None = strawberry.field(
        default=None, description="Request and answer as JSON in a text; credentials are left out."
    )
    problems: list[Problem] = told_problems("Why it was not opened; empty when it was.")


@refusals_as(ProviderPayload, places=ProviderSettingsInput.places(but=("name", "adapter", "baseUrl")))
def register_provider(actor: Actor, input: RegisterProviderInput) -> ProviderPayload:
    """Register a provider."""
    key = operations.register_provider(
        actor=actor,
        code=input.code,
        name=input.name,
        capability=input.capability,
        base_url=input.base_url,
        adapter=input.adapter,
        credentials=_credentials(input.credentials or []),
        settings=input.settings.given() if input.settings else {},
        anew=True,
    )
    return _done(key)


@refusals_as(ProviderPayload, places=ProviderSettingsInput.places())
def change_provider(actor: Actor, input: ChangeProviderInput) -> ProviderPayload:
    """Change a provider's settings."""
    key = operations.change_provider(
        actor=actor,
        provider_id=_provider(input.id),
        version=input.version,
        settings=input.settings.given(),
        credentials=None if input.credentials is None else _credentials(input.credentials),
        test=input.test,
    )
    return _done(key)


@refusals_as(ProviderPayload)
def roll_back_provider(actor: Actor, input: RollBackProviderInput) -> ProviderPayload:
    """Take the settings of an earlier version again."""
    key = operations.roll_back_provider(
        actor=actor,
        provider_id=_provider(input.id),
        version=input.version,
        to_version=input.to_version,
        credentials=None if input.credentials is None else _credentials(input.credentials),
        test=input.test,
    )
    return _done(key)


@refusals_as(ProviderPayload)
def set_provider_credentials(actor: Actor, input: SetProviderCredentialsInput) -> ProviderPayload:
    """Write a provider's credentials."""
    key = operations.set_credentials(
        actor=actor,
        provider_id=_provider(input.id),
        version=input.version,
        credentials=_credentials(input.credentials),
    )
    return _done(key)


@refusals_as(ProviderTestPayload)
def test_provider(actor: Actor, input: TestProviderInput) -> ProviderTestPayload:
    """Call a provider's probe."""
    answer = operations.test_provider(actor=actor, provider_id=_provider(input.id))
    return ProviderTestPayload(
        passed=answer.done,
        outcome=answer.outcome,
        code=answer.code,
        message=answer.message,
        latency_ms=answer.latency_ms,
    )


@refusals_as(ProviderPayload)
def plan_maintenance(actor: Actor, input: PlanMaintenanceInput) -> ProviderPayload:
    """Leave a provider alone for a time."""
    key = _provider(input.id)
    operations.plan_maintenance(
        actor=actor, provider_id=key, starts_at=input.starts_at, ends_at=input.ends_at, reason=input.reason
    )
    return _done(key)


@refusals_as(ProviderPayload)
def cancel_maintenance(actor: Actor, input: CancelMaintenanceInput) -> ProviderPayload:
    """Ask a provider again."""
    window_id = key_of(input.id, entity="MaintenanceWindow", path=("id",))
    return _done(operations.cancel_maintenance(actor=actor, window_id=window_id))


@refusals_as(OpenExchangePayload)
def open_exchange(actor: Actor, input: OpenExchangeInput) -> OpenExchangePayload:
    """Open a record of what was exchanged."""
    exchange_id = key_of(input.id, entity="ProviderExchange", path=("id",))
    whole = operations.open_exchange(actor=actor, exchange_id=exchange_id, reason=input.reason)
    return OpenExchangePayload(whole=json.dumps(whole))


def _provider(global_id: strawberry.ID) -> UUID:
    return key_of(global_id, entity="Provider", path=("id",))


def _credentials(given: list[CredentialInput]) -> dict[str, str]:
    names = [each.name for each in given]
    if len(set(names)) != len(names):
        raise InvalidProvider("A credential is given twice.", path=("credentials",))
    return {each.name: each.value for each in given}


def _done(key: UUID) -> ProviderPayload:
    return ProviderPayload(provider=key)  # type: ignore[arg-type] # the gateway reads the entity by its key


@strawberry.type
class ProviderMutations:
    """Mutations of providers."""

    register_provider: ProviderPayload | None = operation(
        "Register a provider.", run=register_provider, arguments={"input": RegisterProviderInput}
    )
    change_provider: ProviderPayload | None = operation(
        "Change how a provider is asked; it holds for the next call.",
        run=change_provider,
        arguments={"input": ChangeProviderInput},
    )
    roll_back_provider: ProviderPayload | None = operation(
        "Take the settings of an earlier version again.",
        run=roll_back_provider,
        arguments={"input": RollBackProviderInput},
    )
    set_provider_credentials: ProviderPayload | None = operation(
        "Write a provider's credentials; nobody reads them.",
        run=set_provider_credentials,
        arguments={"input": SetProviderCredentialsInput},
    )
    test_provider: ProviderTestPayload | None = operation(
        "Call a provider, though it be off.",
        run=test_provider,
        arguments={"input": TestProviderInput},
        cost=50,
    )
    plan_maintenance: ProviderPayload | None = operation(
        "Leave a provider alone for a time.", run=plan_maintenance, arguments={"input": PlanMaintenanceInput}
    )
    cancel_maintenance: ProviderPayload | None = operation(
        "Ask a provider again from now on.",
        run=cancel_maintenance,
        arguments={"input": CancelMaintenanceInput},
    )
    open_exchange: OpenExchangePayload | None = operation(
        "See a request to a provider and its answer as they were; the audit trail tells that you did, and why.",
        run=open_exchange,
        arguments={"input": OpenExchangeInput},
    )
