"""What the audit trail holds after reads of the banking book, under the policy that production has."""

from uuid import UUID

import pytest

from domains.audit.models import AuditLog, ReadShape
from gateway.pipeline import Gateway
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import schema
from tests.gateway.asking import ask
from tests.gateway.book import ident

pytestmark = pytest.mark.usefixtures("written_book")

OFFICER = Viewer(kind="SYSTEM", roles=frozenset({"kyc_officer"}))
CUSTOMER_360 = """query Customer360($mobile: MobileNumber!) {
    customer(mobile: $mobile) {
        fullName mobile status
        kycProfile { pan status riskCategory address }
        dematAccounts { nodes { boId depository status } }
        portfolios { nodes { name holdings { nodes { isin symbol quantity averageCost lastPrice marketValue } } } }
        transactions(first: 20) {
            nodes { reference kind status amount { value currency } createdAt } pageInfo { hasNextPage endCursor }
        }
    }
}"""


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    return Gateway(schema(), POLICY, customer_of=lambda _: None)


def customer(number: int) -> UUID:
    return ident(6, number)


def receipt(
    gateway: Gateway, viewer: Viewer, text: str, mark: str, variables: dict[str, str] | None = None
) -> AuditLog:
    answer = ask(gateway, viewer, text, variables, correlation_id=mark)
    assert "data" in answer.body, answer.errors
    return AuditLog.objects.get(correlation_id=mark)


def test_the_main_query_names_the_customer_and_those_who_hold_accounts_with_them(gateway: Gateway) -> None:
    found = receipt(gateway, OFFICER, CUSTOMER_360, "main", {"mobile": "+919820000000"})
    assert found.disclosed.keys() == {"customer", "customer.dematAccounts"}
    assert found.disclosed["customer"] == [str(customer(0))]
    assert set(found.disclosed["customer.dematAccounts"]) == {str(customer(number)) for number in (0, 1, 2)}
    assert set(found.subjects) == {customer(0), customer(1), customer(2)}
    assert (found.event, found.row_count, found.operation_name) == ("READ", 1, "Customer360")
    coordinates = ReadShape.objects.get(digest=found.shape_id).levels["customer.kycProfile"]
    assert coordinates["subjects_of"] == "customer"
    assert coordinates["coordinates"]["KYCProfile.pan"] == ["SHOW", "SHOW"]


def test_a_customer_who_reads_themselves_names_themselves_and_joint_holders_of_the_account(
    gateway: Gateway,
) -> None:
    viewer = Viewer(kind="SYSTEM", id=ident(1, 0), customer_id=customer(1), roles=frozenset({"customer"}))
    found = receipt(gateway, viewer, CUSTOMER_360, "own", {"mobile": "+919820000001"})
    assert set(found.subjects) == {customer(0), customer(1), customer(2)}
    missed = receipt(gateway, viewer, CUSTOMER_360, "others", {"mobile": "+919820000000"})
    assert (missed.event, missed.subjects, missed.row_count) == ("LOOKUP_MISSED", [], 0)
    assert missed.sought_digest


def test_walking_up_from_an_account_names_each_holder_at_their_place(gateway: Gateway) -> None:
    text = """{ dematAccount(boId: "1201090000000002") { boId holders(first: 2) { nodes { rank customer {
        fullName transactions(first: 1) { nodes { reference demoted: customer { mobile } } }
    } } } } }"""
    found = receipt(gateway, OFFICER, text, "up")
    everyone, first_two = {0, 1, 2}, {2, 0}
    assert set(found.disclosed["dematAccount"]) == {str(customer(number)) for number in everyone}
    assert set(found.disclosed["dematAccount.holders"]) == {str(customer(number)) for number in first_two}
    assert found.disclosed.keys() == {"dematAccount", "dematAccount.holders"}


def test_securities_and_providers_leave_no_receipt(gateway: Gateway) -> None:
    ask(
        gateway,
        OFFICER,
        "{ securities { nodes { name lastPrice } } providers { nodes { code } } }",
        correlation_id="public",
    )
    assert not AuditLog.objects.filter(correlation_id="public").exists()


def test_a_token_that_no_longer_holds_reads_nothing_and_leaves_no_receipt(gateway: Gateway) -> None:
    """It is the statement itself that asks; so nothing was disclosed that a receipt could name."""
    viewer = Viewer(
        kind="USER",
        id=ident(1, 0),
        session_id=ident(1, 99),
        token_version=1,
        roles=frozenset({"kyc_officer"}),
    )
    variables = {"mobile": "+919820000000"}
    answer = ask(gateway, viewer, CUSTOMER_360, variables, correlation_id="revoked")
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert "data" not in answer.body
    assert not AuditLog.objects.filter(correlation_id="revoked").exists()
