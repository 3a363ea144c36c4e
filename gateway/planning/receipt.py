"""No read without its receipt: wraps what the ORM compiled so that the statement that reads also records.

The receipt holds who asked, for what purpose, and whose data was disclosed at which place of the answer; never
a value. Which coordinates stand at a place, and whether they were shown or masked, is the same for every
reading of a plan, so it is written once as a `ReadShape` and named by its digest. If the row can't be written,
nothing is read.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Field, GenericIPAddressField, QuerySet, TextField, UUIDField
from django.db.models.fields import BinaryField

from domains.audit.models import AuditLog, Event, ReadShape
from domains.audit.shapes import shape_digest
from domains.kernel.identifiers import new_id
from domains.vault.sealing import digest
from gateway.planning.expressions import Wrapped
from gateway.planning.gathering import Gathered
from gateway.planning.levels import Level, Place
from gateway.planning.statement import Fragment, compiled
from gateway.slots import Bindings, Leaf, Slot, viewer_slot
from gateway.viewer import Profile

PLACES_OF_AN_OBJECT = 50  # a function of PostgreSQL's takes 100 arguments


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


def guarded(found: Gathered | None, guard: "QuerySet[Any] | None") -> Fragment:
    """Return the statement of a read that discloses nobody's data: guarded, without a receipt.

    Two plain columns stand on top, since PostgreSQL copies that list at each execution.
    """
    answer = compiled(found.json()) if found is not None else Fragment("NULL::text", ())
    return _joined(
        [
            *("WITH viewer AS MATERIALIZED (SELECT ", _validity(guard), " AS valid) "),
            *(
                "SELECT valid, json FROM (SELECT valid, CASE WHEN valid THEN ",
                answer,
                " END AS json FROM viewer",
            ),
            " OFFSET 0) AS answer",
        ]
    )


def _validity(guard: "QuerySet[Any] | None") -> Fragment:
    if guard is None:
        return Fragment("true", ())
    return compiled(Wrapped(guard.values("pk"), "EXISTS%(subquery)s", output_field=BooleanField()))


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the receipt of one root field says beyond what is found: how it came to be asked, and by whom.

    What is `announced` leaves none with those who do not see it: they asked for nothing. Unless it is `durable`,
    its transaction does not wait for the disk: a crash of the server may lose the receipt. What a plan knows is a
    constant of its statement.
    """

    shape: ReadShape
    field: str
    operation_name: str
    profile: Profile
    sought: list[Leaf]
    announced: bool
    durable: bool

    def around(self, found: Gathered, guard: "QuerySet[Any] | None") -> Fragment:
        """Return the statement that reads, records, and tells whether the viewer's token still holds.

        It answers one row: whether the viewer is valid, and the JSON text (NULL if not found, or not valid).
        """
        names = {place: f"p{number}" for number, place in enumerate(found.level.places())}
        own = {place: name for place, name in names.items() if place.level is found.level}
        rows = next((name for place, name in own.items() if place.tells_rows), None)
        columns = found.columns(names, counted=rows is None, condition="viewer.valid")
        relaxed = "" if self.durable else ", set_config('synchronous_commit', 'off', true)"
        ids = "".join(f", COALESCE({name}, '{{}}') AS {name}" for name in names.values())
        ids += ", n" if rows is None else ""
        number = f"cardinality({rows})" if rows is not None else "COALESCE(n, 0)"
        anything = "+".join(f"cardinality({name})" for name in names.values())
        seen = f" AND {anything} > 0" if self.announced else ""
        return _joined(
            [
                f"WITH found AS MATERIALIZED (SELECT valid, json{ids} FROM (SELECT ",
                *(_validity(guard), f" AS valid{relaxed} OFFSET 0) AS viewer LEFT JOIN LATERAL "),
                *(compiled(columns), " AS answer ON true), receipt AS ("),
                *self._insert(names, next(iter(own.values()), None), number),
                f" FROM found WHERE valid{seen}) SELECT valid, json FROM found",
            ]
        )

    def _insert(self, names: dict[Place, str], own: str | None, number: str) -> list[str | Fragment]:
        """Return the INSERT of the receipt over the ids found, up to its FROM."""
        event: list[str | Fragment] = [_constant(Event.READ.value)]
        digested: list[str | Fragment] = ["NULL::bytea"]
        if self.sought and own is not None and not self.announced:  # what is found and nobody's is no miss
            lost, read = _constant(Event.LOOKUP_MISSED.value), _constant(Event.READ.value)
            missed = f"cardinality({own}) = 0"
            event = [f"CASE WHEN {missed} THEN ", lost, " ELSE ", read, " END"]
            digested = [
                f"CASE WHEN {missed} THEN ",
                _slot("sought", _sought(self.sought), BinaryField()),
                " END",
            ]
        customer_id = compiled(viewer_slot("customer_id")) if self.profile.is_customer else "NULL::uuid"
        columns: dict[str, list[str | Fragment]] = {
            "id": [_slot("receipt", lambda _: new_id(), UUIDField())],
            "event": event,
            "viewer_kind": [_constant(self.profile.kind)],
            "viewer_id": [_slot("viewer_id", lambda b: b.viewer.id, UUIDField())],
            "viewer_customer_id": [customer_id],
            "roles": [Fragment("%s::text[]", (sorted(self.profile.roles),))],
            "purpose": [_slot("purpose", lambda b: b.viewer.purpose, TextField())],
            "operation_name": [_constant(self.operation_name)],
            "document_id": [_mark("document_id")],
            "field": [_constant(self.field)],
            "shape_id": [_constant(self.shape.digest)],
            "subjects": [
                "||".join(name for place, name in names.items() if not place.is_keys) or "'{}'::uuid[]"
            ],
            "disclosed": _disclosed(names),
            "row_count": [number],
            "sought_digest": digested,
            "correlation_id": [_mark("correlation_id")],
            "trace_id": [_mark("trace_id")],
            "address": [_slot("address", lambda b: b.request["address"], GenericIPAddressField())],
        }
        meta: Any = AuditLog._meta
        listed = ", ".join(f'"{meta.get_field(name).column}"' for name in columns)
        pieces: list[str | Fragment] = [f'INSERT INTO "{meta.db_table}" ({listed}) SELECT ']
        for position, value in enumerate(columns.values()):
            pieces += [", " if position else "", *value]
        return pieces


def _disclosed(names: dict[Place, str]) -> list[str | Fragment]:
    """Return the JSON object of the ids of each place; of a level's subjects and keys, the keys."""
    by_path = {".".join(place.level.path): name for place, name in names.items()}
    pieces: list[str | Fragment] = []
    for number, (path, name) in enumerate(by_path.items()):
        start = "jsonb_build_object(" if number == 0 else ")||jsonb_build_object("
        pieces += [", " if number % PLACES_OF_AN_OBJECT else start, _constant(path), f"::text, {name}"]
    return [*pieces, ")"]


def _sought(leaves: list[Leaf]) -> Callable[[Bindings], bytes]:
    return lambda bindings: digest(
        purpose="lookup", value="\x1f".join(str(leaf.read(bindings)) for leaf in leaves)
    )


def _mark(name: str) -> Fragment:
    return _slot(name, lambda bindings: bindings.request[name], TextField())


def _slot(name: str, read: Callable[[Bindings], Any], field: "Field[Any, Any]") -> Fragment:
    return compiled(Slot(("receipt", name), read, field))


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
