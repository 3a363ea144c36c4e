"""The report of reconciliation: what matched, and every case with its owner and age."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from domains.audit.models import AuditLog
from domains.customers.operations import create_customer
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.providers.operations import register_provider
from domains.transactions.cases import close_case
from domains.transactions.models import Attempt, Case, Transaction
from domains.transactions.reconciliation import reconcile
from tests.asking import ask, signed_in
from tests.people import make_user

SYSTEM = Actor.system("test")
FILE = """reference,status,amount,currency
TXMATCHED,SETTLED,10.00,INR
TXDIFFERS,SETTLED,11.00,INR
=HYPERLINK(1),SETTLED,1.00,INR
"""


@pytest.fixture
def reconciled(db: None) -> None:
    provider_id = register_provider(
        actor=SYSTEM, code="rail", name="Rail", capability="PAYMENT_RAIL", adapter="sandbox_rail",
        base_url="http://127.0.0.1:9/", credentials={"api_key": "k"},
    )  # fmt: skip
    customer_id = create_customer(actor=SYSTEM, full_name="Asha", mobile="+919820012345")
    for reference in ("TXMATCHED", "TXDIFFERS", "TXALONE"):
        settled = Transaction.objects.create(
            reference=reference, customer_id=customer_id, kind="PAYMENT", direction="DEBIT", channel="UPI",
            status="SETTLED", amount=10, currency="INR", settled_at=now() - timedelta(hours=1),
        )  # fmt: skip
        Attempt.objects.create(transaction=settled, provider_id=provider_id, number=1, outcome="SETTLED")
    reconcile(actor=SYSTEM, provider_code="rail", text=FILE)
    owner = make_user("clerk", "operations")
    Case.objects.filter(reference="TXALONE").update(
        owner_id=owner.id, opened_at=now() - timedelta(hours=30), due_at=now() - timedelta(hours=6)
    )


def report(*arguments: str) -> tuple[str, int]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("reconciliation_report", *arguments, stdout=out)
    return out.getvalue(), int(ended.value.code or 0)


def test_it_tells_what_matched_and_each_case_with_owner_and_age(reconciled: None) -> None:
    text, status = report()
    told: dict[str, Any] = json.loads(text)
    (last,) = told["reconciliations"]
    counted = {name: last[name] for name in ("matched", "missing_here", "missing_there", "differing")}
    assert (last["provider"], last["lines"], last["new_cases"], status) == ("rail", 3, 3, 1)
    assert counted == {"matched": 1, "missing_here": 1, "missing_there": 1, "differing": 1}
    first = told["cases"][0]
    assert (first["reference"], first["kind"], first["owner"]) == ("TXALONE", "MISSING_THERE", "clerk")
    assert (first["age_h"], first["is_late"]) == (30, True)
    assert {case["owner"] for case in told["cases"][1:]} == {""}
    event = AuditLog.objects.get(operation_name="reconciliation_report")
    assert (event.event, event.row_count, event.subjects) == (
        "EXPORT",
        3,
        [Transaction.objects.first().customer_id],
    )


def test_as_csv_no_cell_is_a_formula(reconciled: None) -> None:
    text, _ = report("--format", "csv", "--provider", "rail")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(row["reference"] for row in rows) == ["'=HYPERLINK(1)", "TXALONE", "TXDIFFERS"]
    assert report("--provider", "another")[1] == 0


def test_closed_cases_are_told_on_request_and_then_nothing_is_open(reconciled: None) -> None:
    Case.objects.update(owner_id=None)
    for case in Case.objects.all():
        close_case(actor=SYSTEM, case_id=case.id, resolution="Told to the bank.")
    assert json.loads(report()[0])["cases"] == []
    text, status = report("--closed")
    assert {case["resolution"] for case in json.loads(text)["cases"]} == {"Told to the bank."}
    assert status == 0


def test_the_graph_tells_it_to_operations_and_to_no_customer(reconciled: None) -> None:
    question = """{ reconciliations { nodes { matched missingHere missingThere differing provider { code } } }
        cases { nodes { reference ageHours } } }"""
    token = signed_in(make_user("other", "operations"))
    data = ask(question, {}, token=token).data
    assert data["reconciliations"]["nodes"] == [
        {"matched": 1, "missingHere": 1, "missingThere": 1, "differing": 1, "provider": {"code": "rail"}}
    ]
    assert {each["reference"]: each["ageHours"] for each in data["cases"]["nodes"]}["TXALONE"] == 30
    refused = ask(question, {}, token=signed_in(make_user("asha", "customer")))
    assert not ((refused.data or {}).get("reconciliations") or {}).get("nodes")
