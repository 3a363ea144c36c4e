"""Who asks, as the gateway knows them."""

import strawberry

from gateway.asker import Asker
from gateway.declaration import question
from schema.customers import Customer
from schema.identity import User
from schema.words import ActorKind


@strawberry.type(description="Who asks.")
class Me:
    """Who asks."""

    kind: ActorKind = strawberry.field(
        description="A user, a program with an API key, or this program itself."
    )
    roles: list[str] = strawberry.field(description="The roles that what you may see follows from.")
    scopes: list[str] | None = strawberry.field(
        description="What an API key is limited to; null is no limit but that of the roles."
    )
    purpose: str = strawberry.field(description="The purpose stated with this request.")
    user: User | None = strawberry.field(description="The user: yourself, or the owner of the key.")
    customer: Customer | None = strawberry.field(
        description="The customer that the user is, if they are one."
    )


def me(asker: Asker) -> Me:
    """Tell who asks."""
    viewer = asker.viewer
    return Me(
        kind=ActorKind(viewer.kind),
        roles=sorted(viewer.roles),
        scopes=None if viewer.scopes is None else sorted(viewer.scopes),
        purpose=viewer.purpose,
        user=viewer.user_id,  # type: ignore[arg-type] # the gateway reads the entity by its key
        customer=viewer.customer_id,  # type: ignore[arg-type] # likewise
    )


@strawberry.type
class MeQueries:
    """Who asks."""

    me: Me | None = question(
        "Who you are here: user, roles, customer. A relationship manager's customers are `customers`.",
        run=me,
        arguments={},
    )
