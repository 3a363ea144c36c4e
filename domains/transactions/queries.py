"""Reading what changed, and what is known already."""

from datetime import datetime
from uuid import UUID

from domains.transactions.models import Transaction, TransactionEvent


def events_since(moment: datetime, *, limit: int) -> list[tuple[UUID, datetime]]:
    """Return the events recorded since a moment, oldest first: their ids and times.

    What was recorded later may have been committed earlier: ask again with some overlap, and leave out what is
    known.
    """
    found = TransactionEvent.objects.filter(recorded_at__gte=moment).order_by("recorded_at", "id")
    return list(found.values_list("id", "recorded_at")[:limit])


def event_recorded_at(event_id: UUID) -> datetime | None:
    """Return when an event was recorded, or None when there is no such event."""
    return TransactionEvent.objects.filter(id=event_id).values_list("recorded_at", flat=True).first()


def movements_told(*, customer_id: UUID, source: str) -> bool:
    """Tell whether any transaction of a customer was told by this source."""
    return Transaction.objects.filter(customer_id=customer_id, source=source).exists()
