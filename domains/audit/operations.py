"""Recording events: called inside the transaction of what they tell, so that neither is without the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack
from uuid import UUID

from domains.audit.events import Event
from domains.audit.models import AuditLog
from domains.kernel.actor import Actor
from domains.kernel.identifiers import new_id
from domains.kernel.prepared import store
from domains.kernel.rows import Row, new_row
from domains.vault.sealing import digest


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record before and after.

    The values go into the trail as keyed digests, which prove a value to who knows it and tell nobody else.
    `in_clear` is for what is no one's secret: a state, a version.
    """

    record: str
    record_id: UUID
    field: str
    before: object
    after: object
    in_clear: bool = False

    def told(self) -> dict[str, object]:
        """Return the change in the form that the trail keeps."""
        return {
            "record": self.record,
            "id": str(self.record_id),
            "field": self.field,
            "before": self._told(self.before),
            "after": self._told(self.after),
        }

    def _told(self, value: object) -> object:
        if value is None:
            return None
        if self.in_clear:
            return {"value": str(value)}
        return {"digest": digest(purpose=f"audit.{self.record}.{self.field}", value=str(value)).hex()}


class Told(TypedDict, total=False):
    """What may be told of an event besides what it was and whose; `subjects` are customers' ids."""

    operation_name: str
    subjects: Sequence[UUID]
    disclosed: Mapping[str, Sequence[str]]
    document_id: str
    field: str
    code: str
    shape_id: str | None
    row_count: int | None
    sought_digest: bytes | None
    changes: Sequence[Change] | None
    trace_id: str


def record(*, event: Event, actor: Actor, **told: Unpack[Told]) -> UUID:
    """Append one event to the trail and return its id."""
    entry_id = new_id()
    store(_row(entry_id, event, actor, told))
    return entry_id


def record_change(
    *, actor: Actor, operation_name: str, subjects: Sequence[UUID], changes: Sequence[Change]
) -> UUID:
    """Append the CHANGE that an operation makes; `operation_name` is the operation's function."""
    return record(
        event=Event.CHANGE, actor=actor, operation_name=operation_name, subjects=subjects, changes=changes
    )


def change_row(
    *, actor: Actor, operation_name: str, subjects: Sequence[UUID], changes: Sequence[Change]
) -> Row:
    """Return what `record_change` appends, to be stored by the caller together with what it tells."""
    told = Told(operation_name=operation_name, subjects=subjects, changes=changes)
    return _row(new_id(), Event.CHANGE, actor, told)


def _row(entry_id: UUID, event: Event, actor: Actor, told: Told) -> Row:
    columns: dict[str, object] = {**told}
    if (changes := told.get("changes")) is not None:
        columns["changes"] = [change.told() for change in changes]
    return new_row(
        AuditLog,
        id=entry_id,
        event=event,
        viewer_kind=actor.kind,
        viewer_id=actor.id,
        viewer_customer_id=actor.customer_id,
        roles=sorted(actor.roles),
        purpose=actor.purpose,
        correlation_id=actor.correlation_id,
        address=actor.address,
        **columns,
    )
