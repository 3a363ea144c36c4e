"""Roles and assignments through the graph: who may change them, and what that opens."""

from uuid import UUID

import pytest

from domains.customers.operations import create_customer
from domains.identity.models import Role, User
from domains.kernel.actor import Actor
from gateway.authentication import ROLES_REMEMBERED_S
from tests.asking import ask, signed_in
from tests.people import make_user

GRANT = """
mutation ($user: ID!, $role: String!) { grantRole(user: $user, role: $role) { user { roles } problems { code } } }
"""
REVOKE = """
mutation ($user: ID!, $role: String!) { revokeRole(user: $user, role: $role) { user { roles } problems { code } } }
"""
ASSIGN = """
mutation ($manager: ID!, $customer: ID!) {
  assignCustomer(manager: $manager, customer: $customer) { customer { fullName } problems { code path } }
}
"""
UNASSIGN = ASSIGN.replace("assignCustomer", "unassignCustomer")
WHY = {"X-Purpose": "a new manager"}  # an administrator is shown the customer
CUSTOMERS = "{ customers { nodes { fullName } totalCount } }"


@pytest.fixture
def admin(db: None) -> User:
    return make_user("admin", "administrator")


@pytest.fixture
def token(admin: User) -> str:
    return signed_in(admin)


@pytest.fixture
def customer_ids(db: None) -> list[UUID]:
    actor = Actor.system("test")
    return [
        create_customer(actor=actor, full_name=name, mobile=f"+91982001234{number}")
        for number, name in enumerate(["Asha Rao", "Vikram Shah"])
    ]


def test_a_role_is_granted_and_revoked(token: str) -> None:
    teller = {"user": f"User:{make_user('teller', 'operations').id}", "role": "auditor"}
    granted = ask(GRANT, teller, token=token)
    assert granted.data["grantRole"] == {"user": {"roles": ["auditor", "operations"]}, "problems": []}
    revoked = ask(REVOKE, teller, token=token)
    assert revoked.data["revokeRole"]["user"] == {"roles": ["operations"]}


def test_an_administrator_grants_nothing_to_themselves(token: str, admin: User) -> None:
    answered = ask(GRANT, {"user": f"User:{admin.id}", "role": "auditor"}, token=token)
    assert answered.data["grantRole"] == {"user": None, "problems": [{"code": "SELF_GRANT"}]}


@pytest.mark.parametrize("role", sorted(set(Role.values) - {"administrator"}))
def test_other_roles_grant_and_assign_nothing(db: None, role: str, customer_ids: list[UUID]) -> None:
    user = make_user("someone", role)
    for document in (GRANT, REVOKE):
        answered = ask(document, {"user": f"User:{user.id}", "role": "auditor"}, token=signed_in(user))
        assert answered.codes == ["NOT_ALLOWED"]
    names = {"manager": f"User:{user.id}", "customer": f"Customer:{customer_ids[0]}"}
    for document in (ASSIGN, UNASSIGN):
        assert ask(document, names, token=signed_in(user)).codes == ["NOT_ALLOWED"]


def test_granting_roles_takes_a_person(token: str) -> None:
    made = ask('mutation { createApiKey(input: {name: "x", scopes: ["*:*"]}) { key } }', token=token).data[
        "createApiKey"
    ]["key"]
    teller = {"user": f"User:{make_user('teller').id}", "role": "auditor"}
    assert ask(GRANT, teller, headers={"X-API-Key": made}).codes == ["NOT_ALLOWED"]


def test_a_manager_sees_the_customers_that_are_assigned_and_no_others(
    token: str, customer_ids: list[UUID]
) -> None:
    manager = make_user("manager", "relationship_manager")
    theirs = signed_in(manager)
    names = {"manager": f"User:{manager.id}", "customer": f"Customer:{customer_ids[0]}"}
    assert ask(CUSTOMERS, token=theirs).data["customers"] == {"nodes": [], "totalCount": 0}
    assigned = ask(ASSIGN, names, token=token, headers=WHY)
    assert assigned.data["assignCustomer"] == {"customer": {"fullName": "Asha Rao"}, "problems": []}
    seen = ask(CUSTOMERS, token=theirs).data["customers"]
    assert seen == {"nodes": [{"fullName": "Asha Rao"}], "totalCount": 1}
    ask(UNASSIGN, names, token=token, headers=WHY)
    assert ask(CUSTOMERS, token=theirs).data["customers"]["totalCount"] == 0


def test_a_manager_who_lost_the_role_sees_nobody(
    token: str, customer_ids: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.authentication.ROLES_REMEMBERED_S", 0.0)
    assert ROLES_REMEMBERED_S == 5.0
    manager = make_user("manager", "relationship_manager")
    theirs, user = signed_in(manager), f"User:{manager.id}"
    ask(ASSIGN, {"manager": user, "customer": f"Customer:{customer_ids[0]}"}, token=token, headers=WHY)
    assert ask(CUSTOMERS, token=theirs).data["customers"]["totalCount"] == 1
    ask(REVOKE, {"user": user, "role": "relationship_manager"}, token=token)
    assert ask(CUSTOMERS, token=theirs).data["customers"]["totalCount"] == 0


def test_a_managers_key_sees_what_they_see(token: str, customer_ids: list[UUID]) -> None:
    manager = make_user("manager", "relationship_manager", "service")
    user = f"User:{manager.id}"
    ask(ASSIGN, {"manager": user, "customer": f"Customer:{customer_ids[1]}"}, token=token, headers=WHY)
    made = ask(
        'mutation { createApiKey(input: {name: "x", scopes: ["customers:read"]}) { key } }',
        token=signed_in(manager),
    )
    seen = ask(CUSTOMERS, headers={"X-API-Key": made.data["createApiKey"]["key"]})
    assert seen.data["customers"]["nodes"] == [{"fullName": "Vikram Shah"}]


def test_what_is_not_there_is_told_by_its_place(token: str, customer_ids: list[UUID]) -> None:
    nobody = "01900000-0000-7000-8000-000000000000"
    manager = make_user("manager", "relationship_manager")
    for names, code, place in (
        (
            {"manager": f"User:{nobody}", "customer": f"Customer:{customer_ids[0]}"},
            "MANAGER_NOT_FOUND",
            "manager",
        ),
        (
            {"manager": f"User:{manager.id}", "customer": f"Customer:{nobody}"},
            "CUSTOMER_NOT_FOUND",
            "customer",
        ),
        ({"manager": f"Customer:{manager.id}", "customer": "x"}, "INVALID_ID", "manager"),
    ):
        problems = ask(ASSIGN, names, token=token, headers=WHY).data["assignCustomer"]["problems"]
        assert problems == [{"code": code, "path": [place]}]


def test_what_a_change_shows_of_a_person_is_read_for_a_purpose_too(
    token: str, customer_ids: list[UUID]
) -> None:
    names = {
        "manager": f"User:{make_user('mina', 'relationship_manager').id}",
        "customer": f"Customer:{customer_ids[0]}",
    }
    refused = ask(ASSIGN, names, token=token)
    assert (refused.status, refused.codes) == (403, ["PURPOSE_REQUIRED"])
    unseen = ask(ASSIGN.replace("customer { fullName } ", ""), names, token=token)
    assert unseen.data["assignCustomer"] == {"problems": []}
    told = ask(UNASSIGN, names, token=token, headers=WHY)
    assert told.data["unassignCustomer"]["customer"] == {"fullName": "Asha Rao"}
