"""Issuing, rotating and revoking keys through the graph, and trying to gain something by it."""

import re
from typing import Any

import pytest
from django.conf import settings

from domains.identity.models import ApiKey, Role, User
from gateway.access import ANYONE, EVERY_USER, Access
from gateway.viewer import Profile
from schema.policy import POLICY
from schema.root import gateway, schema
from tests.asking import Answered, ask, signed_in
from tests.people import make_user

CREATE = """
mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    key apiKey { id prefix name scopes allowedNetworks rateTier owner { username } } problems { code path message }
  }
}
"""
ROTATE = """
mutation ($input: RotateApiKeyInput!) {
  rotateApiKey(input: $input) { key apiKey { id } problems { code } }
}
"""
REVOKE = """
mutation ($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) { apiKey { revokedAt } problems { code } }
}
"""
KEYS = "{ apiKeys { nodes { id name } } }"


@pytest.fixture
def clerk(db: None) -> User:
    return make_user("clerk", "operations")


@pytest.fixture
def token(clerk: User) -> str:
    return signed_in(clerk)


def create(token: str | None = None, key: str | None = None, **wish: Any) -> Any:
    given = {"name": "reports", "scopes": ["customers:read"], **wish}
    return sent(CREATE, given, token, key).data["createApiKey"]


def sent(document: str, input: dict[str, Any], token: str | None = None, key: str | None = None) -> Answered:
    return ask(document, {"input": input}, token=token, headers={"X-API-Key": key} if key else None)


def codes(payload: Any) -> list[str]:
    return [problem["code"] for problem in payload["problems"]]


def test_a_key_is_issued_used_rotated_and_revoked(token: str) -> None:
    made = create(token, scopes=["api_keys:read", "customers:read"], allowedNetworks=["192.0.2.0/24"])
    assert made["problems"] == []
    assert made["key"].startswith(made["apiKey"]["prefix"])
    assert made["apiKey"]["owner"] == {"username": "clerk"}
    assert ask(KEYS, headers={"X-API-Key": made["key"]}).data["apiKeys"]["nodes"] == [
        {"id": made["apiKey"]["id"], "name": "reports"}
    ]
    rotated = sent(ROTATE, {"id": made["apiKey"]["id"]}, token).data["rotateApiKey"]
    for key in (made["key"], rotated["key"]):
        assert ask(KEYS, headers={"X-API-Key": key}).status == 200
    revoked = sent(REVOKE, {"id": rotated["apiKey"]["id"]}, token).data["revokeApiKey"]
    assert revoked["apiKey"]["revokedAt"] is not None
    assert ask(KEYS, headers={"X-API-Key": rotated["key"]}).status == 401


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"scopes": []}, "INVALID_SCOPE"),
        ({"scopes": ["everything"]}, "INVALID_SCOPE"),
        ({"scopes": ["castles:read"]}, "INVALID_SCOPE"),
        ({"name": " "}, "INVALID_API_KEY"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "INVALID_API_KEY"),
        ({"allowedNetworks": ["10.0.0.1/8"]}, "INVALID_NETWORK"),
        ({"rateTier": "UNLIMITED"}, "UNKNOWN_RATE_TIER"),
        ({"rateTier": "ELEVATED"}, "API_KEY_EXCEEDS_MINTER"),
        ({"owner": "Customer:01900000-0000-7000-8000-000000000000"}, "INVALID_ID"),
        ({"owner": "User:01900000-0000-7000-8000-000000000000"}, "USER_NOT_FOUND"),
    ],
)
def test_what_a_key_can_not_have_is_told(token: str, wish: dict[str, Any], code: str) -> None:
    assert codes(create(token, **wish)) == [code]
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "wish",
    [
        {"scopes": ["*:*"]},
        {"scopes": ["*:read"]},
        {"scopes": ["customers:read", "kyc:read"]},
        {"scopes": ["customers:write"]},
        {"scopes": ["api_keys:*"]},
        {"allowedNetworks": []},
        {"allowedNetworks": ["0.0.0.0/0"]},
        {"allowedNetworks": ["192.0.2.0/24", "10.0.0.0/8"]},
        {"rateTier": "ELEVATED"},
        {"expiresAt": "2027-09-01T00:00:00Z"},
    ],
)
def test_a_key_can_not_mint_one_with_more_than_it_has(token: str, wish: dict[str, Any]) -> None:
    scopes = ["customers:read", "api_keys:write"]
    own = create(token, scopes=scopes, allowedNetworks=["192.0.2.0/24"])["key"]
    minimal = {"scopes": ["customers:read"], "allowedNetworks": ["192.0.2.7/32"]}
    assert codes(create(key=own, **(minimal | wish))) == ["API_KEY_EXCEEDS_MINTER"]
    assert create(key=own, **minimal)["key"]
    assert ApiKey.objects.count() == 2


def test_a_key_without_the_scope_mints_and_manages_nothing(token: str) -> None:
    made = create(token, scopes=["*:read", "customers:*"])
    other = create(token)
    key_id = {"id": other["apiKey"]["id"]}
    for document, input in (
        (CREATE, {"name": "x", "scopes": ["kyc:read"]}),
        (ROTATE, key_id),
        (REVOKE, key_id),
    ):
        assert sent(document, input, key=made["key"]).codes == ["NOT_ALLOWED"]


@pytest.mark.parametrize("role", sorted(set(Role.values) - {"operations", "administrator", "service"}))
def test_other_roles_issue_no_keys(db: None, role: str) -> None:
    token = signed_in(make_user("someone", role))
    assert sent(CREATE, {"name": "x", "scopes": ["kyc:read"]}, token).codes == ["NOT_ALLOWED"]


def test_an_administrator_gives_no_roles_away_by_a_key_for_another(db: None) -> None:
    admin, auditor = make_user("admin", "administrator"), make_user("auditor", "auditor")
    made = create(signed_in(admin), owner=f"User:{auditor.id}", scopes=["audit:read"])
    assert codes(made) == ["API_KEY_EXCEEDS_MINTER"]


def test_somebody_elses_key_and_none_at_all_get_the_same_answer(token: str) -> None:
    other = create(signed_in(make_user("admin", "administrator")))["apiKey"]["id"]
    nothing = "ApiKey:01900000-0000-7000-8000-000000000000"
    for document in (ROTATE, REVOKE):
        answers = [sent(document, {"id": key_id}, token).data for key_id in (other, nothing)]
        assert answers[0] == answers[1]
    found, missed = (ask(f'{{ node(id: "{key_id}") {{ id }} }}', token=token) for key_id in (other, nothing))
    assert found.data == missed.data == {"node": None}
    assert ask(KEYS, token=token).data["apiKeys"]["nodes"] == []


def test_every_entity_and_every_mutation_belongs_to_a_resource() -> None:
    """What belongs to none is closed to keys: then say so by leaving it out on purpose."""
    entities = set(gateway().planner.mapping.entities)
    mutations = set(schema()._schema.mutation_type.fields)
    closed_to_keys = {name for name, granted in POLICY.mutations.items() if granted & {ANYONE, EVERY_USER}}
    closed_to_keys |= {
        "grantRole",
        "revokeRole",
        "breakGlass",
        "createUser",
        "resetPassword",
        "confirmLogin",
    }  # these take a person
    closed_to_keys |= {
        "recordKycEvidence",
        "proposeKycDecision",
        "confirmKycDecision",
        "returnKycDecision",
        "resolveKycReviewCase",
        "openExchange",
    }
    assert set(POLICY.resources) == (entities | mutations) - closed_to_keys
    assert mutations == set(POLICY.mutations)


@pytest.mark.parametrize("resource", sorted(set(POLICY.resources.values())))
def test_a_scope_opens_its_resource_and_nothing_else(resource: str) -> None:
    profile = Profile("API_KEY", frozenset(Role.values), scopes=frozenset({f"{resource}:read"}))
    access, mapping = Access(POLICY, profile), gateway().planner.mapping
    for entity in mapping.entities.values():
        rows = access.rows(entity.name, subject=entity.subject)
        inside = POLICY.resources[entity.name] == resource
        assert (rows is not False) == inside
        if not inside:
            decisions = {
                access.decide(field.coordinate, field.spec.classification) for field in entity.fields.values()
            }
            assert {(found.own.name, found.others.name) for found in decisions} == {("HIDE", "HIDE")}
    assert not any(access.may_run(name) for name in POLICY.resources)


def test_the_documentation_names_every_resource_that_a_scope_may_have() -> None:
    told = (settings.BASE_DIR / "docs/signing_in.md").read_text()
    listed = told[told.index("Resources are") : told.index("actions are")]
    assert set(re.findall(r"\b[a-z_]+", listed)) - {"are", "and"} == set(POLICY.resources.values())
