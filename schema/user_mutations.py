"""Creating users, and helping those who lost their password: for administrators."""

import strawberry
from django.db import transaction

from domains.identity import confirmations, operations
from domains.identity.roles import Role
from domains.kernel.actor import Actor
from domains.transactions.subscriptions import end_subscriptions
from gateway.declaration import argument, operation
from gateway.scalars import DateTime
from schema.global_ids import key_of
from schema.identity import User
from schema.refusals import Problem, refusals_as
from schema.role_mutations import UserPayload


@strawberry.type(description="A user with a password for one login, or what was wrong.")
class OneTimeLoginPayload:
    """A user with a password for one login, or what was wrong."""

    user: User | None = strawberry.field(default=None, description="The user; null when refused.")
    one_time_password: str | None = strawberry.field(
        default=None,
        description="The password for the first login, which has to bring the next one. It is never shown again.",
    )
    expires_at: DateTime | None = strawberry.field(
        default=None, description="When it stops to hold, if it was not used."
    )
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.input(description="A new user.")
class CreateUserInput:
    """A new user."""

    username: str = strawberry.field(description="The name to sign in with.")
    display_name: str = strawberry.field(default="", description="The name to show.")
    roles: list[str] = strawberry.field(description=f"Of {', '.join(Role.values)}; none is allowed too.")


@refusals_as(OneTimeLoginPayload)
def create_user(actor: Actor, input: CreateUserInput) -> OneTimeLoginPayload:
    """Create a user."""
    return _shown(
        operations.invite_user(
            actor=actor, username=input.username, display_name=input.display_name, roles=input.roles
        )
    )


@refusals_as(OneTimeLoginPayload)
def reset_password(
    actor: Actor, user: strawberry.ID, keep_api_keys: bool | None = None
) -> OneTimeLoginPayload:
    """Give a user a password for one login."""
    user_id, keeps_keys = key_of(user, entity="User", path=("user",)), keep_api_keys is True
    with transaction.atomic():
        made = operations.reset_password(actor=actor, user_id=user_id, keeps_keys=keeps_keys)
        if not keeps_keys:
            end_subscriptions(actor=actor, owner_id=user_id)
    return _shown(made)


@refusals_as(UserPayload)
def confirm_login(actor: Actor, user: strawberry.ID) -> UserPayload:
    """Let a login sign in."""
    user_id = key_of(user, entity="User", path=("user",))
    confirmed = confirmations.confirm_login(actor=actor, user_id=user_id)
    return UserPayload(user=confirmed)  # type: ignore[arg-type] # the gateway reads the entity by its key


def _shown(made: operations.OneTimeLogin) -> OneTimeLoginPayload:
    return OneTimeLoginPayload(
        user=made.user_id,  # type: ignore[arg-type] # the gateway reads the entity by its key
        one_time_password=made.password,
        expires_at=DateTime(made.expires_at),
    )


@strawberry.type
class UserMutations:
    """Mutations of users."""

    create_user: OneTimeLoginPayload | None = operation(
        "Create a user. Their password is shown this one time, and changed by their first login, which another "
        "administrator has to confirm before.",
        run=create_user,
        arguments={"input": CreateUserInput},
        cost=100,  # a password is hashed
    )
    reset_password: OneTimeLoginPayload | None = operation(
        "Replace a user's password by one for a single login, which another administrator has to confirm before; "
        "every session, key and webhook of theirs ends.",
        run=reset_password,
        arguments={
            "user": argument(strawberry.ID, "The user's global id."),
            "keep_api_keys": argument(
                bool | None,
                "Whether their API keys and webhooks hold on; left out, they end like the sessions.",
            ),
        },
        cost=100,
    )
    confirm_login: UserPayload | None = operation(
        "Let a login sign in that another administrator made, or whose password they reset.",
        run=confirm_login,
        arguments={"user": argument(strawberry.ID, "The user's global id.")},
    )
