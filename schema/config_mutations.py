"""Changing configured values, and taking a change back."""

import json

import strawberry

from domains.kernel.actor import Actor
from domains.providers import operations
from domains.providers.failures import InvalidConfiguration
from gateway.declaration import operation
from schema.providers import SystemConfig
from schema.refusals import Problem, refusals_as, told_problems


@strawberry.type(description="A configured value after a change, or what was wrong.")
class SystemConfigPayload:
    """A configured value after a change, or what was wrong."""

    system_config: SystemConfig | None = strawberry.field(
        default=None, description="The value; null when refused."
    )
    problems: list[Problem] = told_problems()


@strawberry.input(description="A new value.")
class ChangeSystemConfigInput:
    """A new value."""

    key: str = strawberry.field(description="The key.")
    version: int = strawberry.field(description="The version that you read.")
    value: str = strawberry.field(
        description="The value as JSON in a text; it is made like the present one, which can be read beside it."
    )


@strawberry.input(description="A return to an earlier version.")
class RollBackSystemConfigInput:
    """A return to an earlier version."""

    key: str = strawberry.field(description="The key.")
    version: int = strawberry.field(description="The version that you read.")
    to_version: int = strawberry.field(description="Whose value to take again.")


@refusals_as(SystemConfigPayload)
def change_system_config(actor: Actor, input: ChangeSystemConfigInput) -> SystemConfigPayload:
    """Change a configured value."""
    try:
        value = json.loads(input.value)
    except (ValueError, RecursionError):
        raise InvalidConfiguration("This is not JSON.", path=("value",)) from None
    key = operations.change_config(actor=actor, key=input.key, version=input.version, value=value)
    return SystemConfigPayload(system_config=key)  # type: ignore[arg-type] # the gateway reads it by its key


@refusals_as(SystemConfigPayload)
def roll_back_system_config(actor: Actor, input: RollBackSystemConfigInput) -> SystemConfigPayload:
    """Take an earlier value again."""
    key = operations.roll_back_config(
        actor=actor, key=input.key, version=input.version, to_version=input.to_version
    )
    return SystemConfigPayload(system_config=key)  # type: ignore[arg-type] # the gateway reads it by its key


@strawberry.type
class ConfigMutations:
    """Mutations of configured values."""

    change_system_config: SystemConfigPayload | None = operation(
        "Change a configured value; it holds at once, everywhere.",
        run=change_system_config,
        arguments={"input": ChangeSystemConfigInput},
    )
    roll_back_system_config: SystemConfigPayload | None = operation(
        "Take the value of an earlier version again.",
        run=roll_back_system_config,
        arguments={"input": RollBackSystemConfigInput},
    )
