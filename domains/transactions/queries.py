"""Reading what changed, and what is known already."""

from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Case, Value, When

from domains.transactions.models import Transaction, TransactionEvent
from domains.transactions.places import Place, Recorded, Snapshot

TOLD_WITHIN = timedelta(days=1)  # of an event's time: no transaction is open for so long
SNAPSHOT = "SELECT pg_current_snapshot()::text, clock_timestamp(), pg_postmaster_start_time()"


def present_snapshot() -> Snapshot:
    """Return which transactions have ended by now."""
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOT)
        return Snapshot.read(*cursor.fetchone())


def events_after(
    place: Place, *, limit: int, customer_id: UUID | None = None
) -> tuple[list[Recorded], Place]:
    """Return the events that a reader at this place was not told, in their order, and the place behind them.

    Of one customer's transactions, if one is given. Where there are fewer than `limit`, nothing is left that was
    committed by now.
    """
    # The statement below sees this much at least, and what it sees beyond is left out.
    now = present_snapshot()
    rows = TransactionEvent.objects.filter(
        place.not_told(now), recorded_at__gt=now.taken_at - TOLD_WITHIN, **_of(customer_id)
    )
    later = Case(When(place.within.hides(seen_by=now), then=Value(1)), default=Value(0))
    found = rows.annotate(later=later).order_by("later", "written_by", "id")
    told = found.values_list("id", "recorded_at", "transaction__customer_id", "written_by", "later")
    events = []
    for event_id, at, owner_id, written_by, is_later in told[:limit]:
        before, within = (place.within, now) if is_later else (place.before, place.within)
        behind = Place(before, within, (written_by, event_id))
        events.append(Recorded(event_id, at, owner_id, written_by, behind))
    return events, events[-1].place if len(events) == limit else Place.at(now)


def _of(customer_id: UUID | None) -> dict[str, UUID]:
    return {} if customer_id is None else {"transaction__customer_id": customer_id}


def movements_told(*, customer_id: UUID, source: str) -> bool:
    """Tell whether any transaction of a customer was told by this source."""
    return Transaction.objects.filter(customer_id=customer_id, source=source).exists()
