"""Cancel, retry and reverse raced against settlement, notices and reconciliation: both books agree afterwards."""

import logging
import os
import threading
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import override_settings

from domains.customers.operations import create_customer
from domains.jobs.models import Job
from domains.kernel.actor import Actor
from domains.kernel.failures import Failure
from domains.kernel.identifiers import new_id
from domains.providers.models import Provider
from domains.providers.operations import configure
from domains.transactions import dispatch, overdue
from domains.transactions.books import first_break
from domains.transactions.changing import reverse
from domains.transactions.models import Case, ProviderNotice, Transaction, TransactionStatus
from domains.transactions.moving import locked, move
from domains.transactions.payments import initiate_payment
from domains.transactions.reconciliation import fetch_settlements, reconcile
from tests.conftest import Sandbox
from tests.domains.transactions.conftest import KEY, in_state, register, work
from tests.domains.transactions.racing import Done, Race, program
from tests.people import verify

SYSTEM = Actor.system("test")
TIMES, SEED = int(os.environ.get("RACE_TIMES", "1")), int(os.environ.get("RACE_SEED", "1"))


def moved_there(sandbox: Sandbox, places: list[str]) -> Counter[str]:
    """Return how often each reference moved money, over all rails."""
    entries = [entry for place in places for entry in sandbox.world.ledger(place).all()]
    return Counter(entry.reference for entry in entries if not entry.reason)


@pytest.fixture
def raced(own_database: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> tuple[Race, Done]:
    monkeypatch.setattr(dispatch, "EXPIRES_AFTER", timedelta(seconds=1))
    monkeypatch.setattr(dispatch, "SEND_WITHIN", timedelta(seconds=0.5))
    monkeypatch.setattr(dispatch, "AGAIN_S_MAX", 0.5)
    monkeypatch.setattr(overdue, "GRACE", timedelta(0))
    rails = {"race-a": f"rail/{own_database}-{SEED}-a", "race-b": f"rail/{own_database}-{SEED}-b"}
    for number, (code, place) in enumerate(rails.items()):
        register(
            sandbox, code, capability="PAYMENT_RAIL", adapter="sandbox_rail", place=place, priority=number
        )
    Provider.objects.update(breaker_open_s=1)
    configure(
        actor=SYSTEM, key="transactions.limits", value={"UPI": {"most": "1000000", "day": "1000000000"}}
    )
    customers: list[UUID] = []
    for number in range(3):
        customers.append(create_customer(actor=SYSTEM, full_name="Asha Rao", mobile=f"+9198200{number:05d}"))
        verify(customers[-1])
    race = Race(seed=SEED, customers=customers, rails=rails, key=KEY, sandbox=sandbox)
    with program() as url, override_settings(PROVIDER_NOTICES_URL=url):
        race.notices_url = url
        return race, race.run(times=TIMES, actors=5, workers=4, within_s=240 + 20 * TIMES)


def test_whoever_cancels_retries_or_reverses_no_money_moves_twice(
    raced: tuple[Race, Done], sandbox: Sandbox
) -> None:
    race, done = raced
    if done.failures:
        raise done.failures[0]
    logging.getLogger(__name__).warning(
        "%s %s", dict(done.answers), Counter(each.status for each in Transaction.objects.all())
    )
    assert not list(Job.objects.values("kind", "state", "failure"))
    assert first_break() is None
    moved = moved_there(sandbox, list(race.rails.values()))
    assert max(moved.values()) == 1
    ours = Transaction.objects.all()
    settled = {each.reference for each in ours if each.status in ("SETTLED", "REVERSED")}
    assert moved.keys() == settled
    assert {each.status for each in ours} <= {"SETTLED", "REVERSED", "CANCELLED", "REJECTED"}
    assert sorted(done.cancelled) == sorted(each.id for each in ours if each.status == "CANCELLED")
    returned = Counter(each.reverses_id for each in ours if each.reverses_id and each.status == "SETTLED")
    assert returned == Counter(each.id for each in ours if each.status == "REVERSED")
    assert len(done.reversed) == sum(each.reverses_id is not None for each in ours)
    assert not ProviderNotice.objects.filter(state__in=["RECEIVED", "CONTRADICTS", "UNMATCHED"]).exists()
    assert race.is_enough(TIMES)
    for code in race.rails:
        report = reconcile(actor=SYSTEM, provider_code=code, text=fetch_settlements(provider_code=code))
        assert report.breaks == {}
    assert not list(Case.objects.filter(closed_at=None).values("kind", "ours", "theirs"))


def test_a_second_return_is_refused_at_once_while_the_first_is_being_settled(
    own_database: str, sandbox: Sandbox
) -> None:
    """Whoever settles it holds the return and then wants the payment: nobody may wait the other way round."""
    place = f"rail/{own_database}-return"
    register(sandbox, "first", capability="PAYMENT_RAIL", adapter="sandbox_rail", place=place, priority=1)
    payer = create_customer(actor=SYSTEM, full_name="Asha Rao", mobile="+919820000001")
    verify(payer)
    clerk = Actor(kind=SYSTEM.kind, id=new_id(), customer_id=payer, roles=frozenset({"operations"}))
    paid = initiate_payment(actor=clerk, channel="UPI", amount=Decimal(5), vpa="shop@okbank")
    work(until=in_state(paid, "SETTLED"))
    returned = reverse(actor=clerk, transaction_id=paid)
    told: list[str] = []

    def again() -> None:
        try:
            reverse(actor=clerk, transaction_id=paid)
        except Failure as refused:
            told.append(refused.code)
        finally:
            connection.close()

    asking = threading.Thread(target=again)
    with transaction.atomic():
        move(locked(returned), TransactionStatus.PROCESSING, cause="test")
        asking.start()
        asking.join(timeout=20)
        assert told == ["REVERSED_ALREADY"]
    asking.join()
