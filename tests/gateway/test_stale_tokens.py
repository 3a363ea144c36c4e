"""A client that signs in, refreshes or signs out may send its last token along, whatever became of it."""

import time
from typing import Any

import jwt
import pytest

from domains.identity.models import SessionEnd, User
from domains.identity.sessions import end_sessions, open_session
from domains.kernel.actor import Actor
from gateway.tokens import encode, tokens_of
from tests.asking import Answered, ask
from tests.people import PASSWORD, make_user

SIGN_IN = (
    f'mutation {{ tokenAuth(username: "admin", password: "{PASSWORD}") {{ token problems {{ code }} }} }}'
)
OPEN = {
    "tokenAuth": SIGN_IN,
    "refreshToken": 'mutation { refreshToken(refreshToken: "%(refresh)s") { token problems { code } } }',
    "verifyToken": 'mutation { verifyToken(token: "x") { valid } }',
    "revokeToken": 'mutation { revokeToken(refreshToken: "%(refresh)s") { revoked } }',
}
CLOSED = [
    "{ __typename }",
    "{ me { roles } }",
    "{ users { totalCount } }",
    "{ __schema { queryType { name } } }",
    'mutation { changePassword(current: "x", new: "y") { changed } }',
    'mutation { grantRole(user: "x", role: "y") { problems { code } } }',
    'mutation { verifyToken(token: "x") { valid } changePassword(current: "x", new: "y") { changed } }',
]


@pytest.fixture
def admin(db: None) -> User:
    return make_user("admin", "administrator", password=PASSWORD)


def stale(kind: str, admin: User) -> str:
    """Return an access token that holds no more, or never did."""
    issued = tokens_of(open_session(user=admin))
    if kind == "of a session that has ended":
        end_sessions(user=admin, reason=SessionEnd.LOGOUT, actor=Actor.system("test"))
        return issued.access
    if kind == "altered":
        return issued.access[:-6] + "AAAAAA"
    claims: dict[str, Any] = jwt.decode(issued.access, options={"verify_signature": False})
    now = int(time.time())
    return encode({**claims, "exp": now - 3600, "iat": now - 7200, "nbf": now - 7200})


STALE = ["expired", "altered", "of a session that has ended"]


@pytest.mark.parametrize("kind", STALE)
@pytest.mark.parametrize("name", sorted(OPEN))
def test_a_stale_token_does_not_stand_in_the_way(admin: User, kind: str, name: str) -> None:
    token = stale(kind, admin)
    fresh = tokens_of(open_session(user=admin))
    answered = ask(OPEN[name].replace("%(refresh)s", fresh.refresh), token=token)
    assert answered.codes == []
    payload = answered.data[name]
    assert payload.get("problems", []) == []
    assert payload.get("token") or payload.get("revoked") or payload.get("valid") is False


@pytest.mark.parametrize("kind", STALE)
@pytest.mark.parametrize("document", CLOSED)
def test_a_stale_token_opens_nothing_else(admin: User, kind: str, document: str) -> None:
    answered = ask(document, token=stale(kind, admin))
    if kind == "of a session that has ended" and document in CLOSED[:1] + CLOSED[3:4]:
        return  # reads nothing that is anybody's: the signature holds, and no statement runs
    assert (answered.status, answered.codes) == (401, ["UNAUTHENTICATED"])


@pytest.mark.parametrize("authorization", ["Basic abc", "Bearer", "ApiKey bk_wrong_key"])
def test_another_credential_that_does_not_hold_is_refused_still(admin: User, authorization: str) -> None:
    answered: Answered = ask(SIGN_IN, headers={"Authorization": authorization})
    assert answered.codes == ["UNAUTHENTICATED"]


def test_a_login_with_a_stale_token_is_nobodys_yet(admin: User) -> None:
    from domains.audit.models import AuditLog

    ask(SIGN_IN.replace(PASSWORD, "wrong"), token=stale("expired", admin))
    row = AuditLog.objects.get(event="LOGIN_FAILED")
    assert (row.viewer_kind, row.viewer_id) == ("ANONYMOUS", None)
