"""Batch fields: what Python finishes in the bytes, once for all parents of an answer.

The statement leaves a marker where such a field stands (see `expressions.marked`); here all markers of a field
are gathered, computed together and replaced. The bytes are parsed only when a field failed, to name its place.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Func, Model, TextField
from graphql import GraphQLError, is_object_type

from domains.vault.sealing import BrokenSeal, open_all, seal_token
from gateway.answer import encoded
from gateway.failures import coded
from gateway.planning.expressions import MARK, Concatenation, Text
from gateway.planning.selection import Selected
from gateway.record import RequestRecord

log = logging.getLogger("gateway.batch")

SEPARATOR = MARK.encode()
Compute = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True)
class BatchField:
    """A selected field that Python finishes: its coordinate, its place, and the computation."""

    coordinate: str
    path: tuple[str, ...]
    compute: Compute
    parsed: bool = True  # False: the computation takes each parent's payload as the bytes that it came in


class FailedValue(Exception):
    """Stands among a batch field's results where one parent's value could not be computed."""


def finish(
    data: bytes, batches: Sequence[BatchField], *, root: str, record: RequestRecord | None = None
) -> tuple[list[bytes], list[GraphQLError]]:
    """Replace the markers in the bytes of root field `root`; a value that fails becomes null and an error.

    The pieces are joined when the whole answer is: an answer of many rows is copied once.
    """
    pieces = data.split(SEPARATOR)
    if len(pieces) == 1:
        return pieces, []
    found: dict[bytes, tuple[list[int], list[bytes]]] = {}
    for place in range(1, len(pieces), 2):
        label, _, payload = pieces[place].partition(b":")
        if (marked := found.get(label)) is None:
            marked = found[label] = [], []
        marked[0].append(place)
        marked[1].append(payload)
    failed: dict[int, BatchField] = {}
    for label, (places, payloads) in found.items():
        batch, started = batches[int(label)], time.time_ns()
        for place, value in zip(places, _computed(batch, payloads), strict=True):
            if isinstance(value, Exception):
                failed[place] = batch
                pieces[place] = b"null"
            else:
                pieces[place] = encoded(value)
        if record is not None:
            record.batches.append((batch.coordinate, started, time.time_ns()))
    return pieces, _errors(pieces, failed, root) if failed else []


def _computed(batch: BatchField, payloads: Sequence[bytes]) -> Sequence[Any]:
    parents: Sequence[Any] = payloads
    try:
        if batch.parsed:
            parents = json.loads(b"[" + b",".join(payloads) + b"]")
        return batch.compute(parents)
    except Exception:
        log.exception("The batch field %s failed for %d parents.", batch.coordinate, len(parents))
        return [FailedValue()] * len(parents)


def _errors(pieces: list[bytes], failed: dict[int, BatchField], root: str) -> list[GraphQLError]:
    """Name the place of every failed value, found by parsing the answer with tokens in those places."""
    tokens = {f"\x00{place}": batch for place, batch in failed.items()}  # no text of the database holds NUL
    shown = list(pieces)
    for place in failed:
        shown[place] = json.dumps(f"\x00{place}").encode()
    errors = []
    stack: list[tuple[Any, list[str | int]]] = [(json.loads(b"".join(shown)), [root])]
    while stack:
        value, path = stack.pop()
        if isinstance(value, dict):
            stack += [(item, [*path, key]) for key, item in value.items()]
        elif isinstance(value, list):
            stack += [(item, [*path, number]) for number, item in enumerate(value)]
        elif isinstance(value, str) and value in tokens:
            errors.append(
                coded(f"{tokens[value].coordinate} could not be computed.", "FIELD_FAILED", path=path)
            )
    return sorted(errors, key=lambda error: [str(step) for step in error.path or []])


def projected(compute: Compute, selected: Selected) -> Compute:
    """Return what computes a field and, of an object or of several, gives the parts that are selected."""
    if not is_object_type(selected.kind):
        return compute
    names = [(child.key, child.name) for child in selected.children.only]

    def parts(value: Any) -> Any:
        if isinstance(value, list):
            return [parts(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        told = {"__typename": selected.kind.name, **value}
        return {key: told[name] for key, name in names}

    return lambda parents: [parts(value) for value in compute(parents)]


def sealed_field(model: type[Model], path: str) -> tuple[Any, Compute]:
    """Return the payload of an encrypted column (`<path>_sealed`) and what opens it.

    The ciphertext is bound to its table, column and primary key; a column reached through a relation brings
    the key of its own row.
    """
    *steps, column = path.split("__")
    owner: Any = model
    for step in steps:
        owner = owner._meta.get_field(step).related_model
    key = "__".join([*steps, "pk"])
    hexadecimal = Func(
        F(f"{path}_sealed"), template="encode(%(expressions)s,'hex')", output_field=TextField()
    )
    payload = Concatenation('["', Text(F(key)), '","', hexadecimal, '"]')
    place = f"{owner._meta.db_table}.{column}"

    def opened(parents: Sequence[Any]) -> list[Any]:
        values = open_all(table_column=place, sealed=[(key, bytes.fromhex(text)) for key, text in parents])
        for broken in (value for value in values if isinstance(value, BrokenSeal)):
            log.error("%s", broken)
        return values

    return payload, opened


def sealed_cursors(context: str) -> Compute:
    """Return what seals the cursors of one order of rows, unparsed: opaque, and of no use for another."""

    def sealed(parents: Sequence[Any]) -> list[str]:
        return [seal_token(context=context, payload=payload) for payload in parents]

    return sealed
