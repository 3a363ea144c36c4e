"""What the gateway asks about principals at each request."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import Group
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Now

from domains.identity import emergencies
from domains.identity.models import ApiKey, EmergencyAccess, User
from domains.kernel.actor import Actor, ActorKind


@dataclass(frozen=True, slots=True)
class TokenUser:
    """What decides whether a user's token still holds, and what it opens."""

    id: UUID
    username: str
    display_name: str
    token_version: int
    is_active: bool
    roles: frozenset[str]


_lasting = EmergencyAccess.objects.filter(user=OuterRef("pk"), ended_at=None, expires_at__gt=Now())


def user_for_token(*, subject: UUID) -> TokenUser | None:
    """Return the user whom a token names, active or not, or None; one statement."""
    user = (
        User.objects.filter(id=subject)
        .defer("password")
        .annotate(
            emergency=Exists(_lasting),
            roles=ArrayAgg("groups__name", filter=Q(groups__isnull=False), default=Value([])),
        )
        .first()
    )
    if user is None:
        return None
    return TokenUser(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        token_version=user.token_version,
        is_active=user.is_active,
        roles=frozenset(user.roles) | ({emergencies.ROLE} if user.emergency else frozenset()),
    )


def user_exists(user_id: UUID) -> bool:
    """Tell whether there is a user of this id."""
    return User.objects.filter(id=user_id).exists()


def has_role(user_id: UUID, role: str) -> bool:
    """Tell whether there is an active user of this id with this role."""
    return User.objects.filter(id=user_id, is_active=True, groups__name=role).exists()


def display_name_of(user_id: UUID | None) -> str:
    """Return the name that a user shows to others; '' when there is no such user."""
    if user_id is None:
        return ""
    return display_names_of([user_id]).get(user_id, "")


def display_names_of(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names that users show to others, of those that there are."""
    rows = User.objects.filter(id__in=set(user_ids)).values_list("id", "display_name", "username")
    return {user_id: display_name or username for user_id, display_name, username in rows}


def user_id_for_username(username: str) -> UUID | None:
    """Return the id of the user of this name, active or not, or None."""
    return User.objects.filter(username=username).values_list("id", flat=True).first()


def user_behind(actor: Actor) -> UUID | None:
    """Return the user behind an actor: themselves, or the owner of a key; None for the program and nobody."""
    if actor.kind is ActorKind.API_KEY and actor.id is not None:
        return ApiKey.objects.filter(id=actor.id).values_list("owner_id", flat=True).first()
    return actor.id if actor.kind is ActorKind.USER else None


def role_names() -> ArraySubquery:
    """Return the expression of a user's roles in order, for rows of users."""
    return ArraySubquery(Group.objects.filter(user=OuterRef("pk")).order_by("name").values("name"))
