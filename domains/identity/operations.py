"""Making and changing principals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import Group
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record, record_change
from domains.identity.failures import UnknownRole, UserNotFound
from domains.identity.keys import revoke_keys_of
from domains.identity.models import SessionEnd, User
from domains.identity.passwords import refuse_weak, set_one_time_password
from domains.identity.queries import user_behind
from domains.identity.roles import Role
from domains.identity.sessions import end_sessions
from domains.kernel.actor import Actor
from domains.kernel.failures import Conflict, Invalid
from domains.kernel.text import tidy_line
from domains.kernel.violations import refused_as


class InvalidUsername(Invalid):
    """Not of the form of a user name."""

    code = "INVALID_USERNAME"


class InvalidDisplayName(Invalid):
    """Not a printable line."""

    code = "INVALID_DISPLAY_NAME"


class UsernameTaken(Conflict):
    """Another user has this name."""

    code = "USERNAME_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another user has this name.", path=("username",))


@refused_as({"user_username_once": UsernameTaken})
@transaction.atomic
def create_user(
    *,
    username: str,
    password: str,
    display_name: str,
    roles: Iterable[str],
    actor: Actor | None = None,
) -> UUID:
    """Create a user with these roles and return the id.

    Without an actor the program itself is recorded (a command, the demo book). Raises InvalidUsername,
    InvalidDisplayName, WeakPassword, UnknownRole or UsernameTaken.
    """
    user = User(username=_parse_username(username), display_name=_parse_display_name(display_name))
    refuse_weak(password, user, path=("password",))
    user.set_password(password)
    _save_new(user, roles, actor=actor or Actor.system("create a user"), operation="create_user")
    return user.id


@dataclass(frozen=True, slots=True)
class OneTimeLogin:
    """A user and the password that is good for their next login, which is nowhere else in clear."""

    user_id: UUID
    password: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"OneTimeLogin(user_id={self.user_id})"


@refused_as({"user_username_once": UsernameTaken})
@transaction.atomic
def invite_user(*, actor: Actor, username: str, display_name: str, roles: Iterable[str]) -> OneTimeLogin:
    """Create a user with these roles and a password that is good for one login.

    Made by a person, the login awaits the confirmation of another one. Raises InvalidUsername,
    InvalidDisplayName, UnknownRole or UsernameTaken.
    """
    user = User(username=_parse_username(username), display_name=_parse_display_name(display_name))
    password = set_one_time_password(user, given_by=user_behind(actor))
    _save_new(user, roles, actor=actor, operation="invite_user")
    return _told(user, password)


@transaction.atomic
def reset_password(*, actor: Actor, user_id: UUID, keeps_keys: bool = False) -> OneTimeLogin:
    """Replace a user's password by one that is good for one login; end their sessions, and revoke their keys.

    Whoever stole the password may have made keys with it, so they are kept only where `keeps_keys` says so. Reset
    by a person, the login awaits the confirmation of another one. Raises UserNotFound.
    """
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None:
        raise UserNotFound
    password = set_one_time_password(user, given_by=user_behind(actor))
    user.token_version += 1
    user.save(
        update_fields=[
            "password",
            "password_once_until",
            "password_given_by",
            "awaits_confirmation",
            "token_version",
        ]
    )
    end_sessions(user=user, reason=SessionEnd.PASSWORD_CHANGED, actor=actor)
    if not keeps_keys:
        revoke_keys_of(user, actor=actor)
    change = Change("identity_user", user.id, "password", None, "good once", in_clear=True)
    record_change(actor=actor, operation_name="reset_password", subjects=[], changes=[change])
    return _told(user, password)


def _told(user: User, password: str) -> OneTimeLogin:
    assert user.password_once_until is not None
    return OneTimeLogin(user.id, password, user.password_once_until)


def _save_new(user: User, roles: Iterable[str], *, actor: Actor, operation: str) -> None:
    """Store a new user with their roles and record it; raise UnknownRole."""
    wanted = sorted(set(roles))
    if unknown := set(wanted) - set(Role.values):
        raise UnknownRole(min(unknown), "roles")
    user.save(force_insert=True)
    user.groups.set(Group.objects.filter(name__in=wanted))
    change = Change("identity_user", user.id, "roles", None, ",".join(wanted), in_clear=True)
    record(event=Event.ROLE, actor=actor, operation_name=operation, changes=[change])


def _parse_username(text: str) -> str:
    name = User.normalize_username(text) if isinstance(text, str) else ""
    try:
        if not 1 <= len(name) <= 150:
            raise ValidationError("length")
        UnicodeUsernameValidator()(name)
    except ValidationError:
        raise InvalidUsername(
            "A user name has 1 to 150 letters, digits and @ . + - _", path=("username",)
        ) from None
    return name


def _parse_display_name(text: str) -> str:
    name = "" if text == "" else tidy_line(text, length_max=200)
    if name is None:
        raise InvalidDisplayName(
            "A display name has at most 200 printable characters.", path=("displayName",)
        )
    return name
