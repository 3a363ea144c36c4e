"""What an operation costs before it runs: weights, multiplied by the pages that they are answered in.

Counted on the selection that will be planned, so with fragments expanded, conditions applied and every alias
counted for itself. Page sizes are slots of a plan: a plan's estimate is a function of them, made once with the
plan and called at each request.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import get_nullable_type, is_list_type

from gateway import weights
from gateway.failures import RequestError, refuse
from gateway.planning.arguments import PAGE_SIZE_DEFAULT
from gateway.planning.introspected import SchemaSizes
from gateway.planning.mapping import SchemaMapping
from gateway.planning.selection import Selected
from gateway.slots import Bindings, Leaf
from gateway.sources import (
    Announcement,
    Batch,
    Listing,
    Lookup,
    NodeLookup,
    Operation,
    Question,
    Sealed,
    ToMany,
    ToOne,
)

BREAKDOWN_LINES_MAX = 20

Count = int | Callable[[Bindings], int]


@dataclass(frozen=True)
class Part:
    """A selected field's share of the cost.

    It costs `own` once for each parent and, for each of the `size` objects that it answers, `each` and what the
    parts below it cost. Of alternatives (the types behind an interface) the dearest counts.
    """

    path: tuple[str, ...]
    own: int = 0
    each: int = 0
    size: Count = 1
    below: tuple["Part", ...] = ()
    alternatives: tuple[tuple["Part", ...], ...] = ()


@dataclass(frozen=True)
class Cost:
    """The cost of an operation as a function of the page sizes in a request."""

    parts: tuple[Part, ...]
    _count: Count = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_count", _sum([_counted(part) for part in self.parts]))

    def points(self, bindings: Bindings) -> int:
        """Return the estimate in points."""
        return self._count if isinstance(self._count, int) else self._count(bindings)

    def breakdown(self, bindings: Bindings) -> list[dict[str, Any]]:
        """Return what each place costs by itself, the dearest first, at most twenty places."""
        lines = _lines(self.parts, 1, bindings)
        lines.sort(key=lambda line: -line["points"])
        return lines[:BREAKDOWN_LINES_MAX]


class Estimator:
    """Estimates the operations of one schema."""

    def __init__(self, mapping: SchemaMapping) -> None:
        self.mapping = mapping
        self._introspected = SchemaSizes(mapping.schema)

    def cost(self, roots: Sequence[Selected]) -> Cost:
        """Return the cost of what is selected at the root."""
        return Cost(tuple(self._parts(roots, {})))

    def _parts(self, selections: Sequence[Selected], pages: Mapping[str, Count]) -> list[Part]:
        """Return the parts of one object; `pages` are the sizes of the rows of a connection around it."""
        parts, seen = [], set()
        for selected in selections:
            part = self._part(selected, pages)
            if selected.coordinate in seen and part == Part(selected.path):
                part = Part(selected.path, own=weights.REPEATED_COLUMN)
            seen.add(selected.coordinate)
            parts.append(part)
        return [part for part in parts if part != Part(part.path)]

    def _part(self, selected: Selected, pages: Mapping[str, Count]) -> Part:
        if selected.name == "__typename":
            return Part(selected.path)
        if selected.name in ("__schema", "__type"):
            fields = self._introspected.fields(selected)
            return Part(selected.path, own=math.ceil(weights.INTROSPECTED * fields))
        if selected.mapping is not None:
            return self._declared(selected)
        if (kind := self.mapping.connection_parts.get(selected.parent.name)) is not None:
            return self._of_connection(selected, kind, pages)
        return self._of_payload(selected)

    def _declared(self, selected: Selected) -> Part:
        assert selected.mapping is not None
        spec = selected.mapping.spec
        source, own = spec.source, spec.cost
        if isinstance(source, (Listing, ToMany)):
            size = _page_size(selected)
            below = self._parts(selected.children.only, dict.fromkeys(("nodes", "edges"), size))
            chosen = weights.CONDITION * _conditions(selected.arguments.get("filter"))
            own = weights.CONNECTION if own is None else own
            return Part(selected.path, own=own + chosen, below=tuple(below))
        if isinstance(source, (ToOne, Lookup, NodeLookup, Announcement)):
            return self._objects(selected, own=own or 0)
        if isinstance(source, (Operation, Question)):
            return self._objects(selected, own=weights.OPERATION if own is None else own)
        if isinstance(source, Sealed):
            return Part(selected.path, own=weights.SEALED if own is None else own)
        if isinstance(source, Batch):
            return Part(selected.path, own=weights.BATCH if own is None else own)
        return Part(selected.path, own=weights.COLUMN if own is None else own)

    def _of_connection(self, selected: Selected, kind: str, pages: Mapping[str, Count]) -> Part:
        if kind == "connection" and selected.name in pages:
            return self._objects(selected, size=pages[selected.name])
        if selected.name == "node":  # its edge is the object that counts
            return Part(selected.path, below=tuple(self._parts(selected.children.only, {})))
        if selected.name == "pageInfo":
            return self._objects(selected)
        if selected.name in ("cursor", "startCursor", "endCursor"):
            return Part(selected.path, own=weights.CURSOR)
        if selected.name == "totalCount":
            return Part(selected.path, own=weights.TOTAL_COUNT)
        return Part(selected.path)

    def _of_payload(self, selected: Selected) -> Part:
        definition = selected.parent.fields[selected.name]
        size = weights.LIST_SIZE_ASSUMED if is_list_type(get_nullable_type(definition.type)) else 1
        return self._objects(selected, size=size) if selected.children.by_type else Part(selected.path)

    def _objects(self, selected: Selected, *, own: int = 0, size: Count = 1) -> Part:
        """Return the part of a field that answers objects (or none: a mutation may answer a plain value)."""
        options = [tuple(self._parts(found, {})) for found in selected.children.by_type.values()]
        each = weights.OBJECT if options else 0
        if len(options) > 1:
            return Part(selected.path, own=own, each=each, size=size, alternatives=tuple(options))
        return Part(selected.path, own=own, each=each, size=size, below=options[0] if options else ())


def _page_size(selected: Selected) -> Count:
    leaf: Leaf | None = selected.arguments.get("first")
    return PAGE_SIZE_DEFAULT if leaf is None else leaf.read


def _conditions(tree: Any) -> int:
    """Return how many values a filter compares rows with; those of one list are one."""
    if isinstance(tree, (dict, list)):
        return sum(map(_conditions, tree.values() if isinstance(tree, dict) else tree))
    return 0 if tree is None else 1


def _counted(part: Part) -> Count:
    """Return the cost of a part: a number, or a function where a page's size is a slot."""
    if part.alternatives:
        below = _dearest([_sum([_counted(item) for item in option]) for option in part.alternatives])
    else:
        below = _sum([_counted(item) for item in part.below])
    own, each, size = part.own, part.each, part.size
    if isinstance(size, int) and isinstance(below, int):
        return own + size * (each + below)
    if isinstance(below, int):
        read, rows = size, each + below
        return lambda bindings: own + read(bindings) * rows  # type: ignore[operator] # a function, not a number
    if isinstance(size, int):
        inner, number = below, size
        return lambda bindings: own + number * (each + inner(bindings))
    inner, read = below, size
    return lambda bindings: own + read(bindings) * (each + inner(bindings))


def _sum(counts: Sequence[Count]) -> Count:
    fixed = sum(count for count in counts if isinstance(count, int))
    varying = [count for count in counts if not isinstance(count, int)]
    if not varying:
        return fixed
    if len(varying) == 1:
        (one,) = varying
        return lambda bindings: fixed + one(bindings)
    return lambda bindings: fixed + sum([count(bindings) for count in varying])


def _dearest(counts: Sequence[Count]) -> Count:
    if all(isinstance(count, int) for count in counts):
        return max(count for count in counts if isinstance(count, int))
    return lambda bindings: max(_number(count, bindings) for count in counts)


def _number(count: Count, bindings: Bindings) -> int:
    return count if isinstance(count, int) else count(bindings)


def _lines(parts: Sequence[Part], times: int, bindings: Bindings) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for part in parts:
        rows = times * _number(part.size, bindings)
        if points := times * part.own + rows * part.each:
            lines.append({"path": ".".join(part.path), "points": points, "times": rows})
        below = part.below
        if part.alternatives:
            below = max(part.alternatives, key=lambda option: Cost(option).points(bindings))
        lines += _lines(below, rows, bindings)
    return lines


def check_cost(cost: Cost, bindings: Bindings, *, allowed: int | None) -> int:
    """Return the estimate; refuse an operation that costs more than one request may, telling where it does."""
    points = cost.points(bindings)
    if allowed is not None and points > allowed:
        raise too_expensive(cost, bindings, points=points, allowed=allowed)
    return points


def too_expensive(cost: Cost, bindings: Bindings, *, points: int, allowed: int) -> RequestError:
    """Return the refusal `COST_ESTIMATED_TOO_EXPENSIVE` with what was requested, what is allowed, and where."""
    breakdown = cost.breakdown(bindings)
    dearest = breakdown[0]["path"] if breakdown else "the operation"
    return refuse(
        f"The operation is estimated at {points} points, and one request may cost {allowed}: "
        f"ask for smaller pages, most of all at {dearest}.",
        "COST_ESTIMATED_TOO_EXPENSIVE",
        extensions={"requested": points, "allowed": allowed, "breakdown": breakdown},
    )
