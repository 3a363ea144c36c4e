"""Making and changing principals."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import Group
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.identity.models import User
from domains.identity.passwords import refuse_weak
from domains.identity.roles import Role
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


class UnknownRole(Invalid):
    """A role that does not exist."""

    code = "UNKNOWN_ROLE"


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
    wanted = sorted(set(roles))
    if unknown := set(wanted) - set(Role.values):
        raise UnknownRole(f"There is no role {sorted(unknown)[0][:40]!r}.", path=("roles",))
    user = User(username=_parse_username(username), display_name=_parse_display_name(display_name))
    refuse_weak(password, user, path=("password",))
    user.set_password(password)
    user.save(force_insert=True)
    user.groups.set(Group.objects.filter(name__in=wanted))
    record(
        event=Event.ROLE,
        actor=actor or Actor.system("create a user"),
        operation_name="create_user",
        changes=[Change("identity_user", user.id, "roles", None, ",".join(wanted), in_clear=True)],
    )
    return user.id


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
