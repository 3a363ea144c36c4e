"""Entries of the trail as bytes: what is hashed into the tree, exported and verified.

The form is JSON with sorted keys, without spaces, in UTF-8: every column of the row under its name, times as
`2026-01-31T09:30:00.000000Z`, bytes in hex. It is form 1; a column that is added later makes a form 2, and rows
that were sealed before keep theirs.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

FORM = 1
PLAIN = (
    "id", "event", "viewer_kind", "viewer_id", "viewer_customer_id", "roles", "purpose", "operation_name",
    "document_id", "field", "code", "shape_id", "subjects", "disclosed", "row_count", "changes", "correlation_id",
    "trace_id",
)  # fmt: skip
# A function takes 100 arguments at most: 22 pairs fit.
JSON = (
    "json_build_object("
    + ", ".join(f"'{name}', a.{name}" for name in PLAIN)
    + """, 'recorded_at', to_char(a.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'sought_digest', encode(a.sought_digest, 'hex'), 'address', host(a.address), 'written_by', a.written_by::text
)::text"""
)
COLUMNS = f"a.id, a.recorded_at, a.written_by::text::bigint, {JSON}"  # of audit_auditlog AS a


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the trail: its key, its place in the order of sealing, and its bytes."""

    id: UUID
    recorded_at: datetime
    written_by: int
    content: bytes

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "Entry":
        """Return the entry of a row of COLUMNS."""
        key, recorded_at, written_by, text = row
        return cls(key, recorded_at, written_by, canonical(json.loads(text)))


def canonical(content: dict[str, Any]) -> bytes:
    """Return the bytes of an entry: the same for equal content, whoever writes them."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
