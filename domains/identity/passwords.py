"""Passwords: checked in the same time whether the user exists or not; changed by who knows the present one."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record, record_change
from domains.identity.models import SessionEnd, User
from domains.identity.sessions import end_sessions
from domains.identity.throttle import Allowance, forget, take
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.failures import Invalid, NotAllowed, Refused
from domains.vault.sealing import digest

ONCE_FOR = timedelta(hours=72)
ONCE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # what is read aloud is not mistaken
GUESSES = Allowance(burst=10, every_s=60)


class Argon2id(Argon2PasswordHasher):
    """Argon2id with the least parameters that OWASP's Password Storage Cheat Sheet allows.

    Django's own take 100 MiB and eight threads a login, which a burst of logins would turn into an outage.
    """

    memory_cost = 19_456  # KiB
    time_cost = 2
    parallelism = 1


class WeakPassword(Invalid):
    """Refused by the configured password validators."""

    code = "WEAK_PASSWORD"


class WrongPassword(Refused):
    """Not the user's present password."""

    code = "WRONG_PASSWORD"

    def __init__(self) -> None:
        super().__init__("This is not your present password.", path=("current",))


class TooManyGuesses(Refused):
    """The present password was guessed too often; the user may try again later."""

    code = "LOGIN_THROTTLED"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("Too many attempts. Try again later.")
        self.retry_after_s = retry_after_s


class NoPassword(NotAllowed):
    """Only a user has a password: not a key, not nobody."""

    code = "NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("Only a user who is signed in has a password to change.")


class PasswordChangeRequired(Refused):
    """The password was good for one login, which has to bring the next one."""

    code = "PASSWORD_CHANGE_REQUIRED"

    def __init__(self) -> None:
        super().__init__(
            "This password is good once: send the one that you choose as `newPassword`.",
            path=("newPassword",),
        )


class PasswordChangeNotDue(Refused):
    """A new password where the present one is the user's own."""

    code = "PASSWORD_CHANGE_NOT_DUE"

    def __init__(self) -> None:
        super().__init__(
            "Your password is your own already: changePassword changes it.", path=("newPassword",)
        )


def one_time_password() -> str:
    """Return a new random password (98 bits), to be told to its user and changed at the first login."""
    parts = ("".join(secrets.choice(ONCE_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(parts)


def set_one_time_password(user: User, *, given_by: UUID | None) -> str:
    """Give an unsaved change to a user a password that is good for one login, and return it.

    `given_by` is the person who is shown it, whom another one has to confirm; None is the program.
    """
    password = one_time_password()
    user.set_password(password)
    user.password_once_until = now() + ONCE_FOR
    user.password_given_by = given_by
    user.awaits_confirmation = given_by is not None
    return password


def set_own_password(user: User, new: str, *, path: tuple[str, ...]) -> None:
    """Store a password of the user's own choice, which ends every token; raise WeakPassword."""
    if user.check_password(new):
        raise WeakPassword("Choose another password than the present one.", path=path)
    refuse_weak(new, user, path=path)
    user.set_password(new)
    user.password_once_until = None
    user.token_version += 1
    user.save(update_fields=["password", "password_once_until", "token_version"])


def user_with_password(*, username: str, password: str) -> User | None:
    """Return the active user with this name and password, or None.

    It takes as long for a name that nobody has, and for a user who may not sign in.
    """
    user = User.objects.filter(username=username).first()
    if user is None:
        make_password(password)  # as long as checking one
        return None
    return user if user.check_password(password) and user.is_active else None


def refuse_weak(password: str, user: User, *, path: tuple[str, ...]) -> None:
    """Raise WeakPassword when the configured validators refuse the password for this user."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages), path=path) from None


def change_password(*, actor: Actor, current: str, new: str) -> None:
    """Change the actor's password and end every session of theirs, the present one among them.

    Raises NoPassword, TooManyGuesses, WrongPassword or WeakPassword.
    """
    if actor.kind is not ActorKind.USER or actor.id is None:
        raise NoPassword
    key = digest(purpose="throttle.password", value=str(actor.id))
    if wait_s := take(key=key, allowance=GUESSES):
        record(event=Event.REFUSAL, actor=actor, operation_name="change_password")
        raise TooManyGuesses(wait_s)
    user = User.objects.get(id=actor.id)
    if not user.check_password(current):
        record(event=Event.LOGIN_FAILED, actor=actor, operation_name="change_password")
        raise WrongPassword
    forget(key=key)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(id=actor.id)
        if locked.password != user.password:  # changed, or reset by an administrator, since it was checked
            raise WrongPassword
        set_own_password(locked, new, path=("new",))
        end_sessions(user=locked, reason=SessionEnd.PASSWORD_CHANGED, actor=actor)
        change = Change(
            "identity_user", user.id, "token_version", user.token_version, locked.token_version, in_clear=True
        )
        record_change(actor=actor, operation_name="change_password", subjects=[], changes=[change])
