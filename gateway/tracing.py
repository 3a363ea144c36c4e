"""Spans after OpenTelemetry: one for each request, with children for its steps, statements and batch fields.

Half of the requests are sampled at their beginning, or all that a sampled caller sends (parent-based). One that
was not and fails or is slow is told in one span, with the times of its steps. Spans carry names and marks,
never a value, a literal or the text of a document. They are made when the request has ended, in the bytes of
OpenTelemetry's protocol (`gateway.span_bytes`) and not by its SDK, which takes a hundred times as long
(docs/measurements.md).

Nothing is exported without OTEL_EXPORTER_OTLP_ENDPOINT; ids are made all the same, since receipts and answers
name them.
"""

import os
import threading
import time
from collections.abc import Sequence
from functools import lru_cache

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from domains.kernel import trace
from domains.kernel.trace import Attribute, Place, Span
from gateway.operation_names import discreet
from gateway.otlp import Exporter, wanted
from gateway.record import RequestRecord, Step
from gateway.span_bytes import Children, entry_of, key_of, new_id, root, text_attribute

SAMPLED = float(os.environ.get("OTEL_TRACES_SAMPLER_ARG", "0.5"))
SLOW_S = float(os.environ.get("TRACE_SLOW_MS", "1000")) / 1000
SUMMARIES_PER_S_MAX = 20  # of one process: failing is cheap, and no reason to fill a collector
CORRELATION_ID = key_of("banking.correlation.id")
KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}

_exporter: Exporter | None = None


def start() -> None:
    """Export this process's spans from now on, if an endpoint is set; after a fork, not before."""
    global _exporter
    if wanted() and _exporter is None:
        _exporter = Exporter()
        trace.send_to(
            lambda span: _exporter.put([entry_of(_message(span))]) if _exporter else None, sampled=SAMPLED
        )


def end() -> None:
    """Send what is left, and export no more."""
    global _exporter
    if _exporter is not None:
        trace.send_to(None)
        _exporter.end()
        _exporter = None


def begun(traceparent: str | None, *, correlation_id: str) -> RequestRecord:
    """Return the record of a request that begins, in its caller's trace or a new one."""
    parent = trace.parsed(traceparent) if traceparent else None
    if parent is None:
        return RequestRecord(trace.begin(correlation_id))
    place = Place(parent.trace_id, trace.new_span_id(), parent.sampled, correlation_id)
    return RequestRecord(place, parent.span_id)


def export(records: Sequence[RequestRecord]) -> None:
    """Hand the spans of requests that have ended to the exporter."""
    if _exporter is not None:
        _exporter.put([entry for record in records for entry in _entries(record)])


def _entries(record: RequestRecord) -> Sequence[bytes]:
    if not record.place.sampled:
        if (record.code != "OK" or record.seconds > SLOW_S) and _summaries.one_more():
            steps = [_pair(f"banking.step.{step.name}_ms", _ms(step)) for step in record.steps]
            return [_request(record, Message(attributes=steps).SerializeToString())]
        return ()
    trace_id, root_id = bytes.fromhex(record.place.trace_id), bytes.fromhex(record.place.span_id)
    within = root_id
    entries = [_request(record, b"")]
    for step in record.steps:
        span_id = new_id()
        if step.name == "execute":
            within = span_id
        entries.append(_step(step.name).entry(trace_id, span_id, root_id, step.started_ns, step.ended_ns))
    for step in record.statements:
        kind = _statement(step.name)
        entries.append(kind.entry(trace_id, new_id(), within, step.started_ns, step.ended_ns))
    for step in record.batches:
        kind = _batch(step.name)
        entries.append(kind.entry(trace_id, new_id(), within, step.started_ns, step.ended_ns))
    return entries


def _request(record: RequestRecord, more: bytes) -> bytes:
    """Return the span of a whole request, after the semantic conventions for GraphQL servers."""
    common = _kind_of_request(
        record.operation_type,
        discreet(record.operation_name),
        record.document_id,
        record.status,
        record.viewer_kind,
        record.code,
        not record.place.sampled,
    )
    correlation = text_attribute(CORRELATION_ID, record.correlation_id)
    return root(
        common,
        correlation + _cost(record.cost or 0) + more,
        trace_id=bytes.fromhex(record.place.trace_id),
        span_id=bytes.fromhex(record.place.span_id),
        parent_id=bytes.fromhex(record.parent_id),
        started_ns=record.started_ns,
        ended_ns=record.ended_ns,
    )


# What spans of a kind have in common is made once: attributes are most of what a span costs.


@lru_cache(maxsize=1_000)
def _kind_of_request(
    operation_type: str,
    name: str,
    document_id: str,
    status: int,
    viewer_kind: str,
    code: str,
    is_summary: bool,
) -> bytes:
    attributes: dict[str, Attribute] = {
        "graphql.operation.type": operation_type,
        "graphql.operation.name": name,
        "graphql.document.id": document_id,
        "http.response.status_code": status,
        "banking.viewer.kind": viewer_kind,
        "banking.code": code,
        "banking.summary": is_summary,
    }
    failed = code != "OK"
    if failed:
        attributes["error.type"] = code
    common = Message(
        name=f"{operation_type or 'request'} {name}".strip(),
        kind=KINDS["SERVER"],  # type: ignore[arg-type] # the number of the enum
        attributes=[_pair(name, value) for name, value in attributes.items()],
        status=Status(code=Status.STATUS_CODE_ERROR, message=code) if failed else None,
    )
    return bytes(common.SerializeToString())


@lru_cache(maxsize=1_000)
def _cost(points: int) -> bytes:
    return bytes(Message(attributes=[_pair("banking.cost.points", points)]).SerializeToString())


@lru_cache(maxsize=100)
def _step(name: str) -> Children:
    return Children(
        Message(name=f"gateway.{name}", kind=KINDS["INTERNAL"])  # type: ignore[arg-type] # likewise
    )


@lru_cache(maxsize=1_000)
def _statement(name: str) -> Children:
    attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": "EXECUTE",
        "db.query.summary": name,
    }
    return Children(
        Message(
            name=f"EXECUTE {name}",
            kind=KINDS["CLIENT"],  # type: ignore[arg-type] # likewise
            attributes=[_pair(name, value) for name, value in attributes.items()],
        )
    )


@lru_cache(maxsize=1_000)
def _batch(coordinate: str) -> Children:
    return Children(
        Message(
            name="gateway.batch",
            kind=KINDS["INTERNAL"],  # type: ignore[arg-type] # likewise
            attributes=[_pair("graphql.field.coordinate", coordinate)],
        )
    )


def _message(span: Span) -> Message:
    """Return the message of a span that a domain told."""
    links = [
        Message.Link(trace_id=bytes.fromhex(link.trace_id), span_id=bytes.fromhex(link.span_id))
        for link in span.links
    ]
    failed = Status(code=Status.STATUS_CODE_ERROR, message=span.error) if span.error else None
    return Message(
        trace_id=bytes.fromhex(span.place.trace_id),
        span_id=bytes.fromhex(span.place.span_id),
        parent_span_id=bytes.fromhex(span.parent_id),
        name=span.name,
        kind=KINDS[span.kind],  # type: ignore[arg-type] # likewise
        start_time_unix_nano=span.started_ns,
        end_time_unix_nano=span.ended_ns,
        attributes=[
            _pair(name, value)
            for name, value in (
                span.attributes | {"banking.correlation.id": span.place.correlation_id}
            ).items()
        ],
        links=links,
        status=failed,
    )


def _pair(name: str, value: Attribute) -> KeyValue:
    if isinstance(value, str):
        return KeyValue(key=name, value=AnyValue(string_value=value))
    if isinstance(value, bool):
        return KeyValue(key=name, value=AnyValue(bool_value=value))
    if isinstance(value, int):
        return KeyValue(key=name, value=AnyValue(int_value=value))
    return KeyValue(key=name, value=AnyValue(double_value=value))


def _ms(step: Step) -> float:
    return (step.ended_ns - step.started_ns) / 1e6


class _Limit:
    """Counts what is told in the present second."""

    def __init__(self, most: int) -> None:
        self.most, self._second, self._count = most, 0, 0
        self._lock = threading.Lock()

    def one_more(self) -> bool:
        with self._lock:
            if (second := int(time.monotonic())) != self._second:
                self._second, self._count = second, 0
            self._count += 1
            return self._count <= self.most


_summaries = _Limit(SUMMARIES_PER_S_MAX)
