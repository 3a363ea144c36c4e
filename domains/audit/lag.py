"""How far the sealer is behind the trail, for those who operate the system."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from domains.audit.models import TreeHead
from domains.kernel.clock import now

ROWS_MAX = 10_000
UNSEALED = """SELECT count(*), min(recorded_at) FROM (
    SELECT recorded_at FROM audit_auditlog AS a WHERE (a.written_by, a.id) > (%s::text::xid8, %s)
    ORDER BY a.written_by, a.id LIMIT %s
) AS unsealed"""


@dataclass(frozen=True, slots=True)
class SealingLag:
    """How far the sealer is behind: rows (10,000 at most), the age of the oldest (seconds), and what is sealed."""

    rows: int
    oldest_s: float
    sealed: int


def sealing_lag() -> SealingLag:
    """Return how far the sealer is behind the trail."""
    head = TreeHead.objects.order_by("-size").first()
    place = (str(head.through_transaction), head.through_id) if head else ("0", UUID(int=0))
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED, [*place, ROWS_MAX])
        rows, oldest = cursor.fetchone()
    age_s = (now() - oldest).total_seconds() if oldest else 0.0
    return SealingLag(rows, max(0.0, age_s), head.size if head else 0)
