"""Granting and revoking roles. Nobody grants one to themselves, and the last administrator stays."""

from uuid import UUID

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.identity.confirmations import refuse_password_giver
from domains.identity.failures import UnknownRole, UserNotFound
from domains.identity.models import User
from domains.identity.queries import user_behind
from domains.identity.roles import Role
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import NotAllowed, Refused


class SelfGrant(NotAllowed):
    """A role for oneself: somebody else has to grant it."""

    code = "SELF_GRANT"

    def __init__(self) -> None:
        super().__init__("Nobody grants a role to themselves: ask another administrator.", path=("user",))


class LastAdministrator(Refused):
    """Without this one nobody could grant a role any more."""

    code = "LAST_ADMINISTRATOR"

    def __init__(self) -> None:
        super().__init__("This is the last administrator who can sign in.", path=("user",))


@transaction.atomic
def grant_role(*, actor: Actor, user_id: UUID, role: str) -> UUID:
    """Give a user a role and return the user's id; a role that they have changes nothing.

    Raises UnknownRole, SelfGrant, UserNotFound or SecondAdministratorNeeded.
    """
    if user_behind(actor) == user_id:
        raise SelfGrant
    group, user = _locked(user_id, role)
    refuse_password_giver(actor, user)
    before = _roles(user)
    user.groups.add(group)
    _record(actor, "grant_role", user, before)
    return user.id


@transaction.atomic
def revoke_role(*, actor: Actor, user_id: UUID, role: str) -> UUID:
    """Take a role from a user and return the user's id; a role that they do not have changes nothing.

    Customers who are assigned to a relationship manager stay assigned, to no effect without the role. Raises
    UnknownRole, UserNotFound or LastAdministrator.
    """
    group, user = _locked(user_id, role)
    before = _roles(user)
    user.groups.remove(group)
    if role == Role.ADMINISTRATOR and role in before and not _administrators(group):
        raise LastAdministrator
    _record(actor, "revoke_role", user, before)
    return user.id


def _locked(user_id: UUID, role: str) -> tuple[Group, User]:
    """Return the role's group and the user, locked in this order, so that no two changes of a role cross."""
    if role not in Role.values:
        raise UnknownRole(role)
    group = Group.objects.select_for_update().get(name=role)
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None:
        raise UserNotFound
    return group, user


def _administrators(group: Group) -> bool:
    """Tell whether an administrator is left who can sign in: nobody could help one who can't."""
    in_time = Q(password_once_until=None) | Q(password_once_until__gt=now())
    return User.objects.filter(in_time, groups=group, is_active=True, awaits_confirmation=False).exists()


def _roles(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def _record(actor: Actor, operation: str, user: User, before: list[str]) -> None:
    after = _roles(user)
    if before != after:
        change = Change("identity_user", user.id, "roles", ",".join(before), ",".join(after), in_clear=True)
        record(event=Event.ROLE, actor=actor, operation_name=operation, changes=[change])
