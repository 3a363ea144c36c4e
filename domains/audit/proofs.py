"""Proofs to be checked without us: that an entry is in the signed tree, that one tree begins with another."""

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import connection

from domains.audit import leaves, tree
from domains.audit.entries import COLUMNS, Entry
from domains.audit.heads import Head
from domains.audit.models import Leaf, TreeHead
from domains.kernel.failures import NotFound


class NoSuchEntry(NotFound):
    """There is no such entry in the trail."""

    code = "NO_SUCH_ENTRY"


class NotSealed(NotFound):
    """The entry is too new to have a proof."""

    code = "NOT_SEALED_YET"
    retry_after_s = 2


class NoSuchHead(NotFound):
    """There is no signed head of this size."""

    code = "NO_SUCH_HEAD"


@dataclass(frozen=True)
class Inclusion:
    """That an entry is a leaf of the tree of a head: hash the entry, then along the path (hex) to the root."""

    entry: str
    leaf: int
    path: list[str]

    def text(self) -> str:
        """Return the proof as a line of JSON, as the stand-alone verifier reads it."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True)
class Consistency:
    """That the tree of one head begins with that of an older one."""

    old: Head
    new: Head
    path: list[str]

    def text(self) -> str:
        """Return the proof as a line of JSON, as the stand-alone verifier reads it."""
        return json.dumps({"old": asdict(self.old), "new": asdict(self.new), "path": self.path})


def latest_head() -> Head | None:
    """Return the newest signed head; None before anything was sealed."""
    stored = TreeHead.objects.order_by("-size").first()
    return None if stored is None else Head.of(stored)


def heads(*, since_size: int = 0, limit: int | None = None) -> list[Head]:
    """Return the signed heads of trees larger than `since_size`, smallest first."""
    return [Head.of(head) for head in TreeHead.objects.filter(size__gt=since_size).order_by("size")[:limit]]


def inclusion(*, entry_id: UUID, head: Head) -> Inclusion:
    """Return the proof for one entry; raise NoSuchEntry, or NotSealed when the head's tree lacks it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM audit_auditlog AS a WHERE a.id = %s", [entry_id])  # noqa: S608 - ours
        row = cursor.fetchone()
    if row is None:
        raise NoSuchEntry("There is no such entry in the trail.")
    return proved(Entry.of(row), head=head)


def proved(entry: Entry, *, head: Head) -> Inclusion:
    """Return the proof for an entry that was read; raise NotSealed when the head's tree does not hold it yet."""
    leaf = Leaf.objects.filter(entry_id=entry.id, number__lt=head.size).first()
    if leaf is None:
        raise NotSealed("The entry is too new: it is sealed within seconds.")
    path = tree.inclusion(leaf.number, head.size, leaves.subtree)
    return Inclusion(entry.content.decode(), leaf.number, [part.hex() for part in path])


def consistency(*, old_size: int, new_size: int) -> Consistency:
    """Return the proof between two signed heads; raise NoSuchHead."""
    found = {head.size: Head.of(head) for head in TreeHead.objects.filter(size__in=[old_size, new_size])}
    for size in (old_size, new_size):
        if size not in found:
            raise NoSuchHead(f"There is no signed head of {size} leaves.")
    if old_size > new_size:
        raise NoSuchHead("The older head is the smaller one.")
    path = tree.consistency(old_size, new_size, leaves.subtree)
    return Consistency(found[old_size], found[new_size], [part.hex() for part in path])
