"""Reading what changed, and what is known already."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domains.transactions.models import Transaction, TransactionEvent


class Recorded(NamedTuple):
    """That something happened to a transaction: which event, when, and whose the transaction is."""

    event_id: UUID
    at: datetime
    customer_id: UUID


def events_since(moment: datetime, *, limit: int) -> list[Recorded]:
    """Return the events recorded since a moment, oldest first.

    What was recorded later may have been committed earlier: ask again with some overlap, and leave out what is
    known.
    """
    found = TransactionEvent.objects.filter(recorded_at__gte=moment).order_by("recorded_at", "id")
    rows = found.values_list("id", "recorded_at", "transaction__customer_id")[:limit]
    return [Recorded(*row) for row in rows]


def event_recorded_at(event_id: UUID) -> datetime | None:
    """Return when an event was recorded, or None when there is no such event."""
    return TransactionEvent.objects.filter(id=event_id).values_list("recorded_at", flat=True).first()


def movements_told(*, customer_id: UUID, source: str) -> bool:
    """Tell whether any transaction of a customer was told by this source."""
    return Transaction.objects.filter(customer_id=customer_id, source=source).exists()
