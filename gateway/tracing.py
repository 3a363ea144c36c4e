"""OpenTelemetry spans: one for each request, with a child for each step when the request is sampled.

Spans are made from the request's record when it has ended. They carry names and marks, never a value, a literal
or the text of a document. Nothing is exported without OTEL_EXPORTER_OTLP_ENDPOINT; ids are made all the same,
since receipts name them.
"""

import secrets

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.record import RequestRecord

tracer = trace.get_tracer("banking.gateway")
_propagator = TraceContextTextMapPropagator()


def parent_of(traceparent: str | None) -> SpanContext:
    """Return the caller's span context (W3C), or a new one that nobody has recorded."""
    if traceparent:
        context = _propagator.extract({"traceparent": traceparent})
        found = trace.get_current_span(context).get_span_context()
        if found.is_valid:
            return found
    return SpanContext(
        trace_id=secrets.randbits(128) or 1,
        span_id=secrets.randbits(64) or 1,
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.DEFAULT),
    )


def export(record: RequestRecord, parent: SpanContext) -> None:
    """Make the spans of a request that has ended."""
    context = trace.set_span_in_context(NonRecordingSpan(parent))
    name = f"{record.operation_type or 'request'} {record.operation_name}".strip()
    span = tracer.start_span(name, context=context, kind=trace.SpanKind.SERVER, start_time=record.started_ns)
    if span.is_recording():
        span.set_attributes(
            {
                "graphql.operation.type": record.operation_type,
                "graphql.operation.name": record.operation_name,
                "banking.document.id": record.document_id,
                "banking.correlation.id": record.correlation_id,
                "banking.viewer.kind": record.viewer_kind,
                "banking.cost.points": record.cost or 0,
                "banking.code": record.code,
                "http.response.status_code": record.status,
            }
        )
        if record.code != "OK":
            span.set_status(Status(StatusCode.ERROR, record.code))
        inside = trace.set_span_in_context(span)
        for step in record.steps:
            child = tracer.start_span(f"gateway.{step.name}", context=inside, start_time=step.started_ns)
            child.end(end_time=step.ended_ns)
    span.end(end_time=record.ended_ns)
