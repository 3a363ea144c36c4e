"""Spans after OpenTelemetry: one for each request, with children for its steps, statements and batch fields.

Half of the requests are sampled at their beginning, or all that a sampled caller sends (parent-based). One that
was not and fails or is slow is told in one span, with the times of its steps. Spans carry names and marks,
never a value, a literal or the text of a document. They are made when the request has ended, in the bytes of
OpenTelemetry's protocol (`gateway.span_bytes`) and not by its SDK, which takes a hundred times as long
(docs/measurements.md).

Nothing is exported without OTEL_EXPORTER_OTLP_ENDPOINT; ids are made all the same, since receipts and answers
name them.
"""

import threading
import time
from collections.abc import Sequence
from functools import lru_cache

from django.conf import settings
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from domains.kernel import trace
from domains.kernel.trace import Attribute, Place, Span
from gateway.alike import Alike
from gateway.operation_names import discreet
from gateway.otlp import Exporter, wanted
from gateway.record import RequestRecord
from gateway.span_bytes import Children, entry_of, key_of, root, text_attribute

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
            lambda span: _exporter.put(entry_of(_message(span))) if _exporter else None,
            sampled=settings.TRACES_SAMPLED,
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


def export(alike: Sequence[Alike]) -> None:
    """Hand the spans of requests that have ended to the exporter."""
    if _exporter is None:
        return
    for kind in alike:
        if sampled := _sampled(kind):
            _exporter.put(b"".join(sampled), spans=len(sampled) * (1 + len(kind.names)))
        if summaries := _summarised(kind):
            _exporter.put(b"".join(summaries), spans=len(summaries))


def _sampled(alike: Alike) -> list[bytes]:
    """Return the spans of those requests that were sampled: for each the request's and its children's."""
    children = _children(alike.names, alike.steps, alike.steps_and_statements)
    return [
        _request(record, b"") + children.entries(*_ids(record), started_ns, ended_ns)
        for record, started_ns, ended_ns in zip(alike.records, alike.started_ns, alike.ended_ns, strict=True)
        if record.place.sampled
    ]


def _summarised(alike: Alike) -> list[bytes]:
    """Return one span for each request that was not sampled, and failed or was slow."""
    failed, slow_s = alike.first.code != "OK", settings.TRACE_SLOW_S
    return [
        _request(record, _steps(record))
        for record in alike.records
        if not record.place.sampled and (failed or record.seconds > slow_s) and _summaries.one_more()
    ]


def _ids(record: RequestRecord) -> tuple[bytes, bytes]:
    return bytes.fromhex(record.place.trace_id), bytes.fromhex(record.place.span_id)


def _steps(record: RequestRecord) -> bytes:
    """Return the times of a request's steps as attributes of its span."""
    pairs = [
        _pair(f"banking.step.{name}_ms", (ended_ns - started_ns) / 1e6)
        for name, started_ns, ended_ns in record.steps
    ]
    return bytes(Message(attributes=pairs).SerializeToString())


def _request(record: RequestRecord, more: bytes) -> bytes:
    """Return the span of a whole request, after the semantic conventions for GraphQL servers."""
    place = record.place
    common = _kind_of_request(
        record.operation_type,
        record.operation_name,
        record.document_id,
        record.status,
        record.viewer_kind,
        record.code,
        not place.sampled,
    )
    correlation = text_attribute(CORRELATION_ID, place.correlation_id)
    trace_id, span_id = _ids(record)
    return root(
        common,
        correlation + _cost(record.cost or 0) + more,
        trace_id=trace_id,
        span_id=span_id,
        parent_id=bytes.fromhex(record.parent_id),
        started_ns=record.started_ns,
        ended_ns=record.ended_ns,
    )


# What spans of a kind have in common is made once: attributes are most of what a span costs.


@lru_cache(maxsize=1_000)
def _kind_of_request(
    operation_type: str,
    operation_name: str,
    document_id: str,
    status: int,
    viewer_kind: str,
    code: str,
    is_summary: bool,
) -> bytes:
    name = discreet(operation_name)
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


@lru_cache(maxsize=1_000)
def _children(names: tuple[str, ...], steps: int, steps_and_statements: int) -> Children:
    """Return the children of requests that have these parts; what runs while a step executes belongs to it."""
    within = names.index("execute") if "execute" in names[:steps] else -1
    commons = [_step(name) for name in names[:steps]]
    commons += [_statement(name) for name in names[steps:steps_and_statements]]
    commons += [_batch(coordinate) for coordinate in names[steps_and_statements:]]
    return Children(commons, parents=[-1] * steps + [within] * (len(names) - steps))


def _step(name: str) -> Message:
    return Message(name=f"gateway.{name}", kind=KINDS["INTERNAL"])  # type: ignore[arg-type] # likewise


def _statement(name: str) -> Message:
    attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": "EXECUTE",
        "db.query.summary": name,
    }
    return Message(
        name=f"EXECUTE {name}",
        kind=KINDS["CLIENT"],  # type: ignore[arg-type] # likewise
        attributes=[_pair(name, value) for name, value in attributes.items()],
    )


def _batch(coordinate: str) -> Message:
    return Message(
        name="gateway.batch",
        kind=KINDS["INTERNAL"],  # type: ignore[arg-type] # likewise
        attributes=[_pair("graphql.field.coordinate", coordinate)],
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
