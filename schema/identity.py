"""Users and API keys, for those who administer them."""

from typing import Annotated

import strawberry

from domains.identity import models
from domains.identity.queries import role_names
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import (
    argument,
    column,
    computed,
    entity,
    global_id,
    listing,
    lookup,
    to_many,
    to_one,
)
from gateway.scalars import DateTime
from schema.node import Node


@entity(models.User, name="User", description="Someone who signs in.", recorded=True)
class User(Node):
    """Someone who signs in."""

    id: strawberry.ID = global_id()
    username: str = column(C.PUBLIC, "The name to sign in with.")
    display_name: str = column(C.PUBLIC, "The name to show.")
    is_active: bool = column(C.PUBLIC, "Whether they may sign in.")
    awaits_confirmation: bool = column(
        C.PUBLIC, "Whether a second administrator has to confirm the login before it opens anything."
    )
    roles: list[str] = computed(C.PUBLIC, "The roles that they have.", expression=role_names)
    date_joined: DateTime = column(C.PUBLIC, "When they were created.")
    last_login: DateTime | None = column(C.PUBLIC, "When they last signed in.")
    api_keys: Connection[Annotated["ApiKey", strawberry.lazy("schema.identity")]] = to_many(
        C.PUBLIC, "The keys that they own.", order="-created_at"
    )


@entity(
    models.ApiKey,
    name="ApiKey",
    description="A program's credential; the key itself is never kept.",
    recorded=True,
)
class ApiKey(Node):
    """A program's credential; the key itself is never kept."""

    id: strawberry.ID = global_id()
    name: str = column(C.PUBLIC, "What it is for.")
    prefix: str = column(C.PUBLIC, "How it begins, to tell keys apart.")
    scopes: list[str] = column(C.PUBLIC, "What it may do.")
    allowed_networks: list[str] = column(C.PUBLIC, "From where it may be used; empty means anywhere.")
    rate_tier: str = column(C.PUBLIC, "How much it may ask.")
    expires_at: DateTime | None = column(C.PUBLIC, "When it stops to hold.")
    revoked_at: DateTime | None = column(C.PUBLIC, "When it was revoked.")
    last_used_at: DateTime | None = column(C.PUBLIC, "When it was last used.")
    created_at: DateTime = column(C.PUBLIC, "When it was issued.")
    owner: User | None = to_one(C.PUBLIC, "Who owns it.")


@strawberry.type
class IdentityQueries:
    """Ways in to users and API keys."""

    user: User | None = lookup("The user of a name.", arguments={"username": argument(str, "The name.")})
    users: Connection[User] = listing("Users by name.", order="username")
    api_keys: Connection[ApiKey] = listing("API keys, newest first.", order="-created_at")
