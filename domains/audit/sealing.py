"""The sealer: takes rows of the trail, in order, into the tree, and signs its head.

Gateways write without waiting for it or for each other. The order is that of the transactions that wrote the
rows, and of the rows' ids within one. A row is taken only when every transaction that began before its own has
ended: nothing can then come to stand before it. So a transaction that stays open keeps the sealer waiting, and
what was written since is not evidence yet.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from domains.audit import heads, leaves
from domains.audit.entries import COLUMNS, Entry
from domains.audit.models import TreeHead
from domains.kernel.clock import now

BATCH = 5_000
LOCK = "audit_sealing"  # one sealer at a time; a tree can't have two ends

OLDER_THAN_ALL_THAT_RUN = "a.written_by < pg_snapshot_xmin(pg_current_snapshot())"
NEXT = f"""SELECT {COLUMNS} FROM audit_auditlog AS a
WHERE {OLDER_THAN_ALL_THAT_RUN} AND (a.written_by, a.id) > (%s::text::xid8, %s)
ORDER BY a.written_by, a.id LIMIT %s"""  # noqa: S608 - the text is ours
# A dump that was restored into a younger server: rows name transactions that this one has yet to reach.
LEFT_BEHIND = f"""SELECT {COLUMNS} FROM audit_auditlog AS a
WHERE ({OLDER_THAN_ALL_THAT_RUN} OR a.written_by >= pg_snapshot_xmax(pg_current_snapshot()))
AND NOT EXISTS (SELECT FROM audit_leaf WHERE entry_id = a.id)
ORDER BY a.written_by, a.id LIMIT %s"""  # noqa: S608 - the text is ours


@dataclass(frozen=True)
class Place:
    """How far the trail is sealed: the last row's transaction and id."""

    written_by: int
    id: UUID


START = Place(0, UUID(int=0))


def seal() -> bool:
    """Seal the next rows and sign the head; tell whether there may be more. The shape is that of a duty."""
    with transaction.atomic():
        if not _locked():
            return False
        head = TreeHead.objects.order_by("-size").first()
        entries = _next(Place(head.through_transaction, head.through_id) if head else START)
        if not entries:
            return False
        size = leaves.append(entries, start=head.size if head else 0)
        signed = heads.sign(size=size, root=leaves.subtree(0, size), moment=now())
        last = entries[-1]
        TreeHead.objects.create(
            size=size,
            root=bytes.fromhex(signed.root),
            signed_at=signed.signed_at,
            key_id=signed.key_id,
            signature=bytes.fromhex(signed.signature),
            through_transaction=max(last.written_by, head.through_transaction if head else 0),
            through_id=last.id
            if head is None or last.written_by >= head.through_transaction
            else head.through_id,
        )
    heads.witness(signed)
    return len(entries) == BATCH


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK])
        locked: bool = cursor.fetchone()[0]
        return locked


def _next(place: Place) -> list[Entry]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        if cursor.fetchone()[0] <= place.written_by:
            cursor.execute(LEFT_BEHIND, [BATCH])
        else:
            cursor.execute(NEXT, [str(place.written_by), place.id, BATCH])
        return [Entry.of(row) for row in cursor.fetchall()]
