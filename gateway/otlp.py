"""The export of spans: OTLP over HTTP, to the collector that OpenTelemetry's own variables name.

A thread sends what has gathered. A collector that is slow or away costs spans, which are counted, and nothing
else: what waits is bounded, and no request ever waits for it.
"""

import os
import threading
from collections import deque
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from gateway import metrics

EVERY_S = 0.5
WAITING_MAX, AT_ONCE_MAX = 20_000, 2_000  # spans
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def wanted() -> bool:
    """Tell whether a collector is named."""
    return any(os.environ.get(name) for name in ENDPOINTS)


class Sender(OTLPSpanExporter):
    """OpenTelemetry's exporter, for messages that are made already."""

    def send(self, request: ExportTraceServiceRequest) -> bool:
        """Send a request, again if that may help, and tell whether it arrived."""
        return bool(self._client.export(request.SerializeToString()).success)


class Exporter:
    """Gathers spans, and sends them from a thread."""

    def __init__(self) -> None:
        self._sender = Sender()
        self._waiting: deque[Span] = deque()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send_until_ended, name="spans", daemon=True)
        self._thread.start()

    def put(self, spans: Sequence[Span]) -> None:
        """Take spans; those that find no room are dropped and counted."""
        room = max(0, WAITING_MAX - len(self._waiting))
        self._waiting.extend(spans[:room])
        if len(spans) > room:
            metrics.spans.labels("dropped").inc(len(spans) - room)

    def end(self) -> None:
        """Send what is left, for a few seconds at most."""
        self._ended.set()
        self._thread.join(timeout=5)
        self._sender.shutdown()  # type: ignore[no-untyped-call] # published untyped

    def _send_until_ended(self) -> None:
        while not self._ended.wait(EVERY_S):
            self._send()
        self._send()

    def _send(self) -> None:
        while self._waiting:
            spans = [self._waiting.popleft() for _ in range(min(len(self._waiting), AT_ONCE_MAX))]
            arrived = self._sender.send(_request(spans))
            metrics.spans.labels("sent" if arrived else "dropped").inc(len(spans))


def _request(spans: Sequence[Span]) -> ExportTraceServiceRequest:
    scope = ScopeSpans(scope=InstrumentationScope(name="banking.gateway"), spans=spans)
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=_resource(), scope_spans=[scope])]
    )


def _resource() -> Resource:
    attributes = {
        "service.name": os.environ.get("OTEL_SERVICE_NAME", "banking-middleware"),
        "service.instance.id": f"{os.uname().nodename}:{os.getpid()}",
    }
    pairs = [KeyValue(key=name, value=AnyValue(string_value=value)) for name, value in attributes.items()]
    return Resource(attributes=pairs)
