"""Auditors find what they look for in the trail; customers read in words who saw what of theirs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domains.audit.models import AuditLog
from gateway.pipeline import Gateway
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import schema
from tests.gateway.asking import ask
from tests.gateway.book import ident

pytestmark = pytest.mark.usefixtures("written_book")

OFFICER = Viewer(kind="SYSTEM", id=ident(1, 2), roles=frozenset({"kyc_officer"}), purpose="case 12")
AUDITOR = Viewer(kind="SYSTEM", id=ident(1, 0), roles=frozenset({"auditor"}))
READ = """query Look($mobile: MobileNumber!) { customer(mobile: $mobile) {
    fullName email kycProfile { pan dateOfBirth riskCategory } } }"""
HISTORY = (
    "query ($mobile: MobileNumber!) { customer(mobile: $mobile) { accessHistory { at who what purpose } } }"
)


@pytest.fixture(scope="module")
def gateway(written_book: str) -> Gateway:
    gateway = Gateway(schema(), POLICY, customer_of=lambda _: None)
    for number in range(3):
        ask(gateway, OFFICER, READ, {"mobile": f"+91982000000{number}"}, correlation_id=f"look-{number}")
    return gateway


def found(gateway: Gateway, condition: str, **variables: Any) -> list[str]:
    text = (
        "query ($f: AuditLogFilter) { auditLogs(first: 200, filter: $f) { nodes { correlationId event } } }"
    )
    if condition:
        text = f"{{ auditLogs(first: 200, filter: {condition}) {{ nodes {{ correlationId event }} }} }}"
    answer = ask(gateway, AUDITOR, text, variables, correlation_id="auditor")
    assert not answer.errors
    return [node["correlationId"] for node in answer.data["auditLogs"]["nodes"]]


def customer(number: int) -> str:
    return f"Customer:{ident(6, number)}"


def test_events_are_found_by_whose_data_they_concern(gateway: Gateway) -> None:
    for key in (customer(1), str(ident(6, 1))):
        marks = found(gateway, f'{{subject: {{eq: "{key}"}}, operationName: {{eq: "Look"}}}}')
        assert marks == ["look-1"]
    assert found(gateway, '{subject: {eq: "Customer:nobody"}}') == []
    assert found(gateway, f'{{subject: {{eq: "{ident(6, 999)}"}}}}') == []


def test_events_are_found_by_who_did_them(gateway: Gateway) -> None:
    marks = found(gateway, f'{{viewer: {{eq: "User:{ident(1, 2)}"}}}}')
    assert marks == ["look-2", "look-1", "look-0"]


def test_a_look_up_that_missed_disclosed_nothing(gateway: Gateway) -> None:
    other = Viewer(kind="SYSTEM", id=ident(1, 3), roles=frozenset({"kyc_officer"}))
    ask(gateway, other, READ, {"mobile": "+919829999999"}, correlation_id="missed")
    assert found(gateway, '{correlationId: {eq: "missed"}}') == ["missed"]
    assert "missed" not in found(gateway, '{disclosed: {coordinate: "KYCProfile.pan"}}')


def test_events_are_found_by_what_was_disclosed(gateway: Gateway) -> None:
    assert set(found(gateway, '{disclosed: {coordinate: "KYCProfile.pan", decision: SHOW}}')) == {
        "look-0", "look-1", "look-2"
    }  # fmt: skip
    assert found(gateway, '{disclosed: {coordinate: "KYCProfile.pan", decision: MASK}}') == []
    assert found(gateway, '{disclosed: {coordinate: "KYCProfile.address"}}') == []
    assert set(found(gateway, '{disclosed: {decision: SHOW}, operationName: {eq: "Look"}}')) >= {"look-0"}
    purposes = found(gateway, '{purpose: {startsWith: "CASE"}, recordedAt: {gte: "2026-01-01T00:00:00Z"}}')
    assert purposes == ["look-2", "look-1", "look-0"]


def test_auditors_see_what_stood_where_and_how_it_was_decided(gateway: Gateway) -> None:
    text = """{ auditLogs(filter: {correlationId: {eq: "look-1"}}) { nodes { disclosed levels } } }"""
    (node,) = ask(gateway, AUDITOR, text).data["auditLogs"]["nodes"]
    assert node["disclosed"] == {"customer": [str(ident(6, 1))]}
    told = node["levels"]["customer.kycProfile"]
    assert told["subjects_of"] == "customer"
    assert told["coordinates"]["KYCProfile.pan"] == ["SHOW", "SHOW"]


def test_what_auditors_read_is_recorded_too(gateway: Gateway) -> None:
    found(gateway, "{event: {eq: READ}}")
    entry = AuditLog.objects.filter(correlation_id="auditor").latest("id")
    assert (entry.event, entry.viewer_id) == ("READ", AUDITOR.id)
    assert str(AuditLog.objects.get(correlation_id="look-1").id) in entry.disclosed["auditLogs"]


def history(gateway: Gateway, number: int, viewer: Viewer) -> Any:
    answer = ask(gateway, viewer, HISTORY, {"mobile": f"+91982000000{number}"}, correlation_id="history")
    return answer.data["customer"]["accessHistory"]


def test_a_customer_reads_in_words_who_saw_what_of_theirs(gateway: Gateway) -> None:
    viewer = Viewer(kind="SYSTEM", customer_id=ident(6, 1), roles=frozenset({"customer"}))
    own, seen = history(gateway, 1, viewer)[:2]  # this reading is told as well
    assert (own["who"], own["what"]) == ("You", ["who you are: access history"])
    assert seen["who"] == "A program of ours"  # which these tests are
    assert sorted(seen["what"]) == [
        "who you are: email, full name, kyc profile",
        "your identity: date of birth, pan",
    ]
    assert seen["purpose"] == "case 12"
    moment = datetime.fromisoformat(seen["at"])
    assert (datetime.now(UTC) - moment).total_seconds() < 600


def test_somebody_elses_history_is_hidden_and_what_is_confidential_is_told_to_auditors_alone(
    gateway: Gateway,
) -> None:
    secret = Viewer(kind="SYSTEM", roles=frozenset({"kyc_officer"}), purpose="confidential: suspicion")
    ask(gateway, secret, READ, {"mobile": "+919820000002"}, correlation_id="secret")
    own = Viewer(kind="SYSTEM", customer_id=ident(6, 2), roles=frozenset({"customer"}))
    assert all("suspicion" not in record["purpose"] for record in history(gateway, 2, own))
    assert "secret" in found(gateway, f'{{subject: {{eq: "{customer(2)}"}}}}')
    hidden = ask(gateway, OFFICER, HISTORY, {"mobile": "+919820000002"})
    assert hidden.data["customer"]["accessHistory"] is None
    assert hidden.codes == ["UNAUTHORIZED_FIELD_OR_TYPE"]


def test_whose_role_looks_into_no_suspicion_hides_nothing_by_calling_it_confidential(
    gateway: Gateway,
) -> None:
    hiding = Viewer(
        kind="SYSTEM", roles=frozenset({"administrator", "break_glass"}), purpose="confidential: curiosity"
    )
    ask(gateway, hiding, READ, {"mobile": "+919820000002"}, correlation_id="hiding")
    own = Viewer(kind="SYSTEM", customer_id=ident(6, 2), roles=frozenset({"customer"}))
    assert "confidential: curiosity" in [record["purpose"] for record in history(gateway, 2, own)]


def test_history_goes_on_before_a_time(gateway: Gateway) -> None:
    text = """query ($m: MobileNumber!, $before: DateTime) {
        customer(mobile: $m) { accessHistory(first: 1, before: $before) { at __typename } } }"""
    viewer = Viewer(kind="SYSTEM", customer_id=ident(6, 0), roles=frozenset({"customer"}))
    seen: list[str] = []
    before = None
    for _ in range(3):
        answer = ask(gateway, viewer, text, {"m": "+919820000000", "before": before}, correlation_id="paged")
        (record,) = answer.data["customer"]["accessHistory"]
        assert record["__typename"] == "AccessRecord"
        before = record["at"]
        seen.append(before)
    assert seen == sorted(seen, reverse=True)
