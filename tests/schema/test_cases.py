"""Reconciling and closing cases through the graph: for operations, and for nobody else."""

from typing import Any

import pytest

from domains.audit.models import AuditLog
from domains.identity.keys import create_key
from domains.kernel.actor import Actor, ActorKind
from domains.providers.models import Provider
from domains.providers.operations import register_provider
from domains.transactions.models import Case, ProviderNotice
from tests.asking import ask, signed_in
from tests.people import make_user

RECONCILE = """
mutation ($input: ReconcileInput!) {
  reconcile(input: $input) { lines matched newCases breaks { kind count } problems { code message path } }
}
"""
CASES = (
    "{ cases { nodes { id kind reference theirs ownerId ownerName closedAt resolution provider { code } } } }"
)
TAKE = "mutation ($id: ID!) { takeCase(input: {id: $id}) { case { ownerId ownerName } problems { code } } }"
CLOSE = """
mutation ($id: ID!, $why: String!) {
  closeCase(input: {id: $id, resolution: $why}) { case { resolution closedAt } problems { code path } }
}
"""
FILE = "reference,status,amount,currency\nTXNOBODY,SETTLED,10.00,INR\n"


@pytest.fixture
def token(db: None) -> str:
    register_provider(
        actor=Actor.system("test"), code="rail", name="Rail", capability="PAYMENT_RAIL",
        adapter="sandbox_rail", base_url="http://127.0.0.1:9/", credentials={"api_key": "k"},
    )  # fmt: skip
    return signed_in(make_user("clerk", "operations"))


def reconcile(token: str, **given: str) -> Any:
    return ask(RECONCILE, {"input": {"provider": "rail", **given}}, token=token).data["reconcile"]


def test_a_break_becomes_a_case_that_is_taken_and_closed(token: str) -> None:
    done = reconcile(token, file=FILE)
    assert (done["lines"], done["matched"], done["newCases"], done["problems"]) == (1, 0, 1, [])
    assert done["breaks"] == [{"kind": "MISSING_HERE", "count": 1}]
    (case,) = ask(CASES, token=token).data["cases"]["nodes"]
    assert (case["reference"], case["theirs"], case["provider"]["code"]) == (
        "TXNOBODY",
        "SETTLED 10.00 INR",
        "rail",
    )
    assert ask(TAKE, {"id": case["id"]}, token=token).data["takeCase"]["case"]["ownerId"]
    refused = ask(CLOSE, {"id": case["id"], "why": " "}, token=token).data["closeCase"]
    assert refused["problems"] == [{"code": "INVALID_RESOLUTION", "path": ["resolution"]}]
    closed = ask(CLOSE, {"id": case["id"], "why": "Told to the bank."}, token=token).data["closeCase"]
    assert (closed["case"]["resolution"], closed["problems"]) == ("Told to the bank.", [])
    again = ask(CLOSE, {"id": case["id"], "why": "Once more."}, token=token).data["closeCase"]
    assert again["problems"] == [{"code": "CASE_CLOSED", "path": ["id"]}]


def test_a_case_that_a_key_takes_is_its_owner_s(token: str) -> None:
    """Whom anybody can find and ask; another of their keys, or they themselves, may close it."""
    reconcile(token, file=FILE)
    owner = make_user("night-shift", "operations")
    key = create_key(
        actor=Actor(kind=ActorKind.USER, id=owner.id, roles=frozenset({"operations"})),
        name="robot",
        scopes=["reconciliation:read", "reconciliation:write"],
    )
    (case,) = ask(CASES, token=token).data["cases"]["nodes"]
    assert case["ownerName"] is None
    taken = ask(TAKE, {"id": case["id"]}, headers={"Authorization": f"ApiKey {key.key}"}).data["takeCase"]
    assert taken == {"case": {"ownerId": str(owner.id), "ownerName": "night-shift"}, "problems": []}
    refused = ask(CLOSE, {"id": case["id"], "why": "Not mine."}, token=token).data["closeCase"]
    assert refused["problems"] == [{"code": "CASE_TAKEN", "path": ["id"]}]
    closed = ask(CLOSE, {"id": case["id"], "why": "Told."}, token=signed_in(owner)).data["closeCase"]
    assert closed["problems"] == []
    assert Case.objects.get().closed_by == owner.id
    assert AuditLog.objects.get(operation_name="take_case").viewer_id == key.id


def test_who_reads_cases_and_notices_is_on_record(token: str) -> None:
    """Nobody's personal data by themselves, but the words of a person's payment all the same."""
    reconcile(token, file=FILE)
    notice = ProviderNotice.objects.create(
        provider=Provider.objects.get(), event_id="e", reference="TX1", body={}
    )
    ask("{ cases { nodes { ours theirs } } }", token=token)
    ask("{ providerNotices { nodes { reference } } }", token=token)
    told = [str(entry.disclosed) for entry in AuditLog.objects.filter(event="READ").order_by("id")]
    assert str(Case.objects.get().id) in told[-2]
    assert str(notice.id) in told[-1]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"file": "nothing"}, "INVALID_SETTLEMENT_FILE"),
        ({"provider": "nobody", "file": FILE}, "PROVIDER_NOT_FOUND"),
        ({}, "NO_SETTLEMENT_FILE"),
    ],
)
def test_what_can_not_be_reconciled_is_told(token: str, given: dict[str, str], code: str) -> None:
    assert [each["code"] for each in reconcile(token, **given)["problems"]] == [code]
    assert not Case.objects.exists()


@pytest.mark.parametrize("role", ["customer", "relationship_manager", "kyc_officer", "service"])
def test_nobody_else_reconciles_or_sees_cases(token: str, role: str) -> None:
    reconcile(token, file=FILE)
    other = signed_in(make_user("other", role))
    assert ask(RECONCILE, {"input": {"provider": "rail", "file": FILE}}, token=other).codes == ["NOT_ALLOWED"]
    assert ask(CASES, token=other).data["cases"]["nodes"] == []
    case_id = f"Case:{Case.objects.get().id}"
    assert ask(TAKE, {"id": case_id}, token=other).codes == ["NOT_ALLOWED"]
