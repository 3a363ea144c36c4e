"""What stays unknown or open too long becomes a case exactly once, and nothing else changes."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django import db
from django.db import connection

from banking_project.worker import DUTIES
from domains.audit.models import AuditLog
from domains.customers.operations import create_customer
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.days import today
from domains.kernel.identifiers import new_id
from domains.providers.operations import register_provider
from domains.transactions.cases import CaseClosed, close_case, open_contradiction, take_case
from domains.transactions.changing import cancel
from domains.transactions.figures import open_cases
from domains.transactions.models import Attempt, Case, Transaction, TransactionStatus
from domains.transactions.moving import PROGRAM, locked, move
from domains.transactions.overdue import GRACE, see_to_overdue

SYSTEM = Actor.system("test")


@pytest.fixture
def provider_id(own_database: str) -> UUID:
    return register_provider(
        actor=SYSTEM, code="rail", name="Rail", capability="PAYMENT_RAIL", adapter="sandbox_rail",
        base_url="http://127.0.0.1:9/", credentials={"api_key": "k"},
    )  # fmt: skip


def transaction(status: str, **columns: object) -> Transaction:
    customer_id = create_customer(
        actor=SYSTEM, full_name="Asha", mobile=f"+91982{Transaction.objects.count():07d}"
    )
    return Transaction.objects.create(
        reference=f"TX{new_id().hex}", customer_id=customer_id, kind="PAYMENT", direction="DEBIT", channel="UPI",
        status=status, amount=5, currency="INR", **columns,
    )  # fmt: skip


def attempt(
    carried: Transaction, provider_id: UUID, *, expired: timedelta, outcome: str | None = "UNKNOWN"
) -> None:
    Attempt.objects.create(
        transaction=carried, provider_id=provider_id, number=1, outcome=outcome, expires_at=now() - expired
    )


def cases() -> list[tuple[str, str]]:
    return sorted(Case.objects.values_list("reference", "kind"))


@pytest.mark.parametrize("outcome", ["UNKNOWN", None])
def test_what_is_unknown_after_the_window_becomes_one_case(provider_id: UUID, outcome: str | None) -> None:
    late, early = transaction("UNKNOWN"), transaction("UNKNOWN")
    attempt(late, provider_id, expired=GRACE + timedelta(minutes=1), outcome=outcome)
    attempt(early, provider_id, expired=GRACE - timedelta(minutes=1), outcome=outcome)
    for _ in range(3):
        assert not see_to_overdue()
    case = Case.objects.get()
    assert (case.transaction_id, case.kind, case.provider_id) == (late.id, "UNKNOWN_TOO_LONG", provider_id)
    assert (case.owner_id, case.due_at - case.opened_at) == (None, timedelta(hours=24))
    assert case.ours.startswith("UNKNOWN 5.00 INR")
    (told,) = AuditLog.objects.filter(operation_name="see_to_overdue")
    assert (told.event, told.subjects) == ("CHANGE", [late.customer_id])
    assert Transaction.objects.get(id=late.id).status == "UNKNOWN"
    assert {each.kind: each.unowned for each in open_cases()}["UNKNOWN_TOO_LONG"] == 1


def test_what_is_open_after_its_last_day_becomes_a_case_whoever_has_it(provider_id: UUID) -> None:
    yesterday = today() - timedelta(days=1)
    sent, waits = (
        transaction("PROCESSING", must_end_by=yesterday),
        transaction("PENDING", must_end_by=yesterday),
    )
    attempt(sent, provider_id, expired=timedelta(days=2), outcome="ACCEPTED")
    transaction("SETTLED", must_end_by=yesterday)
    transaction("PROCESSING", must_end_by=today())
    for _ in range(2):
        assert not see_to_overdue()
    assert cases() == sorted([(sent.reference, "OVERDUE"), (waits.reference, "OVERDUE")])
    assert {case.reference: case.provider_id for case in Case.objects.all()} == {
        sent.reference: provider_id,
        waits.reference: None,
    }


def test_what_somebody_closed_is_not_opened_again(provider_id: UUID) -> None:
    late = transaction("UNKNOWN")
    attempt(late, provider_id, expired=timedelta(days=1))
    see_to_overdue()
    clerk = Actor.system("clerk")
    close_case(actor=clerk, case_id=Case.objects.get().id, resolution="Told to the bank.")
    see_to_overdue()
    assert cases() == [(late.reference, "UNKNOWN_TOO_LONG")]


@pytest.mark.parametrize("end", ["SETTLED", "REJECTED"])
def test_the_end_closes_what_waited_for_it_whoever_has_it(provider_id: UUID, end: str) -> None:
    late = transaction("UNKNOWN", must_end_by=today() - timedelta(days=2))
    other = transaction("UNKNOWN", must_end_by=today() - timedelta(days=2))
    for each in (late, other):
        attempt(each, provider_id, expired=timedelta(days=1))
    see_to_overdue()
    clerk = Actor(kind=ActorKind.USER, id=new_id())
    take_case(actor=clerk, case_id=Case.objects.get(transaction=late, kind="OVERDUE").id)
    open_contradiction(late, Attempt.objects.get(transaction=late))
    with db.transaction.atomic():
        move(locked(late.id), TransactionStatus(end), cause="The bank said so (00)")
    left = Case.objects.filter(closed_at=None).values_list("transaction_id", "kind")
    mine = {(late.id, "CONTRADICTS")}
    assert set(left) == {*mine, (other.id, "UNKNOWN_TOO_LONG"), (other.id, "OVERDUE")}
    for case in Case.objects.exclude(closed_at=None):
        assert case.resolution == (
            f"It ended by itself as {end}: The bank said so (00); 200.00 INR of compensation are owed"
        )
        assert case.closed_by is None
    told = AuditLog.objects.filter(operation_name="close_ended")
    assert [(entry.viewer_kind, entry.purpose) for entry in told] == [("SYSTEM", PROGRAM.purpose)] * 2
    assert [entry.subjects for entry in told] == [[late.customer_id]] * 2
    with pytest.raises(CaseClosed):
        close_case(actor=clerk, case_id=case.id, resolution="Too late.")


def test_a_customer_who_cancels_closes_it_by_their_name(provider_id: UUID) -> None:
    waits = transaction("PENDING", must_end_by=today() - timedelta(days=1))
    see_to_overdue()
    customer = Actor(kind=ActorKind.USER, id=new_id(), customer_id=waits.customer_id)
    cancel(actor=customer, transaction_id=waits.id)
    assert Case.objects.get().closed_by == customer.id


def test_a_case_stays_open_when_the_end_is_taken_back(provider_id: UUID) -> None:
    late = transaction("UNKNOWN", must_end_by=today() - timedelta(days=2))
    see_to_overdue()
    with db.transaction.atomic():
        move(locked(late.id), TransactionStatus.SETTLED, cause="")
        assert Case.objects.filter(closed_at=None).count() == 0
        db.transaction.set_rollback(True)
    assert Case.objects.get().closed_at is None


def test_many_workers_open_one_case(provider_id: UUID) -> None:
    for number in range(5):
        late = transaction("UNKNOWN", must_end_by=today() - timedelta(days=1 + number))
        attempt(late, provider_id, expired=timedelta(days=1))
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        see_to_overdue()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cases()) == 10 == len(set(cases()))
    assert AuditLog.objects.filter(operation_name="see_to_overdue").count() == 10


def test_a_worker_does_it() -> None:
    assert see_to_overdue in [duty.work for duty in DUTIES]
