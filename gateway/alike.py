"""Requests that are alike: what was asked, who asked, what came of it and the steps on the way are the same.

The requests of half a second are of a few kinds. What a kind has in common is then looked at once, and each
request costs only what is its own: ids, times, sizes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter, sub

from gateway.record import RequestRecord

Times = tuple[int, ...]  # nanoseconds, one for each name
_kind = attrgetter(
    "operation_type", "operation_name", "document_id", "viewer_kind", "code", "status", "plan_built"
)


@dataclass(slots=True)
class Alike:
    """Requests of one kind, and the times of their parts: steps first, then statements, then batch fields."""

    first: RequestRecord  # stands for all of them
    names: tuple[str, ...]  # of the parts
    records: list[RequestRecord] = field(default_factory=list)
    started_ns: list[Times] = field(default_factory=list)  # of each record's parts
    ended_ns: list[Times] = field(default_factory=list)
    took_ns: list[Times] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """Return how many of the parts are steps of the pipeline."""
        return len(self.first.steps)

    @property
    def steps_and_statements(self) -> int:
        """Return how many of the parts are no batch fields."""
        return len(self.first.steps) + len(self.first.statements)


def sorted_out(records: Sequence[RequestRecord]) -> list[Alike]:
    """Return the requests by kind, each kind in the order in which they were given."""
    found: dict[tuple[object, ...], Alike] = {}
    for record in records:
        parts = record.steps + record.statements + record.batches
        names, started, ended = zip(*parts, strict=True) if parts else ((), (), ())
        kind = (*_kind(record), id(record.plan), names, len(record.steps), len(record.statements))
        if (alike := found.get(kind)) is None:
            alike = found[kind] = Alike(record, names)
        alike.records.append(record)
        alike.started_ns.append(started)
        alike.ended_ns.append(ended)
        alike.took_ns.append(tuple(map(sub, ended, started)))
    return list(found.values())
