"""A relationship manager sees the customers who are assigned to them, as soon and as long as they are."""

import re
from collections.abc import Callable

import pytest

from tests.journeys.asking import Ask, asker

CUSTOMERS = "{ customers(first: 200) { nodes { id fullName kycProfile { pan } } totalCount } }"
CUSTOMER = (
    "query ($id: ID!) { node(id: $id) { ... on Customer { id fullName transactions { totalCount } } } }"
)
MANAGER = '{ user(username: "manager") { id } }'
CHANGE = """
mutation ($manager: ID!, $customer: ID!) {
  %s(manager: $manager, customer: $customer) { problems { code } }
}
"""
TRAIL = "{ auditLogs(first: 5, filter: {event: {eq: ROLE}}) { nodes { operationName subjects } } }"


@pytest.fixture
def ask(gateway_url: str) -> Ask:
    return asker(gateway_url)


def test_a_manager_sees_assigned_customers_only(ask: Ask, demo_token: Callable[[str], str]) -> None:
    admin, manager = demo_token("admin"), demo_token("manager")
    everyone = ask(CUSTOMERS, bearer=admin)["data"]["customers"]
    seen = ask(CUSTOMERS, bearer=manager)["data"]["customers"]
    assert 0 < seen["totalCount"] < everyone["totalCount"]
    assert len(seen["nodes"]) == seen["totalCount"]
    numbers = [node["kycProfile"]["pan"] for node in seen["nodes"]]
    assert all(number is None or re.fullmatch(r"[A-Z]{5}XXXX[A-Z]", number) for number in numbers)
    theirs = {node["id"] for node in seen["nodes"]}
    for node in everyone["nodes"]:
        found = ask(CUSTOMER, bearer=manager, variables={"id": node["id"]})["data"]["node"]
        assert (found is not None) == (node["id"] in theirs)


def test_an_assignment_opens_a_customer_at_once_and_closes_it_at_once(
    ask: Ask, demo_token: Callable[[str], str]
) -> None:
    admin, manager, auditor = demo_token("admin"), demo_token("manager"), demo_token("auditor")
    theirs = {node["id"] for node in ask(CUSTOMERS, bearer=manager)["data"]["customers"]["nodes"]}
    everyone = [node["id"] for node in ask(CUSTOMERS, bearer=admin)["data"]["customers"]["nodes"]]
    other = next(customer for customer in everyone if customer not in theirs)
    manager_id = ask(MANAGER, bearer=admin)["data"]["user"]["id"]
    names = {"manager": manager_id, "customer": other}

    def sees() -> bool:
        return ask(CUSTOMER, bearer=manager, variables={"id": other})["data"]["node"] is not None

    assert not sees()
    ask(CHANGE % "assignCustomer", bearer=admin, variables=names)
    assert sees()
    ask(CHANGE % "unassignCustomer", bearer=admin, variables=names)
    assert not sees()
    told = ask(TRAIL, bearer=auditor)["data"]["auditLogs"]["nodes"][:2]
    assert [entry["operationName"] for entry in told] == ["unassign_customer", "assign_customer"]
    assert all(entry["subjects"] == [other.partition(":")[2]] for entry in told)
