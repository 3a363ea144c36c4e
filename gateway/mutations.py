"""Mutations: one domain operation each, whose payload is then read by plans like any other answer."""

import logging
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import strawberry
from graphql import GraphQLError, is_leaf_type
from graphql.execution.values import get_argument_values
from strawberry.types.arguments import convert_argument

from domains.audit.events import Event
from domains.audit.operations import record
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.failures import Failure
from gateway.answer import encoded
from gateway.deadlines import CODE as TOO_LATE
from gateway.deadlines import not_begun, not_told, stopped
from gateway.failures import RequestError, coded
from gateway.idempotency import once
from gateway.planning.batch import finish
from gateway.planning.planner import Change, Read
from gateway.planning.runner import run
from gateway.planning.selection import Selected
from gateway.slots import Bindings
from gateway.sources import Question

log = logging.getLogger("gateway.mutations")


class Mutations:
    """Runs the mutations of one schema."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema = schema

    def answer(
        self, change: Change, bindings: Bindings, asker: Any = None
    ) -> tuple[bytes, list[GraphQLError]]:
        """Run one operation; return the JSON of its payload, or `null` and the error that stopped it.

        An operation gets the actor as its first argument, a question about the gateway the `asker`.
        """
        if not bindings.deadline.left_ms():
            return b"null", [not_begun([change.key])]
        try:
            first = asker if isinstance(change.source, Question) else actor_of(bindings)
            with bindings.deadline.kept():
                payload = self._run(change, first, bindings)
        except RequestError as refusal:
            if refusal.code == TOO_LATE:
                return b"null", [stopped([change.key])]
            return b"null", [_placed(error, change.key) for error in refusal.errors]
        except Failure as failure:
            return b"null", [coded(failure.message, failure.code, path=[change.key])]
        except Exception:
            log.exception(
                "The mutation %s failed.", change.selected.name, extra={"fields": _fields(bindings)}
            )
            return b"null", [internal(bindings.request["correlation_id"], path=[change.key])]
        return self._value(change, change.selected, payload, bindings)

    def _run(self, change: Change, first: Any, bindings: Bindings) -> Any:
        arguments = self._arguments(change.selected, bindings)
        if isinstance(change.source, Question) or not change.source.idempotent:
            return change.source.run(first, **arguments)
        return once(
            viewer=bindings.viewer,
            mutation=change.selected.name,
            key=arguments.pop("idempotency_key"),
            arguments=arguments,
            run=partial(change.source.run, first, **arguments),
            type_named=self._type_named,
        )

    def _type_named(self, name: str) -> type:
        found: Any = self.schema.schema_converter.type_map[name].definition
        origin: type = found.origin
        return origin

    def _arguments(self, selected: Selected, bindings: Bindings) -> dict[str, Any]:
        assert selected.mapping is not None
        converter = self.schema.schema_converter
        arguments = {}
        # Not the planner's trees: those take a field that is left out for one that is null.
        node = selected.children.nodes[0]
        for name, value in get_argument_values(
            selected.mapping.graphql, node, dict(bindings.variables)
        ).items():
            definition = selected.mapping.graphql.args[name].extensions["strawberry-definition"]
            arguments[definition.python_name] = convert_argument(
                value, definition.type, converter.scalar_registry, self.schema.config
            )
        return arguments

    def _payload(
        self, change: Change, selected: Selected, value: Any, bindings: Bindings
    ) -> tuple[bytes, list[GraphQLError]]:
        """Return the JSON of a payload's object; entities in it are read by their keys."""
        name = value.__strawberry_definition__.name
        pieces, errors = [], []
        for child in selected.children.by_type[name]:
            json, found = self._part(change, child, name, value, bindings)
            pieces.append(b'"%s":%s' % (child.key.encode(), json))
            errors += found
        return b"{%s}" % b",".join(pieces), errors

    def _part(
        self, change: Change, child: Selected, type_name: str, parent: Any, bindings: Bindings
    ) -> tuple[bytes, list[GraphQLError]]:
        if child.name == "__typename":
            return encoded(type_name), []
        field = child.parent.fields[child.name].extensions["strawberry-definition"]
        value = getattr(parent, field.python_name)
        if value is not None and (read := change.reads.get(child.path)) is not None:
            return _read(read, child, value, bindings)
        return self._value(change, child, value, bindings)

    def _value(
        self, change: Change, child: Selected, value: Any, bindings: Bindings
    ) -> tuple[bytes, list[GraphQLError]]:
        if value is None:
            return b"null", []
        if isinstance(value, list):
            parts = [self._value(change, child, item, bindings) for item in value]
            return b"[%s]" % b",".join(json for json, _ in parts), [e for _, found in parts for e in found]
        if is_leaf_type(child.kind):
            return encoded(child.kind.serialize(value)), []
        return self._payload(change, child, value, bindings)


def _read(read: Read, child: Selected, key: UUID, bindings: Bindings) -> tuple[bytes, list[GraphQLError]]:
    variables = {**bindings.variables, "key:" + ".".join(child.path): key}
    try:
        ((valid, data),) = run([read.statement], replace(bindings, variables=variables))
    except Exception as caught:  # whatever it is, the operation is done, and saying otherwise would be wrong
        if not isinstance(caught, RequestError):
            log.exception("A payload could not be read.", extra={"fields": _fields(bindings)})
        return b"null", [not_told(list(child.path))]
    if not valid:
        return b"null", [not_told(list(child.path))]
    if data is None:
        return b"null", []
    finished, errors = finish(data, read.batches, root=child.key, record=bindings.record)
    for error in errors:
        error.path = [*child.path[:-1], *(error.path or ())]
    return b"".join(finished), [*read.errors, *errors]


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
