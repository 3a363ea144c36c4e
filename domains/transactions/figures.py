"""How many transactions stand where, for those who operate the system."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from domains.kernel.clock import now
from domains.transactions.models import Case, CaseKind, Transaction, TransactionStatus

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


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """Open cases of one kind: how many, how many of them are nobody's, and how many should be closed by now."""

    kind: str
    count: int
    unowned: int
    late: int


def open_cases() -> list[CaseFigure]:
    """Return every kind of case."""
    rows = Case.objects.filter(closed_at=None).values("kind")
    found = {
        row["kind"]: row
        for row in rows.annotate(
            count=Count("pk"),
            unowned=Count("pk", filter=Q(owner_id=None)),
            late=Count("pk", filter=Q(due_at__lt=now())),
        )
    }
    nothing = {"count": 0, "unowned": 0, "late": 0}
    figures = []
    for kind in CaseKind.values:
        row = found.get(kind, nothing)
        figures.append(CaseFigure(kind, row["count"], row["unowned"], row["late"]))
    return figures


def _found(rows: "QuerySet[Transaction]") -> dict[str, tuple[int, datetime]]:
    found = rows.order_by().values("status").annotate(count=Count("pk"), oldest=Min("created_at"))
    return {row["status"]: (row["count"], row["oldest"]) for row in found}
