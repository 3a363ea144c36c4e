"""A program gets a key, reads with it, has it replaced without an interruption, and loses it."""

from collections.abc import Callable

import pytest

from tests.journeys.asking import Ask, asker, refused

CREATE = """
mutation { createApiKey(input: {name: "nightly report", scopes: ["customers:read"]}) {
  key apiKey { id lastUsedAt } problems { code } } }
"""
ROTATE = "mutation ($id: ID!) { rotateApiKey(input: {id: $id, overlapSeconds: 600}) { key apiKey { id } } }"
REVOKE = "mutation ($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { revokedAt } } }"
CUSTOMERS = "{ customers(first: 1) { nodes { fullName kycProfile { pan } } } }"
USED = "query ($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt } } }"


@pytest.fixture
def ask(gateway_url: str) -> Ask:
    return asker(gateway_url)


def test_a_keys_life(ask: Ask, demo_token: Callable[[str], str]) -> None:
    token = demo_token("operations")
    made = ask(CREATE, bearer=token)["data"]["createApiKey"]
    assert made["apiKey"]["lastUsedAt"] is None
    read = ask(CUSTOMERS, **{"X-API-Key": made["key"]})
    assert read["data"]["customers"]["nodes"][0]["fullName"]
    assert read["data"]["customers"]["nodes"][0]["kycProfile"] is None
    assert ask(USED, bearer=token, variables={"id": made["apiKey"]["id"]})["data"]["node"]["lastUsedAt"]

    rotated = ask(ROTATE, bearer=token, variables={"id": made["apiKey"]["id"]})["data"]["rotateApiKey"]
    for key in (made["key"], rotated["key"]):
        assert not any(refused(ask(CUSTOMERS, Authorization=f"ApiKey {key}")) for _ in range(4))

    for key_id in (made["apiKey"]["id"], rotated["apiKey"]["id"]):
        ask(REVOKE, bearer=token, variables={"id": key_id})
    for key in (made["key"], rotated["key"]):
        assert all(refused(ask(CUSTOMERS, Authorization=f"ApiKey {key}")) for _ in range(4))
