"""Whether the trail is what it was when it was sealed: every row, its place, what its receipt names, every head.

Findings come in the order of the leaves. A row and its leaf that were altered together are found by the next head,
whose root they no longer give: then the leaves between it and the head before are named.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import connection

from domains.audit import leaves, tree
from domains.audit.entries import COLUMNS, Entry
from domains.audit.findings import Finding
from domains.audit.heads import Head
from domains.audit.models import ReadShape, TreeHead
from domains.audit.months import Months
from domains.audit.shapes import shape_digest

READ_AT_ONCE = 5_000
SEALED = f"""SELECT l.number, l.entry_id, l.recorded_at, l.hash, a.shape_id, a.field, {COLUMNS}
FROM audit_leaf AS l LEFT JOIN audit_auditlog AS a ON a.id = l.entry_id AND a.recorded_at = l.recorded_at
WHERE l.number >= %s AND l.number < %s ORDER BY l.number"""  # noqa: S608 - the text is ours
# What stands before the last row that was sealed, or claims a transaction that is yet to come, and has no leaf.
UNSEALED = """SELECT a.id, a.recorded_at FROM audit_auditlog AS a
WHERE NOT EXISTS (SELECT FROM audit_leaf AS l WHERE l.entry_id = a.id)
AND ((a.written_by, a.id) <= (%s::text::xid8, %s) OR a.written_by >= pg_snapshot_xmax(pg_current_snapshot()))
ORDER BY a.written_by, a.id LIMIT 20"""


class Verification:
    """One verification, of all leaves or of those from `start` on up to `end`; `verified` counts leaves."""

    def __init__(self, *, start: int = 0, end: int | None = None) -> None:
        self.heads = [Head.of(head) for head in TreeHead.objects.order_by("size")]
        self.size = self.heads[-1].size if self.heads else 0
        sizes = [0, *(head.size for head in self.heads)]
        # A range is verified from the head before it up to the one after it, which vouches for its last leaves.
        self.start = max(size for size in sizes if size <= max(start, 0))
        self.end = next((size for size in sizes if end is not None and size >= end), self.size)
        self.whole = self.start == 0 and self.end == self.size
        self.months, self.shapes = Months(), set[tuple[str, str]]()
        self.verified = 0

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong, first things first."""
        yield from self._leaves()
        yield from self._beyond()
        yield from self._reshaped()
        if self.whole:
            yield from self.months.findings()
        yield from self._unsealed()

    def _leaves(self) -> Iterator[Finding]:
        try:
            growing = tree.Growing(self.start, leaves.subtree)
        except leaves.BrokenTree as broken:
            yield Finding("missing", f"leaves before {self.start}", str(broken))
            return
        heads = iter([head for head in self.heads if self.start < head.size])
        head, known, intact = next(heads, None), self.start, True
        last: tuple[int, UUID] | None = None
        disorder: Finding | None = None
        for number, entry, found in self._rows():
            if number != growing.size:
                yield Finding(
                    "missing", f"leaf {growing.size}", "the leaf is gone, or its number was changed"
                )
                return
            yield from found
            growing.add(self._leaf)
            if entry is not None:
                if last is not None and (entry.written_by, entry.id) <= last:
                    disorder = disorder or Finding("reordered", f"leaf {number}, {entry.id}", "out of order")
                last = (entry.written_by, entry.id)
            if head is not None and growing.size == head.size:
                if fault := head.fault():
                    yield Finding("head", f"head {head.size}", fault)
                if intact and growing.root().hex() != head.root:
                    intact = False
                    if disorder is not None:
                        yield disorder
                    place = f"leaves {known} to {head.size - 1}"
                    yield Finding("altered", place, "they do not give the root that was signed")
                known, disorder, head = head.size, None, next(heads, None)
        if growing.size < self.end:
            yield Finding("missing", f"leaf {growing.size}", "the tree ends before its last signed head")

    def _rows(self) -> Iterator[tuple[int, Entry | None, list[Finding]]]:
        """Yield each leaf's number, its row if that is there, and what is wrong with it."""
        for start in range(self.start, self.end, READ_AT_ONCE):
            with connection.cursor() as cursor:
                cursor.execute(SEALED, [start, min(start + READ_AT_ONCE, self.end)])
                rows = cursor.fetchall()
            for number, key, recorded_at, leaf, shape, field, *columns in rows:
                self._leaf = bytes(leaf)
                if shape is not None:
                    self.shapes.add((shape, field))
                entry = Entry.of(tuple(columns)) if columns[0] is not None else _entry(key)
                self.verified += 1
                yield number, entry, list(self._wrong(number, key, recorded_at, entry))

    def _wrong(self, number: int, key: UUID, recorded_at: datetime, entry: Entry | None) -> Iterator[Finding]:
        place = f"leaf {number}, {key}"
        if entry is None:
            if not self.months.took(recorded_at, self._leaf):
                yield Finding("missing", place, f"the row of {recorded_at:%Y-%m-%d %H:%M:%S} UTC is gone")
        elif tree.leaf_hash(entry.content) != self._leaf:
            yield Finding("altered", place, "the row is not what was sealed")

    def _beyond(self) -> Iterator[Finding]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT min(number), count(*) FROM audit_leaf WHERE number >= %s", [self.size])
            number, count = cursor.fetchone()
        if count:
            yield Finding("inserted", f"leaf {number}", f"{count} leaves stand beyond the last signed head")

    def _reshaped(self) -> Iterator[Finding]:
        """Yield each shape that receipts name and that does not say what it said."""
        kept = ReadShape.objects.in_bulk([digest for digest, _ in self.shapes])
        for digest, field in sorted(self.shapes):
            shape = kept.get(digest)
            if shape is None:
                yield Finding("missing", f"shape {digest}", "what its receipts disclosed is gone")
            elif digest != shape_digest(operation=shape.operation, field=field, levels=shape.levels):
                yield Finding("altered", f"shape {digest}", "it is not what its receipts disclosed")

    def _unsealed(self) -> Iterator[Finding]:
        last = TreeHead.objects.order_by("-size").first()
        if last is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(UNSEALED, [str(last.through_transaction), last.through_id])
            for key, recorded_at in cursor.fetchall():
                told = f"the row of {recorded_at:%Y-%m-%d %H:%M:%S} UTC"
                yield Finding("inserted", str(key), f"{told} was not there when its neighbours were sealed")


def _entry(key: UUID) -> Entry | None:
    """Return a row whose time was altered, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM audit_auditlog AS a WHERE a.id = %s", [key])  # noqa: S608 - ours
        row = cursor.fetchone()
    return None if row is None else Entry.of(row)


def against(witnessed: list[Head]) -> Iterator[Finding]:
    """Yield each head that was witnessed outside and is not in the database as it was."""
    stored = {head.size: Head.of(head) for head in TreeHead.objects.all()}
    for head in witnessed:
        if fault := head.fault():
            yield Finding("head", f"witnessed head {head.size}", fault)
        elif stored.get(head.size) != head:
            yield Finding(
                "head", f"head {head.size}", "it was witnessed outside and is gone or another one here"
            )
