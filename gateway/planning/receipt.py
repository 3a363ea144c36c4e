"""No read without its receipt: wraps what the ORM compiled so that the statement that reads also records.

The receipt holds who asked, for what purpose, and whose data was disclosed at which place of the answer; never
a value. Which coordinates stand at a place, and whether they were shown or masked, is the same for every
reading of a plan, so it is written once as a `ReadShape` and named by its digest. If the row can't be written,
nothing is read.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BooleanField,
    F,
    Field,
    GenericIPAddressField,
    IntegerField,
    QuerySet,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.fields import BinaryField

from domains.audit.models import AuditLog, Event, ReadShape
from domains.audit.shapes import shape_digest
from domains.kernel.identifiers import new_id
from domains.vault.sealing import digest
from gateway.planning.expressions import Wrapped
from gateway.planning.levels import Level
from gateway.planning.statement import Fragment, compiled
from gateway.slots import Bindings, Leaf, Slot

UUIDS = ArrayField(UUIDField())


def subjects_at(level: Level) -> Any:
    """Return the array of the subjects that a level discloses, each once, through every page on the way to it."""
    return _through_pages(level, level.subjects(), lists=level.subject_is_shared or not level.shows_rows)


def keys_at(level: Level) -> Any:
    """Return the array of the keys of the rows that a level shows, through every page on the way to it."""
    keys: Any = F("pk") if level.shows_rows else Value([], output_field=UUIDS)
    return _through_pages(level, keys, lists=not level.shows_rows)


def _through_pages(level: Level, value: Any, *, lists: bool) -> Any:
    """Gather a level's values, then those of each level above it; only what is gathered last is sorted out."""
    repeats = lists or level.parent is not None or level.entity.subject != "id"
    expression = _gathered(level, value, unnest=lists, distinct=repeats and level.parent is None)
    while level.parent is not None:
        level = level.parent
        expression = _gathered(level, expression, unnest=True, distinct=level.parent is None)
    return expression


def _gathered(level: Level, value: Any, *, unnest: bool, distinct: bool) -> Wrapped:
    assert level.rows is not None
    column = f"{'DISTINCT ' if distinct else ''}{'unnest(page._s)' if unnest else 'page._s'}"
    rows = level.rows.values(_s=value)
    if level.limit is None:
        return Wrapped(rows, f"ARRAY(SELECT {column} FROM %(subquery)s AS page)", output_field=UUIDS)
    cut = "(SELECT * FROM %(subquery)s AS chosen LIMIT {0})"
    return Wrapped(rows, f"ARRAY(SELECT {column} FROM {cut} AS page)", level.limit, output_field=UUIDS)


def read_shape(operation: str, field: str, root: Level) -> ReadShape:
    """Return what a plan discloses: at each place, whose data it is, and each coordinate's two decisions."""
    levels: dict[str, Any] = {}
    pending = [root]
    while pending:
        level = pending.pop()
        pending += level.children
        if level.owner is not None or level.entity.recorded:
            whose = _whose(level.owner) if level.owner is not None else {"records": level.entity.name}
            levels[".".join(level.path)] = {
                **whose,
                "coordinates": {
                    coordinate: [decision.own.name, decision.others.name]
                    for coordinate, decision in sorted(level.disclosed.items())
                },
            }
    digest_of_it = shape_digest(operation=operation, field=field, levels=levels)
    return ReadShape(digest=digest_of_it, operation=operation, levels=levels)


def _whose(owner: Level) -> dict[str, Any]:
    """Tell at which place the subjects stand, and whether they share rows (one's own may then be others', too)."""
    return {"subjects_of": ".".join(owner.path), **({"shared": True} if owner.subject_is_shared else {})}


def decided(shape: ReadShape) -> Counter[str]:
    """Count the coordinates of a shape by what is decided on others' rows."""
    return Counter(others for level in shape.levels.values() for _, others in level["coordinates"].values())


def receipted(
    answer: Fragment,
    *,
    root: Level,
    shape: ReadShape,
    field: str,
    sought: list[Leaf],
    guard: "QuerySet[Any] | None",
    announced: bool = False,
    durable: bool = True,
) -> Fragment:
    """Return the statement that reads, records, and tells whether the viewer's token still holds.

    It answers one row: whether the viewer is valid, and the JSON text (NULL if not found, or not valid). What is
    `announced` leaves no receipt with those who do not see it: they asked for nothing. Unless it is `durable`, its
    transaction does not wait for the disk: a crash of the server may lose the receipt.
    """
    places = {f"s{number}": level for number, level in enumerate(root.owners())}
    records = {f"r{number}": level for number, level in enumerate(root.recorded())}
    if not places and not records:
        return guarded(answer, guard)
    found = {name: compiled(subjects_at(level)) for name, level in places.items()}
    found |= {name: compiled(keys_at(level)) for name, level in records.items()}
    rows = _row_count(root)
    if rows is not None:
        found["n"] = rows
    relaxed = "" if durable else ", set_config('synchronous_commit', 'off', true)"
    pieces: list[str | Fragment] = ["WITH viewer AS MATERIALIZED (SELECT ", _validity(guard), " AS valid"]
    pieces += [f"{relaxed}), found AS MATERIALIZED (SELECT "]
    for number, (name, fragment) in enumerate(found.items()):
        pieces += [", " if number else "", fragment, f" AS {name}"]
    pieces += [" WHERE (SELECT valid FROM viewer)), receipt AS ("]
    pieces += _insert(
        places,
        records,
        root,
        counted=rows is not None,
        shape=shape,
        field=field,
        sought=[] if announced else sought,
    )
    anything = "+".join(f"cardinality({name})" for name in {**places, **records})
    seen = f" WHERE {anything} > 0" if announced else ""
    return _joined([*pieces, f" FROM found{seen}) ", *_answered(answer)])


def _row_count(root: Level) -> Fragment | None:
    """Return the number of rows that a root field shows, where that is not the number of its subjects or keys."""
    if root.entity.recorded or (root.entity.subject == "id" and root.owner is root):
        return None
    if not root.shows_rows:
        return Fragment("0", ())
    assert root.rows is not None
    rows = root.rows.values("pk")
    if root.limit is None:
        return compiled(
            Wrapped(rows, "(SELECT count(*)::int FROM %(subquery)s AS page)", output_field=IntegerField())
        )
    text = "(SELECT count(*)::int FROM (SELECT FROM %(subquery)s AS chosen LIMIT {0}) AS page)"
    return compiled(Wrapped(rows, text, root.limit, output_field=IntegerField()))


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
    places: dict[str, Level],
    records: dict[str, Level],
    root: Level,
    *,
    counted: bool,
    shape: ReadShape,
    field: str,
    sought: list[Leaf],
) -> list[str | Fragment]:
    """Return the INSERT of the receipt over the subjects and the keys found, up to its FROM."""
    everyone = "||".join(places) or "'{}'::uuid[]"
    told: list[str | Fragment] = []  # an object for each, joined: a function takes 100 arguments at most
    for number, (name, level) in enumerate({**places, **records}.items()):
        path = _constant(".".join(level.path))
        told += ["||" if number else "", "jsonb_build_object(", path, f"::text, to_jsonb({name}))"]
    own = next((name for name, level in {**places, **records}.items() if level is root), None)
    row_count = "n" if counted else f"cardinality({own})"
    missed = f"cardinality({own}) = 0"
    event: list[str | Fragment] = [_constant(Event.READ.value)]
    digested: list[str | Fragment] = ["NULL::bytea"]
    if sought and own is not None:  # what is found and nobody's is no miss
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
        "disclosed": told,
        "row_count": [row_count],
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
