"""Reading out of the ordinary: many customers in a short time, out of hours, with the glass broken.

Each is told once an hour for each principal, as an event ALERT whose viewer is the one who read. An alert is a
reason to ask, not a verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from domains.audit.events import Event
from domains.audit.models import AuditLog
from domains.audit.operations import Change, record
from domains.kernel.actor import Actor, ActorKind

WINDOW = timedelta(minutes=10)
TOLD_AGAIN_AFTER = timedelta(hours=1)
LOCK = "audit_watching"

# Of the last minutes, found by the primary key: ids begin with the time at which they were made.
RECENT = """WITH recent AS (
    SELECT a.viewer_kind, a.viewer_id, a.roles, a.viewer_customer_id, a.subjects, a.recorded_at
    FROM audit_auditlog AS a
    WHERE a.id >= %(first)s AND a.recorded_at >= %(since)s AND a.recorded_at < %(until)s
        AND a.event = 'READ' AND a.viewer_id IS NOT NULL AND a.viewer_kind IN ('USER', 'API_KEY')
)
"""
RULES = {
    "MANY_CUSTOMERS": """SELECT viewer_kind, viewer_id, count(DISTINCT subject)
        FROM recent, unnest(subjects) AS subject WHERE subject IS DISTINCT FROM viewer_customer_id
        GROUP BY viewer_kind, viewer_id HAVING count(DISTINCT subject) > %(customers)s""",
    "OUT_OF_HOURS": """SELECT viewer_kind, viewer_id, count(*) FROM recent
        WHERE viewer_kind = 'USER' AND roles <> ARRAY['customer'] AND subjects <> '{}'
        AND (extract(hour FROM recorded_at AT TIME ZONE 'Asia/Kolkata') < %(from)s
            OR extract(hour FROM recorded_at AT TIME ZONE 'Asia/Kolkata') >= %(to)s
            OR extract(isodow FROM recorded_at AT TIME ZONE 'Asia/Kolkata') = 7)
        GROUP BY viewer_kind, viewer_id""",
    "GLASS_BROKEN": """SELECT viewer_kind, viewer_id, count(*) FROM recent
        WHERE 'break_glass' = ANY(roles) AND subjects <> '{}' GROUP BY viewer_kind, viewer_id""",
}


@dataclass(frozen=True)
class Alert:
    """One principal's reading that is out of the ordinary: in what, and how many (customers, or readings)."""

    code: str
    viewer_kind: str
    viewer_id: UUID
    count: int


def watch(*, moment: datetime) -> list[Alert]:
    """Look at what was read lately, record what is out of the ordinary, and return what was not told before."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK])
            if not cursor.fetchone()[0]:
                return []
        told = _told_since(moment - TOLD_AGAIN_AFTER)
        fresh = [alert for alert in unusual(moment=moment) if (alert.code, alert.viewer_id) not in told]
        for alert in fresh:
            change = Change("audit_viewer", alert.viewer_id, "count", None, alert.count, in_clear=True)
            actor = Actor(
                kind=ActorKind(alert.viewer_kind), id=alert.viewer_id, correlation_id="audit.watching"
            )
            record(
                event=Event.ALERT,
                actor=actor,
                operation_name="watch_reading",
                code=alert.code,
                row_count=alert.count,
                changes=[change],
            )
    return fresh


def unusual(*, moment: datetime) -> Sequence[Alert]:
    """Return what is out of the ordinary in the minutes before a moment."""
    since = moment - WINDOW
    values: dict[str, Any] = {
        "first": _first_id(since),
        "since": since,
        "until": moment,
        "customers": settings.AUDIT_UNUSUAL_CUSTOMERS,
        "from": settings.AUDIT_WORKING_HOURS[0],
        "to": settings.AUDIT_WORKING_HOURS[1],
    }
    found = []
    with connection.cursor() as cursor:
        for code, rule in RULES.items():
            cursor.execute(RECENT + rule, values)
            found += [Alert(code, *row) for row in cursor.fetchall()]
    return found


def _told_since(since: datetime) -> set[tuple[str, UUID | None]]:
    alerts = AuditLog.objects.filter(event=Event.ALERT, id__gte=_first_id(since), recorded_at__gte=since)
    return set(alerts.values_list("code", "viewer_id"))


def _first_id(moment: datetime) -> UUID:
    """Return the least id that can have been made at a moment, less a second for clocks that differ."""
    return UUID(int=int((moment.timestamp() - 1) * 1000) << 80)
