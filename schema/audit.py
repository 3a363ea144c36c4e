"""The audit trail, for auditors: who saw or changed what."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from domains.audit import models
from domains.audit.queries import levels_of
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import batch, column, entity, global_id, listing
from gateway.filters import DateTimeLookup, EnumLookup, SortDirection, TextLookup, filter_input, filter_on
from gateway.scalars import DateTime
from schema.audit_filters import DisclosureLookup, KeyLookup, by_disclosure, by_subject, by_viewer
from schema.node import Node
from schema.words import ActorKind

AuditEvent = models.Event
strawberry.enum(AuditEvent, name="AuditEvent", description="What happened.")


def levels_read(parents: Sequence[tuple[str | None]]) -> list[Any]:
    """Return what the shape of each event disclosed; None where it has none."""
    known = levels_of({digest for (digest,) in parents if digest})
    return [known.get(digest or "") for (digest,) in parents]


@entity(
    models.AuditLog,
    name="AuditLog",
    description="One event of the audit trail; never a value that was read.",
    recorded=True,
)
class AuditLog(Node):
    """One event of the audit trail; never a value that was read."""

    id: strawberry.ID = global_id()
    recorded_at: DateTime = column(C.PUBLIC, "When it happened.")
    event: AuditEvent = column(C.PUBLIC, "What happened.")
    viewer_kind: ActorKind = column(C.PUBLIC, "What kind of principal it was.")
    viewer_id: strawberry.ID | None = column(C.PUBLIC, "The principal's identifier.")
    roles: list[str] = column(C.PUBLIC, "The roles that the principal had.")
    purpose: str = column(C.PUBLIC, "The purpose that was stated.")
    operation_name: str = column(C.PUBLIC, "The operation's name.")
    document_id: str = column(C.PUBLIC, "The SHA-256 of the document.")
    field: str = column(C.PUBLIC, "The answer's root field.")
    code: str = column(C.PUBLIC, "The code of a refusal, a limit or an alert; else empty.")
    shape: str | None = column(C.PUBLIC, "What was disclosed where, by digest.", path="shape_id")
    subjects: list[strawberry.ID] = column(C.PUBLIC, "Whose data was disclosed: customers' keys.")
    disclosed: JSON = column(
        C.PUBLIC, "Where in the answer each subject stood, or which records: place to keys."
    )
    levels: JSON | None = batch(
        C.PUBLIC,
        "What stood at each place: coordinates, each with its decision on the viewer's own rows and on others'.",
        columns=("shape_id",),
        compute=levels_read,
    )
    row_count: int | None = column(C.PUBLIC, "How many subjects the root field disclosed.")
    changes: JSON | None = column(
        C.PUBLIC, "What was changed, before and after: digests where it is anyone's secret."
    )
    correlation_id: str = column(C.PUBLIC, "The request's correlation id.")
    trace_id: str = column(C.PUBLIC, "The request's trace id.")


@filter_input(description="Which events; all conditions must hold.")
class AuditLogFilter:
    """Which events; all conditions must hold."""

    event: EnumLookup[AuditEvent] | None = filter_on("By what happened.")
    recorded_at: DateTimeLookup | None = filter_on("By when it happened.")
    code: TextLookup | None = filter_on("By the code of a refusal, a limit or an alert.")
    purpose: TextLookup | None = filter_on("By the purpose that was stated.")
    correlation_id: TextLookup | None = filter_on("By the request.")
    subject: KeyLookup | None = filter_on(
        "By whose data it concerned.", path="subjects", coordinate="AuditLog.subjects", condition=by_subject
    )
    viewer: KeyLookup | None = filter_on(
        "By who it was.", path="viewer_id", coordinate="AuditLog.viewerId", condition=by_viewer
    )
    disclosed: DisclosureLookup | None = filter_on(
        "By what was disclosed, and how.",
        path="shape_id",
        coordinate="AuditLog.shape",
        condition=by_disclosure,
    )
    operation_name: TextLookup | None = filter_on("By the operation's name.")


@strawberry.enum(description="What events can be ordered by.")
class AuditLogOrderField(Enum):
    """What events can be ordered by: the column. Ids rise with time, and have an index in every month."""

    ID = "id"


@strawberry.input(description="The order of events.")
class AuditLogOrder:
    """The order of events."""

    field: AuditLogOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.type
class AuditQueries:
    """Ways in to the audit trail."""

    audit_logs: Connection[AuditLog] = listing(
        "Events, newest first.", order="-id", filter=AuditLogFilter, order_by=AuditLogOrder
    )
