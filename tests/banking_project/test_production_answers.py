"""What a production deployment answers over HTTP: its headers, its hosts, and that only TLS gets in."""

import pytest

from tests.banking_project.conftest import BEHIND_TLS, HOST, Production
from tests.conftest import BASE_DIR

QUERY = {"query": "{ __typename }"}
NOWHERE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
EVERYWHERE = {
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
SCRIPT = next((BASE_DIR / "explorer" / "dist" / "assets").glob("main-*.js")).name


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/graphql", QUERY, 200),
        ("POST", "/graphql", {}, 400),
        ("GET", "/graphql?query={__typename}", None, 200),
        ("GET", "/graphql", None, 400),
        ("PUT", "/graphql", QUERY, 405),
        ("OPTIONS", "/graphql", None, 200),
        ("GET", "/no/such/page", None, 404),
        ("GET", f"/static/explorer/assets/{SCRIPT}", None, 200),
        ("GET", "/static/../settings.py", None, 404),
    ],
)
def test_every_answer_carries_the_security_headers(
    production: Production, method: str, path: str, body: dict[str, str] | None, status: int
) -> None:
    answer = production.send(method, path, body=body)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_an_answer_of_the_graph_may_load_nothing_and_is_not_kept(production: Production) -> None:
    for answer in (
        production.send("POST", "/graphql", body=QUERY),
        production.send("GET", "/graphql?query={__typename}"),
    ):
        assert answer.headers["content-security-policy"] == NOWHERE
        assert answer.headers["cache-control"] == "no-store"


def test_the_explorers_page_keeps_its_own_policy(production: Production) -> None:
    answer = production.send("GET", "/graphql", headers=BEHIND_TLS | {"Accept": "text/html"})
    assert answer.status == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_comes_in_clear_is_sent_to_https_and_not_answered(production: Production, method: str) -> None:
    """Strict-Transport-Security has no place in an answer in clear (RFC 6797, 7.2)."""
    for forwarded in ({}, {"X-Forwarded-Proto": "http"}):
        answer = production.send(
            method, "/graphql", body=QUERY if method == "POST" else None, headers=forwarded
        )
        assert answer.status == 301
        assert answer.headers["location"] == f"https://{HOST}/graphql"
        assert answer.body == b""
        assert "strict-transport-security" not in answer.headers
        assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_host_name_is_refused(production: Production, method: str) -> None:
    body = QUERY if method == "POST" else None
    answer = production.send(
        method, "/graphql", body=body, headers=BEHIND_TLS | {"Host": "elsewhere.example"}
    )
    assert answer.status == 400
    assert b"elsewhere" not in answer.body
    assert answer.headers["content-security-policy"] == NOWHERE
