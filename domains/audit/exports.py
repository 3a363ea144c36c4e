"""Exports: entries as JSON lines or CSV, each with its proof, under a signed head; each is an event itself.

What was written a moment ago has no proof yet and is left out: an export tells the trail up to its head.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from domains.audit import leaves, tree
from domains.audit.entries import COLUMNS, Entry
from domains.audit.events import Event
from domains.audit.heads import Head
from domains.audit.operations import Change, record
from domains.audit.proofs import Inclusion, NotSealed, latest_head
from domains.kernel.actor import Actor
from domains.kernel.failures import Refused
from domains.kernel.identifiers import new_id

CONDITIONS = {
    "subject": "a.subjects @> ARRAY[%s::uuid]",
    "viewer": "a.viewer_id = %s::uuid",
    "event": "a.event = %s",
    "operation": "a.operation_name = %s",
    "since": "a.recorded_at >= %s",
    "until": "a.recorded_at < %s",
}
COLUMNS_OF_CSV = (
    "id",
    "recorded_at",
    "event",
    "viewer_kind",
    "viewer_id",
    "roles",
    "purpose",
    "operation_name",
)


class TooManyEntries(Refused):
    """More entries are selected than one export may hold."""

    code = "TOO_MANY_ENTRIES"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which entries: all conditions that are given hold; `until` is not included."""

    subject: UUID | None = None
    viewer: UUID | None = None
    event: str | None = None
    operation: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def given(self) -> dict[str, Any]:
        """Return the conditions that are given, by name."""
        pairs = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True)
class Export:
    """A head, and entries with their proofs under it."""

    head: Head
    proofs: list[Inclusion]

    def json_lines(self) -> str:
        """Return the head and the proofs, one to a line, as the stand-alone verifier reads them."""
        lines = [json.dumps({"head": asdict(self.head)}), *(proof.text() for proof in self.proofs)]
        return "\n".join(lines) + "\n"

    def csv(self) -> str:
        """Return a table of the entries with their proofs; the head goes into a file of its own."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow([*COLUMNS_OF_CSV, "leaf", "path", "entry"])
        for proof in self.proofs:
            content = json.loads(proof.entry)
            cells = [_cell(content[name]) for name in COLUMNS_OF_CSV]
            table.writerow([*cells, proof.leaf, " ".join(proof.path), proof.entry])
        return text.getvalue()


def export(*, actor: Actor, selection: Selection, limit: int) -> Export:
    """Return the entries selected with their proofs, and record that they were taken.

    Raises NotSealed before anything was sealed, TooManyEntries beyond `limit`.
    """
    head = latest_head()
    if head is None:
        raise NotSealed("Nothing is sealed yet.")
    with transaction.atomic():
        proofs = list(_proved(selection, head, limit + 1))
        if len(proofs) > limit:
            raise TooManyEntries(f"More than {limit} entries are selected: narrow it down.")
        told = [
            Change("audit_export", new_id(), name, None, value, in_clear=True)
            for name, value in {**selection.given(), "head": head.size}.items()
        ]
        record(
            event=Event.EXPORT,
            actor=actor,
            operation_name="export_audit",
            row_count=len(proofs),
            changes=told,
            disclosed={"entries": [json.loads(proof.entry)["id"] for proof in proofs]},
        )
    return Export(head, proofs)


def _proved(selection: Selection, head: Head, limit: int) -> Iterator[Inclusion]:
    given = selection.given()
    conditions = "".join(f" AND {CONDITIONS[name]}" for name in given)
    sql = (
        f"SELECT l.number, {COLUMNS} FROM audit_auditlog AS a JOIN audit_leaf AS l ON l.entry_id = a.id "  # noqa: S608 - the text is ours
        f"WHERE l.number < %s{conditions} ORDER BY l.number LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [head.size, *given.values(), limit])
        rows = cursor.fetchall()
    subtree = leaves.remembering()
    for number, *columns in rows:
        path = tree.inclusion(number, head.size, subtree)
        content = Entry.of(tuple(columns)).content.decode()
        yield Inclusion(content, number, [part.hex() for part in path])


def _cell(value: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
