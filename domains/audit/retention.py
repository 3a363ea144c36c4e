"""Retention: months older than a year may leave the database, archived, and with proof of what was removed.

The longer of two rules counts: 180 days of logs (CERT-In, directions of 28 April 2022) and a year (DPDP Rules
2025, rule 6). The proof is written first: a Removal, and an event that names the archive's digest. The leaves
stay, so the tree verifies as before, and whoever has the archive can check every entry of it against them.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction

from domains.audit import tree
from domains.audit.entries import COLUMNS, Entry
from domains.audit.events import Event
from domains.audit.models import Leaf, Removal
from domains.audit.operations import Change, record
from domains.audit.proofs import latest_head
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import NotFound, Refused

MONTHS_KEPT_MIN = 13  # the present one and twelve whole ones
AT_ONCE = 2_000

IN_ORDER = f"""SELECT l.number, {COLUMNS} FROM audit_auditlog AS a LEFT JOIN audit_leaf AS l ON l.entry_id = a.id
WHERE a.recorded_at >= %s AND a.recorded_at < %s ORDER BY l.number NULLS FIRST"""  # noqa: S608 - the text is ours


class TooYoung(Refused):
    """The month has to stay."""

    code = "TOO_YOUNG"


class NoSuchMonth(NotFound):
    """There is no partition of this month."""

    code = "NO_SUCH_MONTH"


class Unsealed(Refused):
    """Entries of the month are in no signed tree yet: nothing would prove them."""

    code = "UNSEALED"


class NotTheArchive(Refused):
    """The file is not, byte by byte, the one that the month was archived into."""

    code = "NOT_THE_ARCHIVE"


def archive(*, actor: Actor, month: datetime, file: Path) -> Removal:
    """Write a month's entries into a new file, record its removal, and return that; nothing is removed here.

    The file is on disk before the removal is recorded. A removal that was recorded before is returned as it is.
    Raises TooYoung, NoSuchMonth, Unsealed, or FileExistsError, and then leaves no file of its own.
    """
    since, until, partition = month, next_month(month), partition_of(month)
    if (known := Removal.objects.filter(partition=partition).first()) is not None:
        return known
    if until > earliest_kept(now()):
        raise TooYoung(f"{since:%B %Y} has to stay: {MONTHS_KEPT_MIN} months are kept.")
    if not partition_exists(partition):
        raise NoSuchMonth(f"There is no partition of {since:%B %Y}.")
    with _new(file) as out, transaction.atomic():
        archive_digest, leaves_digest, rows = hashlib.sha256(), hashlib.sha256(), 0
        head = latest_head()
        for line, leaf in _lines(since, until, {"head": asdict(head)} if head else {}):
            out.write(line)
            archive_digest.update(line)
            if leaf is not None:
                leaves_digest.update(leaf)
                rows += 1
        out.flush()
        os.fsync(out.fileno())
        removal = Removal.objects.create(
            partition=partition,
            since=since,
            until=until,
            rows=rows,
            leaves_digest=leaves_digest.digest(),
            archive_digest=archive_digest.digest(),
        )
        record(
            event=Event.RETENTION,
            actor=actor,
            operation_name="archive_audit",
            code=partition,
            row_count=rows,
            changes=removal_changes(removal),
        )
    return removal


def removal_changes(removal: Removal) -> list[Change]:
    """Return what the trail tells of a removal."""
    told = {
        "rows": removal.rows,
        "leaves": bytes(removal.leaves_digest).hex(),
        "archive": bytes(removal.archive_digest).hex(),
    }
    return [
        Change("audit_removal", removal.id, name, None, value, in_clear=True) for name, value in told.items()
    ]


def require_archive(removal: Removal, *, file: Path) -> None:
    """Raise NotTheArchive unless the file holds, byte by byte, what a month was archived into."""
    try:
        with file.open("rb") as archived:
            digest = hashlib.file_digest(archived, "sha256").digest()
    except FileNotFoundError:
        digest = b""
    if digest != bytes(removal.archive_digest):
        raise NotTheArchive(f"{file} is not the archive of {removal.since:%B %Y}: the month stays.")


def partition_of(month: datetime) -> str:
    """Return the name of a month's partition."""
    return f"audit_auditlog_{month:%Y_%m}"


def partition_exists(partition: str) -> bool:
    """Tell whether a partition is still there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [partition])
        there: bool = cursor.fetchone()[0]
        return there


def wrong_in_archive(file: Path) -> Iterator[str]:
    """Yield what of an archive is not what was sealed: each line is hashed and compared with its leaf."""
    number = 0
    for number, text in enumerate(file.read_text().rstrip("\n").split("\n"), 1):
        line = json.loads(text)
        if "head" in line:
            continue
        content = line["entry"].encode()
        leaf = Leaf.objects.filter(number=line["leaf"]).first()
        if leaf is None or bytes(leaf.hash) != tree.leaf_hash(content):
            yield f"line {number}: leaf {line['leaf']} is not what was sealed"
    digest = hashlib.sha256(file.read_bytes()).digest()
    if not Removal.objects.filter(archive_digest=digest).exists():
        yield f"no month was removed into a file of this content ({number} lines)"


@contextmanager
def _new(file: Path) -> Iterator[BinaryIO]:
    """Give a new file to write into; when that fails it is gone again, and never one that was there before."""
    with file.open("xb") as out:
        try:
            yield out
        except BaseException:
            file.unlink()
            raise


def _lines(since: datetime, until: datetime, head: dict[str, Any]) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield the archive's lines with their leaves' hashes; the first is the head."""
    yield json.dumps(head).encode() + b"\n", None
    with connection.connection.cursor(name="audit_archive") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(IN_ORDER, [since, until])
        for number, *columns in cursor:
            if number is None:
                raise Unsealed("Entries of the month are not sealed yet: start a worker and try again.")
            content = Entry.of(tuple(columns)).content
            line = json.dumps({"leaf": number, "entry": content.decode()}, ensure_ascii=False)
            yield line.encode() + b"\n", tree.leaf_hash(content)


def next_month(month: datetime) -> datetime:
    """Return the first moment of the month after one."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def earliest_kept(moment: datetime) -> datetime:
    """Return the first moment of the oldest month that has to stay at a moment."""
    months = moment.year * 12 + moment.month - 1 - (MONTHS_KEPT_MIN - 1)
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
