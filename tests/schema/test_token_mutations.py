"""Signing in, refreshing, signing out and changing a password, through the graph."""

import logging
from typing import Any

import pytest
from django.test import Client

from domains.audit.models import AuditLog
from domains.identity.models import RefreshToken, Session, User
from domains.identity.passwords import GUESSES
from gateway.authentication import still_valid  # noqa: F401 - the guard that these tests are about
from tests.asking import Answered, ask, signed_in
from tests.people import PASSWORD, make_user

WHO = "{ users(first: 5) { nodes { username } } }"
SIGN_IN = """
mutation ($username: String!, $password: String!) {
  tokenAuth(username: $username, password: $password) {
    token expiresAt refreshToken refreshExpiresAt problems { code message path retryAfter }
  }
}
"""
REFRESH = """
mutation ($token: String!) {
  refreshToken(refreshToken: $token) { token refreshToken problems { code message path } }
}
"""
VERIFY = "mutation ($token: String!) { verifyToken(token: $token) { valid expiresAt } }"
REVOKE = "mutation ($token: String!) { revokeToken(refreshToken: $token) { revoked } }"
CHANGE = """
mutation ($current: String!, $new: String!) {
  changePassword(current: $current, new: $new) { changed problems { code path retryAfter } }
}
"""


@pytest.fixture
def admin(db: None) -> User:
    return make_user("admin", "administrator", password=PASSWORD)


def sign_in(username: str = "admin", password: str = PASSWORD) -> Any:
    answered = ask(SIGN_IN, {"username": username, "password": password})
    assert answered.codes == []
    return answered.data["tokenAuth"]


def refresh(token: str) -> Any:
    return ask(REFRESH, {"token": token}).data["refreshToken"]


def codes(payload: Any) -> list[str]:
    return [problem["code"] for problem in payload["problems"]]


def test_signing_in_gives_a_token_that_reads(admin: User) -> None:
    payload = sign_in()
    assert payload["problems"] == []
    assert payload["expiresAt"] < payload["refreshExpiresAt"]
    assert ask(WHO, token=payload["token"]).data["users"]["nodes"] == [{"username": "admin"}]


@pytest.mark.parametrize(("username", "password"), [("admin", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_failed_login_says_the_same_whoever_it_was(admin: User, username: str, password: str) -> None:
    payload = sign_in(username, password)
    assert (payload["token"], payload["refreshToken"]) == (None, None)
    assert payload["problems"] == [
        {
            "code": "LOGIN_FAILED",
            "message": "The user name or the password is wrong.",
            "path": [],
            "retryAfter": None,
        }
    ]


def test_refreshing_and_the_reuse_of_a_spent_token(admin: User) -> None:
    first = sign_in()
    second = refresh(first["refreshToken"])
    assert ask(WHO, token=second["token"]).codes == []
    third = refresh(second["refreshToken"])
    assert codes(refresh(first["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
    for token in (first["token"], second["token"], third["token"]):
        assert ask(WHO, token=token).codes == ["UNAUTHENTICATED"]
    assert codes(refresh(third["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]


def test_what_is_no_refresh_token_is_refused(admin: User) -> None:
    access = sign_in()["token"]
    for token in ("", "x", access, "a" * 9_000, "é\u200b"):
        assert codes(refresh(token)) == ["INVALID_REFRESH_TOKEN"]


def test_a_refresh_token_is_no_access_token(admin: User) -> None:
    assert ask(WHO, token=sign_in()["refreshToken"]).codes == ["UNAUTHENTICATED"]


def test_signing_out_ends_the_session_at_once(admin: User) -> None:
    payload, other = sign_in(), sign_in()
    assert ask(REVOKE, {"token": payload["refreshToken"]}).data == {"revokeToken": {"revoked": True}}
    assert ask(WHO, token=payload["token"]).codes == ["UNAUTHENTICATED"]
    assert codes(refresh(payload["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
    assert ask(WHO, token=other["token"]).codes == []


def test_revoking_what_is_no_token_tells_nothing(admin: User) -> None:
    assert ask(REVOKE, {"token": "never was one"}).data == {"revokeToken": {"revoked": True}}


def test_verifying_a_token(admin: User) -> None:
    payload = sign_in()
    held = ask(VERIFY, {"token": payload["token"]}).data["verifyToken"]
    assert held["valid"] is True
    assert held["expiresAt"] == payload["expiresAt"]
    ask(REVOKE, {"token": payload["refreshToken"]})
    for token in (payload["token"], "x", ""):
        assert ask(VERIFY, {"token": token}).data["verifyToken"] == {"valid": False, "expiresAt": None}


def test_changing_the_password_ends_every_session(admin: User) -> None:
    here, there = sign_in(), sign_in()
    changed = ask(CHANGE, {"current": PASSWORD, "new": "a wholly different phrase"}, token=here["token"])
    assert changed.data["changePassword"] == {"changed": True, "problems": []}
    for payload in (here, there):
        assert ask(WHO, token=payload["token"]).codes == ["UNAUTHENTICATED"]
        assert codes(refresh(payload["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
    assert codes(sign_in()) == ["LOGIN_FAILED"]
    assert codes(sign_in(password="a wholly different phrase")) == []


def test_a_password_is_changed_by_a_user_only(admin: User) -> None:
    answered = ask(CHANGE, {"current": PASSWORD, "new": "a wholly different phrase"})
    assert answered.codes == ["NOT_ALLOWED"]
    assert answered.data == {"changePassword": None}


def test_a_wrong_present_password_and_a_weak_new_one_are_told(admin: User) -> None:
    token = sign_in()["token"]
    wrong = ask(CHANGE, {"current": "wrong", "new": "a wholly different phrase"}, token=token)
    assert wrong.data["changePassword"]["problems"][0] == {
        "code": "WRONG_PASSWORD", "path": ["current"], "retryAfter": None
    }  # fmt: skip
    weak = ask(CHANGE, {"current": PASSWORD, "new": "short"}, token=token)
    assert codes(weak.data["changePassword"]) == ["WEAK_PASSWORD"]


def test_many_logins_in_one_request_are_as_many_attempts(admin: User) -> None:
    fields = "\n".join(
        f'a{number}: tokenAuth(username: "admin", password: "guess {number}") {{ problems {{ code retryAfter }} }}'
        for number in range(GUESSES.burst + 5)
    )
    answered = ask(f"mutation {{ {fields} }}")
    told = [codes(payload)[0] for payload in answered.data.values()]
    assert told == ["LOGIN_FAILED"] * GUESSES.burst + ["LOGIN_THROTTLED"] * 5
    assert answered.data[f"a{GUESSES.burst}"]["problems"][0]["retryAfter"] > 0
    assert AuditLog.objects.filter(event="LOGIN_FAILED").count() == GUESSES.burst


def test_two_hundred_logins_in_one_request_are_not_even_tried(admin: User) -> None:
    fields = " ".join(
        f'a{number}: tokenAuth(username: "admin", password: "{number}") {{ token }}' for number in range(200)
    )
    answered = ask(f"mutation {{ {fields} }}")
    assert answered.status == 400
    assert not AuditLog.objects.filter(event="LOGIN_FAILED").exists()


def test_a_login_by_get_or_by_a_form_of_another_site_is_refused(admin: User) -> None:
    document = f'mutation {{ tokenAuth(username: "admin", password: "{PASSWORD}") {{ token }} }}'
    assert Client().get("/graphql", {"query": document}).status_code == 405
    # Another site can't set the header that multipart needs.
    assert Client().post("/graphql", {"query": document}).status_code == 415
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert Client().post("/graphql", f"query={document}", **form).status_code == 415
    assert Client().post("/graphql", document, content_type="text/plain").status_code == 415
    assert not Session.objects.exists()


def test_neither_passwords_nor_tokens_are_logged_or_recorded(
    admin: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        payload = sign_in()
        sign_in(password="a wrong guess")
        refresh(payload["refreshToken"])
        ask(CHANGE, {"current": PASSWORD, "new": "a wholly different phrase"}, token=payload["token"])
    kept = [str(list(model.objects.values())) for model in (AuditLog, RefreshToken, Session)]
    lines = [
        record.getMessage() + str(vars(record))
        for record in caplog.records
        if record.name != "django.db.backends"
    ]
    for secret in (PASSWORD, "a wrong guess", payload["token"], payload["refreshToken"], "different phrase"):
        assert not any(secret in text for text in (*kept, *lines))


def test_what_the_policy_does_not_grant_is_refused_and_recorded(db: None) -> None:
    auditor = make_user("auditor", "auditor")
    answered: Answered = ask(
        'mutation { closeCustomer(input: {id: "Customer:x"}) { problems { code } } }',
        token=signed_in(auditor),
    )
    assert answered.codes == ["NOT_ALLOWED"]
    entry = AuditLog.objects.get(event="REFUSAL")
    assert (entry.viewer_id, entry.operation_name) == (auditor.id, "closeCustomer")
