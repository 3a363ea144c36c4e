"""Mutations: one domain operation each, whose payload is then read by plans like any other answer.

What a payload of an `idempotent` mutation names is read before the transaction is committed, so that one flush to
the disk makes the operation and the receipt of its reading durable, and nothing is told that is not. Whatever
becomes of that reading, the operation stands. What is computed of it (batch fields) waits until it is committed.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import strawberry
from django.db import connection
from graphql import GraphQLError, is_leaf_type

from domains.audit.events import Event
from domains.audit.operations import record
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.failures import Failure
from domains.kernel.outages import outage
from gateway.answer import encoded
from gateway.deadlines import CODE as TOO_LATE
from gateway.deadlines import not_begun, not_told, stopped
from gateway.failures import RequestError, coded
from gateway.idempotency import once
from gateway.inputs import Inputs
from gateway.planning.batch import finish
from gateway.planning.planner import Change, Read
from gateway.planning.runner import reconnecting, run, run_within
from gateway.planning.selection import Selected
from gateway.slots import Bindings
from gateway.sources import Question

OF_THE_REQUEST = (401, 503)  # statuses of refusals that are no matter of one field
log = logging.getLogger("gateway.mutations")


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of an entity that a payload names; None where it could not be read."""

    read: Read
    child: Selected
    data: bytes | None


Piece = bytes | Found  # of a payload's JSON


class Mutations:
    """Runs the mutations of one schema."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema, self.inputs = schema, Inputs(schema)

    def answer(
        self, change: Change, bindings: Bindings, asker: Any = None, *, alone: bool = False
    ) -> tuple[bytes, list[GraphQLError]]:
        """Run one operation; return the JSON of its payload, or `null` and the error that stopped it.

        An operation gets the actor as its first argument, a question about the gateway the `asker`. One that is
        `alone` in its request and idempotent asks itself whether the credential holds, and may be begun again
        when the connection proves lost: raises RequestError `UNAUTHENTICATED` or `DATABASE_UNAVAILABLE`.
        """
        if not bindings.deadline.left_ms():
            return b"null", [not_begun([change.key])]
        try:
            first = asker if isinstance(change.source, Question) else actor_of(bindings)
            with bindings.deadline.kept():
                pieces = self._run(change, first, bindings, alone=alone)
        except RequestError as refusal:
            if alone and refusal.status in OF_THE_REQUEST:
                raise
            if refusal.code == TOO_LATE:
                return b"null", [stopped([change.key])]
            return b"null", [_placed(error, change.key) for error in refusal.errors]
        except Failure as failure:
            return b"null", [coded(failure.message, failure.code, path=[change.key])]
        except Exception as error:
            _tell(error, f"The mutation {change.selected.name} failed.", bindings)
            return b"null", [internal(bindings.request["correlation_id"], path=[change.key])]
        return _finished(pieces, bindings)

    def _run(self, change: Change, first: Any, bindings: Bindings, *, alone: bool) -> list[Piece]:
        arguments = self._arguments(change.selected, bindings)

        def told(payload: Any) -> list[Piece]:
            return list(self._value(change, change.selected, payload, bindings))

        if isinstance(change.source, Question) or not change.source.idempotent:
            return told(change.source.run(first, **arguments))
        done = partial(
            once,
            viewer=bindings.viewer,
            mutation=change.selected.name,
            key=arguments.pop("idempotency_key"),
            arguments=arguments,
            run=partial(change.source.run, first, **arguments),
            told=told,
            type_named=self._type_named,
        )
        return reconnecting(partial(done, asks_credential=True)) if alone else done()

    def _type_named(self, name: str) -> type:
        found: Any = self.schema.schema_converter.type_map[name].definition
        origin: type = found.origin
        return origin

    def _arguments(self, selected: Selected, bindings: Bindings) -> dict[str, Any]:
        assert selected.mapping is not None
        # Not the planner's trees: those take a field that is left out for one that is null.
        node = selected.children.nodes[0]
        return self.inputs.arguments(selected.coordinate, selected.mapping.graphql, node, bindings.variables)

    def _value(self, change: Change, child: Selected, value: Any, bindings: Bindings) -> Iterator[Piece]:
        if value is None:
            yield b"null"
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield b"," if number else b"["
                yield from self._value(change, child, item, bindings)
            yield b"]" if value else b"[]"
        elif is_leaf_type(child.kind):
            yield encoded(child.kind.serialize(value))
        else:
            yield from self._payload(change, child, value, bindings)

    def _payload(self, change: Change, selected: Selected, value: Any, bindings: Bindings) -> Iterator[Piece]:
        """Give the JSON of a payload's object; entities in it are read by their keys."""
        name = value.__strawberry_definition__.name
        between = b"{"
        for child in selected.children.by_type[name]:
            yield b'%s"%s":' % (between, child.key.encode())
            yield from self._part(change, child, name, value, bindings)
            between = b","
        yield b"}"

    def _part(
        self, change: Change, child: Selected, type_name: str, parent: Any, bindings: Bindings
    ) -> Iterator[Piece]:
        if child.name == "__typename":
            yield encoded(type_name)
            return
        field = child.parent.fields[child.name].extensions["strawberry-definition"]
        value = getattr(parent, field.python_name)
        if value is not None and (read := change.reads.get(child.path)) is not None:
            yield _read(read, child, value, bindings)
        else:
            yield from self._value(change, child, value, bindings)


def _read(read: Read, child: Selected, key: UUID, bindings: Bindings) -> Piece:
    variables = {**bindings.variables, "key:" + ".".join(child.path): key}
    bound = replace(bindings, variables=variables)
    try:
        if connection.in_atomic_block:
            valid, data = run_within(read.statement, bound)
        else:
            ((valid, data),) = run([read.statement], bound)
    except Exception as caught:  # whatever it is, the operation is done, and saying otherwise would be wrong
        if not isinstance(caught, RequestError):
            _tell(caught, "A payload could not be read.", bindings)
        return Found(read, child, None)
    if not valid:
        return Found(read, child, None)
    return b"null" if data is None else Found(read, child, data)


def _tell(error: Exception, message: str, bindings: Bindings) -> None:
    """Log what failed, with the answer's reference; of a database that is gone no traceback says more."""
    level = logging.INFO if outage.explains(error) else logging.ERROR
    log.log(level, message, exc_info=level == logging.ERROR, extra={"fields": _fields(bindings)})


def _finished(pieces: list[Piece], bindings: Bindings) -> tuple[bytes, list[GraphQLError]]:
    """Join the pieces of a payload, and compute what is to be computed of what was read."""
    json: list[bytes] = []
    errors: list[GraphQLError] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            json.append(piece)
            continue
        path = piece.child.path
        if piece.data is None:
            json.append(b"null")
            errors.append(not_told(list(path)))
            continue
        finished, failed = finish(
            piece.data, piece.read.batches, root=piece.child.key, record=bindings.record
        )
        for error in failed:
            error.path = [*path[:-1], *(error.path or ())]
        json += finished
        errors += [*piece.read.errors, *failed]
    return b"".join(json), errors


def actor_of(bindings: Bindings) -> Actor:
    """Return who asks, as domains know them."""
    viewer = bindings.viewer
    return Actor(
        kind=ActorKind(viewer.kind),
        id=viewer.id,
        customer_id=viewer.customer_id,
        roles=viewer.roles,
        purpose=viewer.purpose,
        correlation_id=bindings.request["correlation_id"],
        address=bindings.request["address"],
    )


def record_refusal(bindings: Bindings, *, operation: str) -> None:
    """Record that the viewer asked for an operation that the policy does not grant them."""
    record(
        event=Event.REFUSAL,
        actor=actor_of(bindings),
        operation_name=operation,
        document_id=bindings.request["document_id"],
        trace_id=bindings.request["trace_id"],
    )


def _fields(bindings: Bindings) -> dict[str, str]:
    return {"correlation_id": bindings.request["correlation_id"]}


def _placed(error: GraphQLError, key: str) -> GraphQLError:
    return GraphQLError(error.message, path=[key], extensions=error.extensions)


def internal(reference: str, **options: Any) -> GraphQLError:
    """Return the error for what should not have happened: a reference, and the cause only in the log."""
    return coded(
        f"Something went wrong here. Tell us the reference {reference}.",
        "INTERNAL",
        extensions={"reference": reference},
        **options,
    )
