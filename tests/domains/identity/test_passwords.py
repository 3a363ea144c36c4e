"""A password is changed by who knows it, and every session ends with the old one."""

import pytest

from domains.audit.models import AuditLog
from domains.identity.models import Session, SessionEnd, User
from domains.identity.passwords import (
    GUESSES,
    NoPassword,
    TooManyGuesses,
    WeakPassword,
    WrongPassword,
    change_password,
    refuse_weak,
)
from domains.identity.sessions import open_session
from domains.kernel.actor import Actor, ActorKind
from tests.people import PASSWORD, make_user

NEW = "a wholly different phrase"


@pytest.fixture
def teller(db: None) -> User:
    return make_user("teller", "operations", password=PASSWORD)


@pytest.fixture
def actor(teller: User) -> Actor:
    return Actor(kind=ActorKind.USER, id=teller.id, correlation_id="c")


def test_a_changed_password_ends_every_session_and_every_token(teller: User, actor: Actor) -> None:
    open_session(user=teller), open_session(user=teller)
    change_password(actor=actor, current=PASSWORD, new=NEW)
    teller.refresh_from_db()
    assert teller.check_password(NEW)
    assert teller.token_version == 2
    assert set(Session.objects.values_list("end_reason", flat=True)) == {SessionEnd.PASSWORD_CHANGED}


def test_the_change_is_recorded_without_a_password(teller: User, actor: Actor) -> None:
    open_session(user=teller)
    change_password(actor=actor, current=PASSWORD, new=NEW)
    told = str(list(AuditLog.objects.values()))
    assert {entry.event for entry in AuditLog.objects.all()} == {"CHANGE"}
    assert PASSWORD not in told
    assert NEW not in told


def test_the_present_password_must_be_known(teller: User, actor: Actor) -> None:
    with pytest.raises(WrongPassword):
        change_password(actor=actor, current=NEW, new=NEW)
    assert AuditLog.objects.get().event == "LOGIN_FAILED"


def test_a_reset_that_comes_between_check_and_change_stands(
    teller: User, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stole the old password must not undo what an administrator has just set instead."""
    checked = User.check_password

    def check(user: User, raw: str) -> bool:
        good = checked(user, raw)
        again = User.objects.get(id=user.id)
        again.set_password("set meanwhile by an administrator")
        again.save(update_fields=["password"])
        return good

    monkeypatch.setattr(User, "check_password", check)
    with pytest.raises(WrongPassword):
        change_password(actor=actor, current=PASSWORD, new=NEW)
    monkeypatch.undo()
    teller.refresh_from_db()
    assert teller.check_password("set meanwhile by an administrator")


def test_guessing_the_present_password_is_throttled(teller: User, actor: Actor) -> None:
    """A stolen access token must not become a way around the throttle of logins."""
    for _ in range(GUESSES.burst):
        with pytest.raises(WrongPassword):
            change_password(actor=actor, current=NEW, new=NEW)
    with pytest.raises(TooManyGuesses):
        change_password(actor=actor, current=PASSWORD, new=NEW)


@pytest.mark.parametrize("weak", ["short", "1234567890123", "password123", PASSWORD])
def test_a_weak_password_is_refused_and_nothing_changes(teller: User, actor: Actor, weak: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        change_password(actor=actor, current=PASSWORD, new=weak)
    assert refused.value.path == ("new",)
    teller.refresh_from_db()
    assert teller.token_version == 1


def test_a_password_that_is_nearly_the_user_name_is_weak() -> None:
    with pytest.raises(WeakPassword):
        refuse_weak("operations.teller1", User(username="operations.teller"), path=("new",))


def test_keys_and_nobody_have_no_password(teller: User) -> None:
    for kind in (ActorKind.API_KEY, ActorKind.ANONYMOUS, ActorKind.SYSTEM):
        with pytest.raises(NoPassword):
            change_password(actor=Actor(kind=kind, id=teller.id), current=PASSWORD, new=NEW)
