"""Someone signs in, works, refreshes, and is signed out by whoever uses a spent token again."""

import pytest

from tests.journeys.asking import Ask, asker, refused

SIGN_IN = """
mutation { tokenAuth(username: "auditor", password: "demo-auditor") { token refreshToken problems { code } } }
"""
REFRESH = """
mutation ($token: String!) { refreshToken(refreshToken: $token) { token refreshToken problems { code } } }
"""
REVOKE = "mutation ($token: String!) { revokeToken(refreshToken: $token) { revoked } }"
CUSTOMERS = "{ customers(first: 1) { totalCount } }"


@pytest.fixture
def ask(gateway_url: str) -> Ask:
    return asker(gateway_url)


def test_the_reuse_of_a_spent_token_signs_out_at_once(ask: Ask) -> None:
    first = ask(SIGN_IN)["data"]["tokenAuth"]
    assert first["problems"] == []
    assert ask(CUSTOMERS, bearer=first["token"])["data"]["customers"]["totalCount"] > 0

    second = ask(REFRESH, variables={"token": first["refreshToken"]})["data"]["refreshToken"]
    repeated = ask(REFRESH, variables={"token": first["refreshToken"]})["data"]["refreshToken"]
    assert repeated["refreshToken"] == second["refreshToken"], "the first answer may have been lost"

    third = ask(REFRESH, variables={"token": second["refreshToken"]})["data"]["refreshToken"]
    assert not refused(ask(CUSTOMERS, bearer=third["token"]))

    stolen = ask(REFRESH, variables={"token": first["refreshToken"]})["data"]["refreshToken"]
    assert stolen["problems"] == [{"code": "INVALID_REFRESH_TOKEN"}]
    for token in (first["token"], second["token"], third["token"]):
        assert refused(ask(CUSTOMERS, bearer=token))


def test_signing_out_works_at_once_in_every_worker(ask: Ask) -> None:
    payload = ask(SIGN_IN)["data"]["tokenAuth"]
    assert not any(refused(ask(CUSTOMERS, bearer=payload["token"])) for _ in range(8))
    ask(REVOKE, variables={"token": payload["refreshToken"]})
    assert all(refused(ask(CUSTOMERS, bearer=payload["token"])) for _ in range(8))


def test_guessing_from_several_workers_is_throttled_as_one(ask: Ask) -> None:
    """Ten guesses are let through in all, whichever of the two worker processes they reach."""
    guess = 'mutation { tokenAuth(username: "nobody", password: "guess") { problems { code retryAfter } } }'
    problems = [ask(guess)["data"]["tokenAuth"]["problems"][0] for _ in range(14)]
    assert [problem["code"] for problem in problems] == ["LOGIN_FAILED"] * 10 + ["LOGIN_THROTTLED"] * 4
    assert all(problem["retryAfter"] > 0 for problem in problems[10:])
