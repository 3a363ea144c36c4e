"""What happened to one customer's data, as rows: for the history that customers are shown of themselves."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# Purposes that begin so are not told to customers: that somebody looks into a suspicion must not reach its subject
# (Prevention of Money-Laundering Act, rules on reporting: no tipping off). Auditors see them like all others.
# Only the roles that may look into one have such purposes: nobody else hides their reading by naming it so.
CONFIDENTIAL = "confidential:"
MAY_BE_CONFIDENTIAL = ("kyc_officer", "operations", "auditor")
TOLD = ("READ", "CHANGE", "EXPORT", "ROLE")

HISTORY = """SELECT asked.place, event.* FROM unnest(%s::uuid[], %s::int[], %s::timestamptz[])
WITH ORDINALITY AS asked (customer, first, before, place), LATERAL (
    SELECT to_char(a.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
        a.event, a.viewer_kind, a.roles, a.viewer_customer_id = asked.customer AS own, a.purpose, a.changes,
        shape.levels, ARRAY(
            SELECT told.key FROM jsonb_each(a.disclosed) AS told WHERE told.value ? asked.customer::text
        ) AS places
    FROM audit_auditlog AS a LEFT JOIN audit_readshape AS shape ON shape.digest = a.shape_id
    WHERE a.subjects @> ARRAY[asked.customer] AND a.recorded_at < asked.before
        AND a.event = ANY(%s) AND NOT (starts_with(a.purpose, %s) AND a.roles && %s::text[])
    ORDER BY a.recorded_at DESC, a.id DESC LIMIT asked.first
) AS event ORDER BY asked.place, event.at DESC"""
NAMES = ("at", "event", "viewer_kind", "roles", "own", "purpose", "changes", "levels", "places")


def histories(asked: Sequence[tuple[str, int, str | None]]) -> list[list[dict[str, Any]]]:
    """Return the events about each customer asked for (key, how many, before when), newest first.

    The order is by time, which has no index, on purpose: the index on persons is used however rare they are.
    """
    found: list[list[dict[str, Any]]] = [[] for _ in asked]
    keys, firsts, befores = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        before = [each or "infinity" for each in befores]
        left_out = (CONFIDENTIAL, list(MAY_BE_CONFIDENTIAL))
        cursor.execute(HISTORY, [list(keys), list(firsts), before, list(TOLD), *left_out])
        for place, *values in cursor.fetchall():
            found[place - 1].append(dict(zip(NAMES, values, strict=True)))
    return found
