"""What the audit trail holds after reads of the banking book, under the policy that production has."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from pytest_django import Settings

from domains.audit.models import AuditLog, ReadShape
from gateway.pipeline import Gateway
from gateway.refusals import PER_VIEWER_MAX
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import schema
from tests.gateway.asking import ask
from tests.gateway.book import ident

pytestmark = pytest.mark.usefixtures("written_book")

OFFICER = Viewer(kind="SYSTEM", roles=frozenset({"kyc_officer"}))
AUDITOR = Viewer(kind="SYSTEM", roles=frozenset({"auditor"}))
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


def test_a_listing_counts_its_rows_whoevers_they_are(gateway: Gateway) -> None:
    found = receipt(gateway, OFFICER, "{ transactions(first: 20) { nodes { reference } } }", "rows")
    assert found.row_count == 20
    assert 0 < len(set(found.subjects)) < 20
    counted = receipt(gateway, OFFICER, "{ transactions { totalCount } }", "no rows")
    assert (counted.row_count, counted.subjects) == (0, [])
    account = receipt(gateway, OFFICER, '{ dematAccount(boId: "1201090000000002") { boId } }', "one row")
    assert (account.row_count, len(account.subjects)) == (1, 3)


def test_reading_the_trail_users_or_keys_names_what_was_read(gateway: Gateway) -> None:
    """None of it is a customer's data; who looked at it is told all the same."""
    text = "{ auditLogs(first: 3) { nodes { id event } } }"
    answer = ask(gateway, AUDITOR, text, correlation_id="trail")
    (found,) = AuditLog.objects.filter(correlation_id="trail")
    shown = [node["id"].partition(":")[2] for node in answer.data["auditLogs"]["nodes"]]
    assert set(found.disclosed["auditLogs"]) == set(shown)
    assert (found.event, found.row_count, found.subjects) == ("READ", 3, [])
    shape = ReadShape.objects.get(digest=found.shape_id).levels["auditLogs"]
    assert shape["records"] == "AuditLog"
    users = receipt(
        gateway, AUDITOR, "{ users { nodes { username apiKeys { nodes { prefix } } } } }", "users"
    )
    assert {len(keys) for keys in users.disclosed.values()} == {3, 5}
    assert users.disclosed.keys() == {"users", "users.nodes.apiKeys"}
    missed = receipt(gateway, AUDITOR, '{ user(username: "nobody") { id } }', "no user")
    assert (missed.event, missed.row_count, bool(missed.sought_digest)) == ("LOOKUP_MISSED", 0, True)


def test_roles_that_the_policy_names_must_say_why_they_read_a_person(gateway: Gateway) -> None:
    variables = {"mobile": "+919820000000"}
    viewer = Viewer(kind="API_KEY", id=ident(2, 0), user_id=ident(1, 0), roles=frozenset({"auditor"}))
    refused = ask(gateway, viewer, CUSTOMER_360, variables, correlation_id="no purpose")
    assert (refused.status, refused.codes) == (403, ["PURPOSE_REQUIRED"])
    (entry,) = AuditLog.objects.filter(correlation_id="no purpose")
    assert (entry.event, entry.code, entry.viewer_id) == ("REFUSAL", "PURPOSE_REQUIRED", viewer.id)
    read = ask(
        gateway, replace(viewer, purpose="complaint 17"), CUSTOMER_360, variables, correlation_id="told"
    )
    assert "data" in read.body
    assert AuditLog.objects.get(correlation_id="told").purpose == "complaint 17"
    nobodys = ask(gateway, viewer, "{ securities { nodes { name } } }", correlation_id="nobody's")
    assert "data" in nobodys.body


def test_what_is_refused_or_over_a_limit_is_recorded_once_a_minute(gateway: Gateway) -> None:
    viewer = Viewer(kind="SYSTEM", id=ident(1, 1), roles=frozenset({"service"}))
    found = '{ customer(mobile: "+919820000000") { status } }'
    for _ in range(3):
        assert ask(gateway, viewer, found, correlation_id="twice").codes == ["LOOKUP_NOT_ALLOWED"]
        assert ask(
            gateway, viewer, "{ customers(first: 999) { nodes { id } } }", correlation_id="twice"
        ).codes == ["PAGE_SIZE_OUT_OF_RANGE"]
    recorded = AuditLog.objects.filter(correlation_id="twice").values_list("event", "code")
    assert sorted(recorded) == [("LIMIT", "PAGE_SIZE_OUT_OF_RANGE"), ("REFUSAL", "LOOKUP_NOT_ALLOWED")]


def test_who_is_refused_again_and_again_leaves_room_for_the_refusals_of_others(gateway: Gateway) -> None:
    def refused(number: int, times: int) -> int:
        viewer = Viewer(kind="SYSTEM", id=ident(1, number), roles=frozenset({"service"}))
        for alias in range(times):
            text = f'{{ a{alias}: customer(mobile: "+919820000000") {{ status }} }}'
            assert ask(gateway, viewer, text).codes == ["LOOKUP_NOT_ALLOWED"]
        return AuditLog.objects.filter(viewer_id=viewer.id, code="LOOKUP_NOT_ALLOWED").count()

    assert refused(7, times=PER_VIEWER_MAX + 5) == PER_VIEWER_MAX
    assert refused(8, times=2) == 2


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("{ customers { nodes { status createdAt } } }", False),
        ("{ customers { nodes { mobile } } }", False),  # masked
        ("{ customers { nodes { status fullName } } }", True),
        ("{ one: customers { nodes { status } } two: customers { nodes { fullName } } }", True),
    ],
)
def test_only_what_is_sensitive_and_clear_waits_for_the_disk_where_a_setting_says_so(
    settings: Settings, text: str, waits: bool
) -> None:
    settings.AUDIT_DURABLE_RECEIPTS = "sensitive"
    gateway = Gateway(schema(), POLICY, customer_of=lambda _: None)
    viewer = Viewer(kind="SYSTEM", roles=frozenset({"operations"}))
    with transaction.atomic():  # so that what the statement set for its transaction can be seen
        assert ask(gateway, viewer, text).data
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on" if waits else "off",)
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def test_every_receipt_waits_for_the_disk_unless_a_setting_says_otherwise(gateway: Gateway) -> None:
    with transaction.atomic():
        ask(gateway, OFFICER, "{ customers { nodes { status } } }")
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)


def test_without_its_receipt_nothing_is_disclosed(gateway: Gateway) -> None:
    """The trail refuses the row; so the statement fails as a whole, and the answer holds no data."""
    variables = {"mobile": "+919820000000"}
    assert ask(gateway, OFFICER, CUSTOMER_360, variables).data["customer"]
    with connections["owner"].cursor() as owner:
        owner.execute("ALTER TABLE audit_auditlog ADD CONSTRAINT full_disk CHECK (event <> 'READ') NOT VALID")
    try:
        answer = ask(gateway, OFFICER, CUSTOMER_360, variables, correlation_id="no receipt")
        both = ask(gateway, OFFICER, "{ securities { nodes { name } } customers { nodes { fullName } } }")
    finally:
        with connections["owner"].cursor() as owner:
            owner.execute("ALTER TABLE audit_auditlog DROP CONSTRAINT full_disk")
    for refused in (answer, both):
        assert (refused.status, refused.codes) == (500, ["INTERNAL"])
        assert "data" not in refused.body
    assert ask(gateway, OFFICER, CUSTOMER_360, variables).data["customer"]


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
    (refused,) = AuditLog.objects.filter(correlation_id="revoked")
    assert (refused.event, refused.code, refused.subjects) == ("REFUSAL", "UNAUTHENTICATED", [])
