"""What operations read of reconciliation: the last one with each provider, and the cases with owner and age."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domains.identity.queries import display_name_of
from domains.kernel.clock import now
from domains.transactions.cases import age_hours
from domains.transactions.models import Case, Reconciliation


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What the last reconciliation with a provider came to."""

    provider: str
    finished_at: datetime
    lines: int
    matched: int
    missing_here: int
    missing_there: int
    differing: int
    new_cases: int


@dataclass(frozen=True, slots=True)
class ReportedCase:
    """A case as it stands: `owner` is '' for nobody's, `age_h` whole hours until now or until it was closed."""

    id: str
    kind: str
    provider: str
    customer_id: UUID | None
    reference: str
    ours: str
    theirs: str
    owner: str
    opened_at: datetime
    age_h: int
    due_at: datetime
    is_late: bool
    closed_at: datetime | None
    resolution: str


def last_reconciliations() -> list[Reconciled]:
    """Return the last reconciliation with each provider that was ever reconciled with."""
    newest = Reconciliation.objects.order_by("provider", "-finished_at", "-id").distinct("provider")
    return [
        Reconciled(
            provider=each.provider.code,
            finished_at=each.finished_at,
            lines=each.lines,
            matched=each.matched,
            missing_here=each.missing_here,
            missing_there=each.missing_there,
            differing=each.differing,
            new_cases=each.new_cases,
        )
        for each in newest.select_related("provider")
    ]


def reported_cases(*, provider_code: str = "", closed_too: bool = False) -> Iterator[ReportedCase]:
    """Yield cases, the oldest first; `provider_code` leaves only those of one provider."""
    moment, names = now(), dict[UUID | None, str]()
    rows = Case.objects.select_related("provider", "transaction").order_by("opened_at", "id")
    if provider_code:
        rows = rows.filter(provider__code=provider_code)
    if not closed_too:
        rows = rows.filter(closed_at=None)
    for each in rows.iterator():
        if each.owner_id not in names:
            names[each.owner_id] = display_name_of(each.owner_id)
        yield ReportedCase(
            id=f"Case:{each.id}",
            kind=each.kind,
            provider="" if each.provider is None else each.provider.code,
            customer_id=None if each.transaction is None else each.transaction.customer_id,
            reference=each.reference,
            ours=each.ours,
            theirs=each.theirs,
            owner=names[each.owner_id],
            opened_at=each.opened_at,
            age_h=age_hours(opened_at=each.opened_at, closed_at=each.closed_at),
            due_at=each.due_at,
            is_late=(each.closed_at or moment) > each.due_at,
            closed_at=each.closed_at,
            resolution=each.resolution,
        )
