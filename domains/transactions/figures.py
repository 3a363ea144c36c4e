"""How many transactions stand where, for those who operate the system."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, QuerySet

from domains.kernel.clock import now
from domains.transactions.models import Transaction, TransactionStatus

OPEN = (
    TransactionStatus.INITIATED,
    TransactionStatus.PENDING,
    TransactionStatus.PROCESSING,
    TransactionStatus.UNKNOWN,
)
RECENT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StateFigure:
    """One state: how many there are (of a final one, in the last day) and the age of the oldest (seconds)."""

    state: str
    is_open: bool
    count: int
    oldest_s: float


def transactions_by_state() -> list[StateFigure]:
    """Return every state; asks by the index on state and time, so the number of final ones does not matter."""
    moment = now()
    opened = _found(Transaction.objects.filter(status__in=OPEN))
    final = [state for state in TransactionStatus if state not in OPEN]
    ended = _found(Transaction.objects.filter(status__in=final, created_at__gte=moment - RECENT))
    figures = []
    for state in TransactionStatus:
        count, oldest = {**opened, **ended}.get(state.value, (0, moment))
        figures.append(
            StateFigure(state.value, state in OPEN, count, max(0.0, (moment - oldest).total_seconds()))
        )
    return figures


def _found(rows: "QuerySet[Transaction]") -> dict[str, tuple[int, datetime]]:
    found = rows.order_by().values("status").annotate(count=Count("pk"), oldest=Min("created_at"))
    return {row["status"]: (row["count"], row["oldest"]) for row in found}
