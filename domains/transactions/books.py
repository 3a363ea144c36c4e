"""Whether the books tie out: holdings with the ledger, settled orders with its entries, states with their events.

Everything is read in one snapshot, so that it holds at any moment, with work going on.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from domains.jobs.queries import keys_of
from domains.portfolios import books as portfolios
from domains.transactions.beginning import DISPATCH
from domains.transactions.models import Transaction, TransactionEvent, TransactionStatus
from domains.transactions.results import SIGNS
from domains.transactions.states import ENDED, may_move

S = TransactionStatus
MAY_HAVE_BEEN_DONE = Q(attempts__outcome__isnull=True, attempts__id__isnull=False) | Q(
    attempts__outcome__in=["ACCEPTED", "SETTLED", "UNKNOWN"]
)


def first_break() -> str | None:
    """Return the first thing that does not tie out, in a sentence; None when everything does."""
    assert not connection.in_atomic_block, "a snapshot is a transaction of its own"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return next((each for check in CHECKS for each in check()), None)


def breaks() -> list[str]:
    """Return everything that does not tie out, as the present transaction sees it."""
    return [each for check in CHECKS for each in check()]


def _orders() -> Iterator[str]:
    """A settled order moved its units once, and no other did."""
    entered: dict[str, list[tuple[object, object]]] = {}
    for reference, holding_id, units in portfolios.settlements():
        entered.setdefault(reference, []).append((holding_id, units))
    settled = _made_here().filter(kind__in=SIGNS, status=S.SETTLED)
    for order in settled.iterator():
        expected = [(order.holding_id, (order.quantity or 0) * SIGNS[order.kind])]
        if entered.pop(order.reference, []) != expected:
            yield f"{order.reference} is settled, but the ledger does not move its units exactly once."
    for reference in entered:
        yield f"The ledger moved units for {reference}, which is no settled order."


def _attempts() -> Iterator[str]:
    """What is settled was settled by one attempt; what ended otherwise was done by none."""
    counted = _made_here().annotate(
        settled=Count("attempts", filter=Q(attempts__outcome="SETTLED")),
        open=Count("attempts", filter=MAY_HAVE_BEEN_DONE),
    )
    done = counted.filter(status__in=[S.SETTLED, S.REVERSED])
    for each in done.exclude(settled=1, open=1).iterator():
        yield f"{each.reference} is {each.status} with {each.settled} attempts that settled."
    for each in counted.filter(status__in=[S.REJECTED, S.CANCELLED], open__gt=0).iterator():
        yield f"{each.reference} is {each.status}, and an attempt may have been done."


def _events() -> Iterator[str]:
    """Events lead from state to state as the table allows, and end in the state that the transaction is in."""
    rows = TransactionEvent.objects.filter(transaction__source="").order_by(
        "transaction_id", "recorded_at", "id"
    )
    told = rows.values_list(
        "transaction_id", "from_status", "to_status", "transaction__status", "transaction__reference"
    )
    for _, group in groupby(told.iterator(), key=lambda row: row[0]):
        story, before = list(group), None
        for _, source, target, _, reference in story:
            if source != before or (source is not None and not may_move(source, target)):
                yield f"{reference} went from {before} to {target} by an event from {source}."
            before = target
        if before != story[-1][3]:
            yield f"{story[-1][4]} is {story[-1][3]}, but its last event says {before}."
    for each in _made_here().annotate(told=Count("events")).filter(told=0).iterator():
        yield f"{each.reference} has no event."


def _jobs() -> Iterator[str]:
    """What is not over has its job."""
    waiting = set(keys_of(DISPATCH))
    for each in _made_here().exclude(status__in=ENDED).iterator():
        if str(each.id) not in waiting:
            yield f"{each.reference} is {each.status}, and nothing looks after it."


def _reversals() -> Iterator[str]:
    """What is REVERSED was returned by a settled transaction, and the other way round."""
    counted = _made_here().annotate(back=Count("reversals", filter=Q(reversals__status=S.SETTLED)))
    for each in counted.filter(status=S.REVERSED).exclude(back=1).iterator():
        yield f"{each.reference} is REVERSED by {each.back} settled returns."
    for each in counted.exclude(status=S.REVERSED).filter(back__gt=0).iterator():
        yield f"{each.reference} was returned, but is {each.status}."


def _made_here() -> "QuerySet[Any]":
    return Transaction.objects.filter(source="")


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    portfolios.breaks, _orders, _attempts, _events, _jobs, _reversals,
)  # fmt: skip
