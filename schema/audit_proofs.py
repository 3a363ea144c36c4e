"""Proofs of the trail, and its export: what an auditor takes away to check without us."""

from dataclasses import asdict
from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from domains.audit import exports, proofs
from domains.audit.events import Event
from domains.audit.heads import Head
from domains.audit.operations import record
from domains.kernel.actor import Actor
from domains.kernel.failures import Invalid, NotAllowed
from gateway.asker import Asker
from gateway.declaration import argument, operation, question
from gateway.scalars import DateTime
from schema.audit import AuditEvent
from schema.global_ids import key_of
from schema.refusals import Problem, refusals_as

ENTRIES_MAX = 2_000  # of one export; `manage.py export_audit` takes more


class NotForYou(NotAllowed):
    """Only who sees the whole trail may have proofs of it."""

    code = "NOT_ALLOWED"


@strawberry.type(
    description="The audit tree's size and root at a moment, signed with Ed25519; bytes are in hex."
)
class AuditTreeHead:
    """The audit tree's size and root at a moment, signed with Ed25519."""

    size: int = strawberry.field(description="How many leaves there were.")
    root: str = strawberry.field(description="The root's SHA-256.")
    signed_at: str = strawberry.field(description="When it was signed, as it stands in what was signed.")
    key_id: str = strawberry.field(description="Which key signed.")
    signature: str = strawberry.field(description="The signature.")


@strawberry.type(description="That an entry is in the signed tree (RFC 9162, 2.1.3).")
class AuditProof:
    """That an entry is in the signed tree."""

    entry: str = strawberry.field(description="The entry's text, which is hashed as it stands.")
    leaf: int = strawberry.field(description="Its number.")
    path: list[str] = strawberry.field(description="The hashes on the way to the root.")
    head: AuditTreeHead = strawberry.field(description="The head that it is proved under.")
    text: str = strawberry.field(
        description="All of it as JSON lines, for the stand-alone verifier (examples/verify_audit_proof.py)."
    )


@strawberry.type(description="That the tree of one head begins with that of an older one (RFC 9162, 2.1.4).")
class AuditConsistency:
    """That the tree of one head begins with that of an older one."""

    old: AuditTreeHead = strawberry.field(description="The older head.")
    new: AuditTreeHead = strawberry.field(description="The newer head.")
    path: list[str] = strawberry.field(description="The hashes that prove it.")
    text: str = strawberry.field(description="All of it as a line of JSON, for the stand-alone verifier.")


def _asker(asker: Asker, operation_name: str, disclosed: dict[str, list[str]]) -> None:
    """Refuse who does not see the whole trail; record the reading of who does."""
    access = asker.gateway.planner.access(asker.viewer.profile)
    if access.rows("AuditLog", subject=None) is not True or asker.actor is None:
        raise NotForYou("Only who sees the whole audit trail may have proofs of it.")
    record(event=Event.READ, actor=asker.actor, operation_name=operation_name, disclosed=disclosed)


def _head(head: Head) -> AuditTreeHead:
    return AuditTreeHead(**asdict(head))


def audit_proof(asker: Asker, id: strawberry.ID) -> AuditProof:
    """Prove one entry under the newest head."""
    key = key_of(id, entity="AuditLog", path=("id",))
    _asker(asker, "auditProof", {"auditProof": [str(key)]})
    head = proofs.latest_head()
    if head is None:
        raise proofs.NotSealed("Nothing is sealed yet.")
    found = proofs.inclusion(entry_id=key, head=head)
    text = exports.Export(head, [found]).json_lines()
    return AuditProof(entry=found.entry, leaf=found.leaf, path=found.path, head=_head(head), text=text)


def audit_consistency(asker: Asker, old: int, new: int | None = None) -> AuditConsistency:
    """Prove that one head's tree begins with another's."""
    _asker(asker, "auditConsistency", {})
    latest = proofs.latest_head()
    size = new if new is not None else latest.size if latest else 0
    found = proofs.consistency(old_size=old, new_size=size)
    return AuditConsistency(
        old=_head(found.old), new=_head(found.new), path=found.path, text=found.text() + "\n"
    )


def audit_tree_heads(asker: Asker, since_size: int | None = None) -> list[AuditTreeHead]:
    """List the newest signed heads."""
    _asker(asker, "auditTreeHeads", {})
    return [_head(head) for head in proofs.heads(since_size=since_size or 0, limit=200)]


@strawberry.enum(description="How exported entries are written.")
class ExportFormat(Enum):
    """How exported entries are written."""

    JSON_LINES = "JSON_LINES"
    CSV = "CSV"


@strawberry.input(description="Which entries to export; all conditions must hold.")
class ExportAuditInput:
    """Which entries to export; all conditions must hold."""

    format: ExportFormat = strawberry.field(description="How they are written.")
    subject: strawberry.ID | None = strawberry.field(default=None, description="Whose data they concern.")
    viewer: strawberry.ID | None = strawberry.field(default=None, description="Who did it.")
    event: AuditEvent | None = strawberry.field(default=None, description="What happened.")
    operation: str | None = strawberry.field(default=None, description="The operation's name.")
    since: DateTime | None = strawberry.field(default=None, description="At or after this time.")
    until: DateTime | None = strawberry.field(default=None, description="Before this time.")


@strawberry.type(description="Entries with their proofs, or what was wrong.")
class ExportAuditPayload:
    """Entries with their proofs, or what was wrong."""

    content: str | None = strawberry.field(default=None, description="The export; null when refused.")
    entries: int | None = strawberry.field(default=None, description="How many entries it holds.")
    head: AuditTreeHead | None = strawberry.field(
        default=None, description="The head that they are proved under; JSON lines begin with it."
    )
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@refusals_as(ExportAuditPayload)
def export_audit(actor: Actor, input: ExportAuditInput) -> ExportAuditPayload:
    """Export entries with their proofs."""
    selection = exports.Selection(
        subject=_key(input.subject, "subject"),
        viewer=_key(input.viewer, "viewer"),
        event=None if input.event is None else input.event.value,
        operation=input.operation,
        since=_time(input.since),
        until=_time(input.until),
    )
    found = exports.export(actor=actor, selection=selection, limit=ENTRIES_MAX)
    content = found.csv() if input.format is ExportFormat.CSV else found.json_lines()
    return ExportAuditPayload(content=content, entries=len(found.proofs), head=_head(found.head))


class InvalidKey(Invalid):
    """Not a key, plain or in a global id."""

    code = "INVALID_ID"


def _key(text: str | None, name: str) -> UUID | None:
    try:
        return None if text is None else UUID(str(text).rpartition(":")[2])
    except ValueError:
        raise InvalidKey("This is no id.", path=("input", name)) from None


def _time(value: DateTime | None) -> datetime | None:
    return value if isinstance(value, datetime) or value is None else datetime.fromisoformat(str(value))


@strawberry.type
class AuditProofQueries:
    """Proofs of the trail."""

    audit_proof: AuditProof | None = question(
        "The proof that an entry of the trail is in the signed tree.",
        run=audit_proof,
        arguments={"id": argument(strawberry.ID, "The entry's global id.")},
        cost=50,
    )
    audit_consistency: AuditConsistency | None = question(
        "The proof that the tree of one signed head begins with that of an older one.",
        run=audit_consistency,
        arguments={
            "old": argument(int, "The older head's size."),
            "new": argument(int | None, "The newer one's; the newest if left out."),
        },
        cost=50,
    )
    audit_tree_heads: list[AuditTreeHead] | None = question(
        "Signed heads of the tree, smallest first, 200 at most.",
        run=audit_tree_heads,
        arguments={"since_size": argument(int | None, "Those of larger trees than this.")},
        cost=50,
    )


@strawberry.type
class AuditMutations:
    """Taking entries away with their proofs."""

    export_audit: ExportAuditPayload | None = operation(
        "Export entries of the trail with their proofs; recorded like every reading.",
        run=export_audit,
        arguments={"input": ExportAuditInput},
        cost=500,
    )
