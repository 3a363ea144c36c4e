"""Signing in: throttled by name and by address, alike for names that nobody has, recorded however it ends.

A name that was tried is in the trail as a keyed digest only: people type passwords into that field.
"""

import ipaddress
from dataclasses import replace

from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record, record_change
from domains.identity.confirmations import LoginNotConfirmed
from domains.identity.models import User
from domains.identity.passwords import (
    GUESSES,
    PasswordChangeNotDue,
    PasswordChangeRequired,
    TooManyGuesses,
    set_own_password,
    user_with_password,
)
from domains.identity.queries import user_for_token, user_id_for_username
from domains.identity.sessions import Issued, open_session
from domains.identity.throttle import Allowance, forget, give_back, take
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.failures import Failure, Refused
from domains.vault.sealing import digest

FROM_ONE_ADDRESS = Allowance(burst=50, every_s=5)


class LoginFailed(Refused):
    """No active user has this name and this password; which of them is wrong is not told."""

    code = "LOGIN_FAILED"

    def __init__(self) -> None:
        super().__init__("The user name or the password is wrong.")


def log_in(
    *,
    actor: Actor,
    username: str,
    password: str,
    new_password: str | None = None,
    admitted: frozenset[str] | None = None,
) -> Issued:
    """Check a password and open a session; `actor` is nobody yet, at an address.

    A password that is good once has to bring its successor. `admitted` are the roles of which one is needed here:
    without it the password is as good as wrong. Attempts that succeed are not counted. Raises TooManyGuesses,
    LoginFailed, LoginNotConfirmed, PasswordChangeRequired, PasswordChangeNotDue or WeakPassword.
    """
    name = User.normalize_username(username)
    sought = digest(purpose="login", value=name)
    by_name = digest(purpose="throttle.login.name", value=name.casefold())
    by_address = digest(purpose="throttle.login.address", value=_network(actor.address))
    wait_s = take(key=by_address, allowance=FROM_ONE_ADDRESS) or take(key=by_name, allowance=GUESSES)
    if wait_s:
        record(event=Event.REFUSAL, actor=actor, operation_name="log_in", sought_digest=sought)
        raise TooManyGuesses(wait_s)
    user = user_with_password(username=name, password=password)
    if user is None or _is_too_late(user) or not _is_admitted(user, admitted):
        _record_failure(actor, name, sought)
        raise LoginFailed
    give_back(key=by_address, allowance=FROM_ONE_ADDRESS)
    forget(key=by_name)
    try:
        _require_right_moment(user, new_password)
        return _open(user, actor, new_password)
    except Failure as refusal:
        told = [Change("identity_user", user.id, "login", None, "refused", in_clear=True)]
        record(
            event=Event.REFUSAL,
            actor=actor,
            operation_name="log_in",
            code=refusal.code,
            sought_digest=sought,
            changes=told,
        )
        raise


def _is_too_late(user: User) -> bool:
    return user.password_once_until is not None and user.password_once_until <= now()


def _is_admitted(user: User, admitted: frozenset[str] | None) -> bool:
    if admitted is None:
        return True
    found = user_for_token(subject=user.id)
    return found is not None and bool(found.roles & admitted)


def _require_right_moment(user: User, new_password: str | None) -> None:
    """Raise what keeps a user with the right password from a session, if anything does."""
    if user.awaits_confirmation:
        raise LoginNotConfirmed
    if user.password_once_until is None:
        if new_password is not None:
            raise PasswordChangeNotDue
    elif new_password is None:
        raise PasswordChangeRequired


def _record_failure(actor: Actor, name: str, sought: bytes) -> None:
    """Record a failed login, with the user if the name is one's; one look-up and one row either way."""
    user_id = user_id_for_username(name)
    told = (
        None
        if user_id is None
        else [Change("identity_user", user_id, "login", None, "failed", in_clear=True)]
    )
    record(event=Event.LOGIN_FAILED, actor=actor, operation_name="log_in", sought_digest=sought, changes=told)


@transaction.atomic
def _open(checked: User, actor: Actor, new_password: str | None) -> Issued:
    user = User.objects.select_for_update().get(id=checked.id)
    if user.token_version != checked.token_version:
        raise LoginFailed  # the password was changed while it was being checked
    if new_password is not None:
        set_own_password(user, new_password, path=("newPassword",))
        change = Change("identity_user", user.id, "password", "good once", "their own", in_clear=True)
        record_change(actor=actor, operation_name="log_in", subjects=[], changes=[change])
    issued = open_session(user=user)
    user.last_login = now()
    user.save(update_fields=["last_login"])
    found = user_for_token(subject=user.id)
    roles = found.roles if found else frozenset[str]()
    record(
        event=Event.LOGIN,
        actor=replace(actor, kind=ActorKind.USER, id=user.id, roles=roles),
        operation_name="log_in",
    )
    return issued


def _network(address: str | None) -> str:
    """Return what one guesser holds at an address: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
