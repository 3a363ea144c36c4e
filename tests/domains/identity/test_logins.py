"""Signing in tells nothing about who exists, is throttled, and leaves its mark in the trail."""

from dataclasses import replace

import pytest
from django.contrib.auth.hashers import make_password

from domains.audit.models import AuditLog
from domains.identity.logins import FROM_ONE_ADDRESS, LoginFailed, log_in
from domains.identity.models import Session, User
from domains.identity.passwords import GUESSES, TooManyGuesses
from domains.identity.throttle import take
from domains.kernel.actor import Actor, ActorKind
from domains.vault.sealing import digest
from tests.people import PASSWORD, make_user

NOBODY = Actor(kind=ActorKind.ANONYMOUS, correlation_id="c", address="192.0.2.7")


@pytest.fixture
def teller(db: None) -> User:
    return make_user("teller", "operations", password=PASSWORD)


def fail(username: str = "teller", *, address: str = "192.0.2.7") -> Exception:
    with pytest.raises((LoginFailed, TooManyGuesses)) as refused:
        log_in(actor=replace(NOBODY, address=address), username=username, password="not it at all")
    return refused.value


def test_a_login_opens_a_session_and_is_recorded(teller: User) -> None:
    issued = log_in(actor=NOBODY, username="teller", password=PASSWORD)
    assert issued.session_id == Session.objects.get().id
    entry = AuditLog.objects.get()
    assert (entry.event, entry.viewer_kind, entry.viewer_id) == ("LOGIN", "USER", teller.id)
    assert (entry.roles, entry.address) == (["operations"], "192.0.2.7")
    teller.refresh_from_db()
    assert teller.last_login is not None


def test_a_wrong_password_an_unknown_name_and_an_inactive_user_look_alike(teller: User) -> None:
    make_user("left", password=PASSWORD)
    User.objects.filter(username="left").update(is_active=False)
    wrong, unknown = fail(), fail("nobody")
    with pytest.raises(LoginFailed) as inactive:
        log_in(actor=NOBODY, username="left", password=PASSWORD)
    assert {str(wrong), str(unknown), str(inactive.value)} == {"The user name or the password is wrong."}


def test_a_wrong_password_and_an_unknown_name_take_the_same_work(
    teller: User, django_assert_num_queries
) -> None:
    with django_assert_num_queries(5):
        fail()
    with django_assert_num_queries(5):
        fail("nobody")


def test_a_name_that_was_tried_is_recorded_as_a_keyed_digest_only(teller: User) -> None:
    fail("hunter2 typed into the wrong field")
    entry = AuditLog.objects.get()
    assert (entry.event, entry.viewer_kind, entry.viewer_id) == ("LOGIN_FAILED", "ANONYMOUS", None)
    expected = digest(purpose="login", value="hunter2 typed into the wrong field")
    assert bytes(entry.sought_digest) == expected
    assert "hunter2" not in str(AuditLog.objects.values().get())


def test_a_failed_login_of_someone_names_them_for_the_auditor(teller: User) -> None:
    fail()
    assert AuditLog.objects.get().changes[0]["id"] == str(teller.id)


@pytest.mark.parametrize("username", ["teller", "nobody"])
def test_guessing_is_throttled_by_name_alike_for_those_that_exist_and_those_that_do_not(
    teller: User, username: str
) -> None:
    for number in range(GUESSES.burst):
        assert isinstance(fail(username, address=f"198.51.100.{number}"), LoginFailed)
    refused = fail(username, address="203.0.113.1")
    assert (refused.code, str(refused)) == ("LOGIN_THROTTLED", "Too many attempts. Try again later.")
    assert 0 < refused.retry_after_s <= GUESSES.every_s
    assert AuditLog.objects.filter(event="REFUSAL").count() == 1


def test_the_right_password_is_refused_too_while_a_name_is_throttled(teller: User) -> None:
    for _ in range(GUESSES.burst):
        fail()
    with pytest.raises(TooManyGuesses):
        log_in(actor=NOBODY, username="TELLER", password=PASSWORD)


def test_guessing_is_throttled_by_address_whatever_the_name(teller: User) -> None:
    by_address = digest(purpose="throttle.login.address", value="192.0.2.7")
    for _ in range(FROM_ONE_ADDRESS.burst):
        take(key=by_address, allowance=FROM_ONE_ADDRESS)
    with pytest.raises(TooManyGuesses):
        log_in(actor=NOBODY, username="teller", password=PASSWORD)
    log_in(actor=replace(NOBODY, address="192.0.2.8"), username="teller", password=PASSWORD)


def test_a_whole_network_of_ipv6_addresses_is_one_guesser(teller: User) -> None:
    by_address = digest(purpose="throttle.login.address", value="2001:db8::/64")
    for _ in range(FROM_ONE_ADDRESS.burst):
        take(key=by_address, allowance=FROM_ONE_ADDRESS)
    assert isinstance(fail(address="2001:db8::1:2:3:4"), TooManyGuesses)
    assert isinstance(fail(address="2001:db8:0:1::1"), LoginFailed)
    assert isinstance(fail(address="::ffff:192.0.2.9"), LoginFailed)


def test_logins_that_succeed_are_not_counted(teller: User) -> None:
    for _ in range(GUESSES.burst + 2):
        log_in(actor=NOBODY, username="teller", password=PASSWORD)
    for _ in range(GUESSES.burst - 1):
        fail()
    log_in(actor=NOBODY, username="teller", password=PASSWORD)
    assert isinstance(fail(), LoginFailed)


def test_a_hash_with_other_parameters_is_renewed_at_the_next_login(teller: User) -> None:
    from django.contrib.auth.hashers import Argon2PasswordHasher

    User.objects.update(password=Argon2PasswordHasher().encode(PASSWORD, "a-salt-of-letters"))
    log_in(actor=NOBODY, username="teller", password=PASSWORD)
    teller.refresh_from_db()
    assert "$m=19456,t=2,p=1$" in teller.password
    assert "$m=19456,t=2,p=1$" in make_password(PASSWORD)
