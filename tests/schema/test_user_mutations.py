"""Creating users and resetting passwords through the graph: a password that is good for one login."""

import datetime
from typing import Any

import pytest

from domains.audit.models import AuditLog
from domains.identity.key_use import find_key
from domains.identity.keys import create_key
from domains.identity.models import Session, User
from domains.kernel.actor import Actor, ActorKind
from domains.transactions.models import Subscription
from domains.transactions.subscriptions import subscribe
from tests.asking import ask, signed_in
from tests.people import PASSWORD, make_user

CREATE = """
mutation ($input: CreateUserInput!) {
  createUser(input: $input) {
    user { username displayName roles } oneTimePassword expiresAt problems { code path }
  }
}
"""
RESET = """
mutation ($user: ID!, $keep: Boolean) {
  resetPassword(user: $user, keepApiKeys: $keep) { user { username } oneTimePassword problems { code path } }
}
"""
CONFIRM = """
mutation ($user: ID!) { confirmLogin(user: $user) { user { awaitsConfirmation } problems { code path } } }
"""
SIGN_IN = """
mutation ($username: String!, $password: String!, $new: String) {
  tokenAuth(username: $username, password: $password, newPassword: $new) { token problems { code path } }
}
"""
GRANT = 'mutation ($user: ID!) { grantRole(user: $user, role: "kyc_officer") { problems { code } } }'
KEY = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { problems { code } } }"
TELLER = {"username": "teller", "displayName": "Tara Teller", "roles": ["operations"]}
CHOSEN = "a wholly chosen sentence"


@pytest.fixture
def token(db: None) -> str:
    return signed_in(make_user("admin", "administrator"))


def created(token: str, **changes: Any) -> Any:
    answered = ask(CREATE, {"input": {**TELLER, **changes}}, token=token)
    assert answered.codes == []
    return answered.data["createUser"]


def sign_in(password: str, new: str | None = None, username: str = "teller") -> Any:
    variables = {"username": username, "password": password, "new": new}
    return ask(SIGN_IN, variables).data["tokenAuth"]


def confirm(username: str = "teller", by: str = "second") -> Any:
    """Let another administrator confirm a login."""
    other = User.objects.filter(username=by).first() or make_user(by, "administrator")
    user = User.objects.get(username=username)
    return ask(CONFIRM, {"user": f"User:{user.id}"}, token=signed_in(other)).data["confirmLogin"]


def confirmed(token: str) -> str:
    """Create the teller, confirmed, and return the password for one login."""
    once: str = created(token)["oneTimePassword"]
    assert confirm()["problems"] == []
    return once


def codes(payload: Any) -> list[str]:
    return [problem["code"] for problem in payload["problems"]]


def test_a_user_is_created_with_a_password_for_one_login(token: str) -> None:
    made = created(token)
    assert made["user"] == {"username": "teller", "displayName": "Tara Teller", "roles": ["operations"]}
    assert len(made["oneTimePassword"]) == 23
    assert confirm()["user"] == {"awaitsConfirmation": False}
    assert codes(sign_in(made["oneTimePassword"])) == ["PASSWORD_CHANGE_REQUIRED"]
    assert not Session.objects.filter(user__username="teller").exists()
    signed = sign_in(made["oneTimePassword"], CHOSEN)
    assert signed["problems"] == []
    assert ask("{ me { roles } }", token=signed["token"]).data == {"me": {"roles": ["operations"]}}
    assert codes(sign_in(made["oneTimePassword"], "another long sentence")) == ["LOGIN_FAILED"]
    assert sign_in(CHOSEN)["problems"] == []


@pytest.mark.parametrize("roles", [["kyc_officer"], []])
def test_who_was_shown_a_password_neither_confirms_the_login_nor_gives_it_a_role(
    token: str, roles: list[str]
) -> None:
    """An administrator who makes themselves an officer's login gets nowhere alone."""
    once = created(token, roles=roles)["oneTimePassword"]
    teller = User.objects.get(username="teller")
    assert codes(sign_in(once, CHOSEN)) == ["LOGIN_NOT_CONFIRMED"]
    assert codes(confirm(by="admin")) == ["SECOND_ADMINISTRATOR_NEEDED"]
    assert codes(sign_in(once, CHOSEN)) == ["LOGIN_NOT_CONFIRMED"]
    confirm()
    granted = ask(GRANT, {"user": f"User:{teller.id}"}, token=token).data["grantRole"]
    assert codes(granted) == ["SECOND_ADMINISTRATOR_NEEDED"]
    assert sorted(teller.groups.values_list("name", flat=True)) == roles
    assert AuditLog.objects.get(operation_name="confirm_login").viewer_id != teller.password_given_by
    assert AuditLog.objects.filter(event="REFUSAL", code="LOGIN_NOT_CONFIRMED").count() == 2


def test_an_administrator_with_a_reset_password_does_not_confirm_themselves(token: str) -> None:
    other = make_user("other", "administrator")
    ask(RESET, {"user": f"User:{other.id}"}, token=token)
    assert codes(confirm("other", by="other")) == ["SECOND_ADMINISTRATOR_NEEDED"]


def test_nobody_gets_an_api_key_of_a_login_that_awaits_its_confirmation(token: str) -> None:
    created(token, roles=["service"])
    owner = f"User:{User.objects.get(username='teller').id}"
    asked = {"input": {"name": "k", "scopes": ["portfolios:read"], "owner": owner}}
    assert codes(ask(KEY, asked, token=token).data["createApiKey"]) == ["USER_NOT_FOUND"]
    confirm()
    assert codes(ask(KEY, asked, token=token).data["createApiKey"]) == []


@pytest.mark.parametrize("keeps", [False, True])
def test_a_reset_ends_keys_and_webhooks_of_the_user_unless_it_says_that_they_hold_on(
    token: str, keeps: bool
) -> None:
    """Whoever stole the password may have made them."""
    user = make_user("teller", "operations", password=PASSWORD)
    teller = Actor(kind=ActorKind.USER, id=user.id, roles=frozenset({"operations"}))
    key = create_key(actor=teller, name="theirs", scopes=["*:read"]).key
    hook, _ = subscribe(actor=teller, url="https://elsewhere.example/")
    ask(RESET, {"user": f"User:{user.id}", "keep": keeps}, token=token)
    found = find_key(key)
    assert found is not None
    assert found.holds is keeps
    assert AuditLog.objects.filter(operation_name="revoke_keys_of").exists() is not keeps
    assert Subscription.objects.get(id=hook).active is keeps


def test_what_keeps_the_right_password_from_a_session_is_recorded(token: str) -> None:
    once = confirmed(token)
    sign_in(once)
    sign_in(once, "short")
    sign_in(once, CHOSEN)
    sign_in(CHOSEN, "another long sentence")
    refusals = AuditLog.objects.filter(event="REFUSAL", operation_name="log_in").order_by("id")
    told = ["PASSWORD_CHANGE_REQUIRED", "WEAK_PASSWORD", "PASSWORD_CHANGE_NOT_DUE"]
    assert list(refusals.values_list("code", flat=True)) == told
    teller = str(User.objects.get(username="teller").id)
    assert {refusal.changes[0]["id"] for refusal in refusals} == {teller}


def test_that_a_password_must_be_changed_is_told_only_to_who_knows_it(token: str) -> None:
    created(token)
    assert codes(sign_in("not the password")) == ["LOGIN_FAILED"]
    assert codes(sign_in("not the password", CHOSEN)) == ["LOGIN_FAILED"]


@pytest.mark.parametrize("new", ["short", "1234567890123", "password12345"])
def test_a_weak_new_password_is_refused_and_the_old_one_holds_on(token: str, new: str) -> None:
    once = confirmed(token)
    refused = sign_in(once, new)
    assert (codes(refused), refused["problems"][0]["path"]) == (["WEAK_PASSWORD"], ["newPassword"])
    assert sign_in(once, CHOSEN)["problems"] == []


def test_the_password_for_one_login_is_not_kept_as_the_next_one(token: str) -> None:
    once = confirmed(token)
    assert codes(sign_in(once, once)) == ["WEAK_PASSWORD"]


def test_a_password_for_one_login_expires(token: str) -> None:
    once = confirmed(token)
    user = User.objects.get(username="teller")
    assert user.password_once_until is not None
    User.objects.update(password_once_until=user.password_once_until - datetime.timedelta(hours=73))
    assert codes(sign_in(once, CHOSEN)) == ["LOGIN_FAILED"]


def test_a_new_password_beside_ones_own_changes_nothing(db: None) -> None:
    make_user("teller", "operations", password=PASSWORD)
    assert codes(sign_in(PASSWORD, CHOSEN)) == ["PASSWORD_CHANGE_NOT_DUE"]
    assert sign_in(PASSWORD)["problems"] == []


def test_a_reset_ends_sessions_and_gives_a_password_for_one_login(token: str) -> None:
    user = make_user("teller", "operations", password=PASSWORD)
    theirs = signed_in(user)
    answered = ask(RESET, {"user": f"User:{user.id}"}, token=token).data["resetPassword"]
    assert answered["user"] == {"username": "teller"}
    assert ask("{ me { kind } }", token=theirs).codes == ["UNAUTHENTICATED"]
    assert codes(sign_in(PASSWORD)) == ["LOGIN_FAILED"]
    assert codes(sign_in(answered["oneTimePassword"], CHOSEN)) == ["LOGIN_NOT_CONFIRMED"]
    assert codes(confirm(by="admin")) == ["SECOND_ADMINISTRATOR_NEEDED"]
    confirm()
    assert sign_in(answered["oneTimePassword"], CHOSEN)["problems"] == []


def test_what_can_t_be_created_is_told(token: str) -> None:
    created(token)
    assert codes(created(token)) == ["USERNAME_TAKEN"]
    assert codes(created(token, username="with space")) == ["INVALID_USERNAME"]
    assert codes(created(token, username="other", roles=["emperor"])) == ["UNKNOWN_ROLE"]
    assert not User.objects.filter(username="other").exists()
    nobody = ask(RESET, {"user": "User:01900000-ffff-7000-8000-ffffffffffff"}, token=token)
    assert codes(nobody.data["resetPassword"]) == ["USER_NOT_FOUND"]


@pytest.mark.parametrize("role", ["operations", "auditor", "kyc_officer", "customer", "relationship_manager"])
def test_only_administrators_create_users(db: None, role: str) -> None:
    theirs = signed_in(make_user("someone", role))
    for answered in (
        ask(CREATE, {"input": TELLER}, token=theirs),
        ask(RESET, {"user": "User:01900000-ffff-7000-8000-ffffffffffff"}, token=theirs),
    ):
        assert answered.codes == ["NOT_ALLOWED"]
    assert not User.objects.filter(username="teller").exists()


def test_all_of_it_is_in_the_trail_and_the_password_nowhere(token: str) -> None:
    once = confirmed(token)
    sign_in(once, CHOSEN)
    rows = list(AuditLog.objects.exclude(event="READ").order_by("id").values())
    told = [(row["event"], row["operation_name"]) for row in rows]
    assert ("ROLE", "invite_user") in told
    assert told[-2:] == [("CHANGE", "log_in"), ("LOGIN", "log_in")]
    assert once not in str(rows)
    assert CHOSEN not in str(rows)


def test_the_answer_with_the_password_is_not_logged(token: str, caplog: pytest.LogCaptureFixture) -> None:
    once = confirmed(token)
    assert once not in caplog.text
