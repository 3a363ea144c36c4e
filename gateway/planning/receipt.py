"""No read without its receipt: wraps what the ORM compiled so that the statement that reads also records.

The receipt holds who asked, for what purpose, and whose data was disclosed at which place of the answer; never
a value. Which coordinates stand at a place, and whether they were shown or masked, is the same for every
reading of a plan, so it is written once as a `ReadShape` and named by its digest. If the row can't be written,
nothing is read.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Field, GenericIPAddressField, QuerySet, TextField, UUIDField
from django.db.models.fields import BinaryField

from domains.audit.models import AuditLog, Event, ReadShape
from domains.kernel.identifiers import new_id
from domains.vault.sealing import digest
from gateway.planning.expressions import Wrapped
from gateway.planning.levels import Level
from gateway.planning.statement import Fragment, compiled
from gateway.slots import Bindings, Leaf, Slot

UUIDS = ArrayField(UUIDField())


def subjects_at(level: Level) -> Any:
    """Return the array of the subjects that a level discloses, through every page on the way to it."""
    lists = level.subject_is_shared or not level.shows_rows
    expression = _gathered(level, level.subjects(), unnest=lists)
    while level.parent is not None:
        level = level.parent
        expression = _gathered(level, expression, unnest=True)
    return expression


def _gathered(level: Level, value: Any, *, unnest: bool) -> Wrapped:
    assert level.rows is not None
    column = "unnest(page._s)" if unnest else "page._s"
    rows = level.rows.values(_s=value)
    if level.limit is None:
        return Wrapped(rows, f"ARRAY(SELECT DISTINCT {column} FROM %(subquery)s AS page)", output_field=UUIDS)
    cut = "(SELECT * FROM %(subquery)s AS chosen LIMIT {0})"
    text = f"ARRAY(SELECT DISTINCT {column} FROM {cut} AS page)"
    return Wrapped(rows, text, level.limit, output_field=UUIDS)


def read_shape(operation: str, field: str, root: Level) -> ReadShape:
    """Return what a plan discloses: at each place, whose data it is, and each coordinate's two decisions."""
    levels: dict[str, Any] = {}
    pending = [root]
    while pending:
        level = pending.pop()
        pending += level.children
        if level.owner is not None:
            levels[".".join(level.path)] = {
                "subjects_of": ".".join(level.owner.path),
                "coordinates": {
                    coordinate: [decision.own.name, decision.others.name]
                    for coordinate, decision in sorted(level.disclosed.items())
                },
            }
    content = json.dumps([operation, field, levels], sort_keys=True)
    return ReadShape(digest=hashlib.sha256(content.encode()).hexdigest(), operation=operation, levels=levels)


def receipted(
    answer: Fragment,
    *,
    root: Level,
    shape: ReadShape,
    field: str,
    sought: list[Leaf],
    guard: "QuerySet[Any] | None",
) -> Fragment:
    """Return the statement that reads, records, and tells whether the viewer's token still holds.

    It answers one row: whether the viewer is valid, and the JSON text (NULL if not found, or not valid).
    """
    owners = root.owners()
    if not owners:
        return guarded(answer, guard)
    valid = _validity(guard)
    found = [compiled(subjects_at(level)) for level in owners]
    names = [f"s{number}" for number in range(len(found))]
    pieces: list[str | Fragment] = ["WITH viewer AS MATERIALIZED (SELECT ", valid, " AS valid), "]
    pieces += ["found AS MATERIALIZED (SELECT "]
    for number, (name, fragment) in enumerate(zip(names, found, strict=True)):
        pieces += [", " if number else "", fragment, f" AS {name}"]
    pieces += [" WHERE (SELECT valid FROM viewer)), receipt AS ("]
    pieces += _insert(names, owners, shape=shape, field=field, sought=sought)
    return _joined([*pieces, " FROM found) ", *_answered(answer)])


def guarded(answer: Fragment, guard: "QuerySet[Any] | None") -> Fragment:
    """Return the statement of a read that discloses nobody's data: guarded, without a receipt."""
    start: list[str | Fragment] = ["WITH viewer AS MATERIALIZED (SELECT ", _validity(guard), " AS valid) "]
    return _joined([*start, *_answered(answer)])


def _answered(answer: Fragment) -> list[str | Fragment]:
    """Return the final SELECT; two plain columns on top, since PostgreSQL copies that list at each execution."""
    return [
        "SELECT valid, json FROM (SELECT valid, CASE WHEN valid THEN ",
        answer,
        " END AS json FROM viewer",
        " OFFSET 0) AS answer",
    ]


def _validity(guard: "QuerySet[Any] | None") -> Fragment:
    if guard is None:
        return Fragment("true", ())
    return compiled(Wrapped(guard.values("pk"), "EXISTS%(subquery)s", output_field=BooleanField()))


def _insert(
    names: list[str], owners: list[Level], *, shape: ReadShape, field: str, sought: list[Leaf]
) -> list[str | Fragment]:
    """Return the INSERT of the receipt over the subjects found, up to its FROM."""
    everyone = "||".join(names)
    places: list[str | Fragment] = []  # an object for each, joined: a function takes 100 arguments at most
    for number, (name, level) in enumerate(zip(names, owners, strict=True)):
        path = _constant(".".join(level.path))
        places += ["||" if number else "", "jsonb_build_object(", path, f"::text, to_jsonb({name}))"]
    missed = f"cardinality({names[0]}) = 0"
    event: list[str | Fragment] = [_constant(Event.READ.value)]
    digested: list[str | Fragment] = ["NULL::bytea"]
    if sought and owners[0].parent is None:  # what is found and nobody's is no miss
        lost, read = _constant(Event.LOOKUP_MISSED.value), _constant(Event.READ.value)
        event = [f"CASE WHEN {missed} THEN ", lost, " ELSE ", read, " END"]
        digested = [f"CASE WHEN {missed} THEN ", _slot("sought", _sought(sought), BinaryField()), " END"]
    columns: dict[str, list[str | Fragment]] = {
        "id": [_slot("receipt", lambda _: new_id(), UUIDField())],
        "event": event,
        "viewer_kind": [_slot("viewer_kind", lambda b: b.viewer.kind, TextField())],
        "viewer_id": [_slot("viewer_id", lambda b: b.viewer.id, UUIDField())],
        "viewer_customer_id": [_slot("customer_id", lambda b: b.viewer.customer_id, UUIDField())],
        "roles": [_slot("roles", lambda b: sorted(b.viewer.roles), TextField(), array=True)],
        "purpose": [_slot("purpose", lambda b: b.viewer.purpose, TextField())],
        "operation_name": [_mark("operation_name")],
        "document_id": [_mark("document_id")],
        "field": [_constant(field)],
        "shape_id": [_constant(shape.digest)],
        "subjects": [everyone],
        "disclosed": places,
        "row_count": [f"cardinality({names[0]})"],
        "sought_digest": digested,
        "correlation_id": [_mark("correlation_id")],
        "trace_id": [_mark("trace_id")],
        "address": [_slot("address", lambda b: b.request["address"], GenericIPAddressField())],
    }
    meta: Any = AuditLog._meta
    listed = ", ".join(f'"{meta.get_field(name).column}"' for name in columns)
    pieces: list[str | Fragment] = [f'INSERT INTO "{meta.db_table}" ({listed}) SELECT ']
    for number, value in enumerate(columns.values()):
        pieces += [", " if number else "", *value]
    return pieces


def _sought(leaves: list[Leaf]) -> Callable[[Bindings], bytes]:
    return lambda bindings: digest(
        purpose="lookup", value="\x1f".join(str(leaf.read(bindings)) for leaf in leaves)
    )


def _mark(name: str) -> Fragment:
    return _slot(name, lambda bindings: bindings.request[name], TextField())


def _slot(
    name: str, read: Callable[[Bindings], Any], field: "Field[Any, Any]", *, array: bool = False
) -> Fragment:
    return compiled(Slot(("receipt", name), read, field, array=array))


def _constant(text: str) -> Fragment:
    return Fragment("%s", (text,))


def _joined(pieces: list[str | Fragment]) -> Fragment:
    """Join texts of ours and compiled fragments into one; texts hold no placeholder."""
    sql: list[str] = []
    params: list[Any] = []
    for piece in pieces:
        if isinstance(piece, Fragment):
            sql.append(piece.sql)
            params += piece.params
        else:
            sql.append(piece.replace("%", "%%"))
    return Fragment("".join(sql), tuple(params))
