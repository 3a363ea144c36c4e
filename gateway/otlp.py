"""The export of spans: OTLP over HTTP, to the collector that OpenTelemetry's own variables name.

A thread sends what has gathered: every OTEL_BSP_SCHEDULE_DELAY milliseconds, or when it is enough for one
request. A collector that is slow or away costs spans, which are counted, and nothing else: what waits is bounded,
and no request ever waits for it.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Sequence

from django.conf import settings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

from gateway import metrics
from gateway.span_bytes import field

WAITING_MAX = 40_000  # spans, of some 200 bytes each
ENOUGH = 10_000  # spans for one request: sending takes 2 ms, however few they are
RESOURCE_SPANS, SCOPE_SPANS = b"\x0a", b"\x12"  # their places in ExportTraceServiceRequest and ResourceSpans
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def wanted() -> bool:
    """Tell whether a collector is named."""
    return any(os.environ.get(name) for name in ENDPOINTS)


class Sender(OTLPSpanExporter):
    """OpenTelemetry's exporter, for what is encoded already."""

    def send(self, body: bytes) -> bool:
        """Send an ExportTraceServiceRequest, again if that may help, and tell whether it arrived."""
        return bool(self._client.export(body).success)


class Exporter:
    """Gathers spans (entries, as `gateway.span_bytes` calls them), and sends them from a thread."""

    def __init__(self) -> None:
        self._sender = Sender()
        self._waiting: deque[tuple[bytes, int]] = deque()
        self._number, self._counting = 0, threading.Lock()
        self._due, self._ended = threading.Event(), False
        self._thread = threading.Thread(target=self._send_until_ended, name="spans", daemon=True)
        self._thread.start()

    def put(self, entries: bytes, *, spans: int = 1) -> None:
        """Take so many spans; when there is no room for them they are dropped and counted."""
        with self._counting:
            if has_room := self._number + spans <= WAITING_MAX:
                self._number += spans
                self._waiting.append((entries, spans))
        if not has_room:
            metrics.spans.labels("dropped").inc(spans)
        if self._number >= ENOUGH:
            self._due.set()

    def end(self) -> None:
        """Send what is left, for a few seconds at most."""
        self._ended = True
        self._due.set()
        self._thread.join(timeout=5)
        self._sender.shutdown()  # type: ignore[no-untyped-call] # published untyped

    def _send_until_ended(self) -> None:
        while not self._ended:
            self._due.wait(settings.SPANS_EVERY_S)
            self._due.clear()
            self._send()
        self._send()

    def _send(self) -> None:
        began = time.thread_time()
        while taken := self._taken():
            number = sum(spans for _, spans in taken)
            arrived = self._sender.send(_body([entries for entries, _ in taken]))
            metrics.spans.labels("sent" if arrived else "dropped").inc(number)
        metrics.telling.labels("export").inc(time.thread_time() - began)

    def _taken(self) -> list[tuple[bytes, int]]:
        """Take out what one request may carry: ENOUGH spans, and what else was put with the last of them."""
        taken, number = [], 0
        with self._counting:
            while self._waiting and number < ENOUGH:
                taken.append(self._waiting.popleft())
                number += taken[-1][1]
            self._number -= number
        return taken


def _body(entries: Sequence[bytes]) -> bytes:
    """Return an ExportTraceServiceRequest around entries, which are copied once: they may be megabytes."""
    scope = ScopeSpans(scope=InstrumentationScope(name="banking.gateway")).SerializeToString()
    resource = ResourceSpans(resource=_resource()).SerializeToString()
    scope_spans = field(SCOPE_SPANS, len(scope) + sum(map(len, entries)))
    inner = len(resource) + len(scope_spans) + len(scope) + sum(map(len, entries))
    return b"".join([field(RESOURCE_SPANS, inner), resource, scope_spans, scope, *entries])


def _resource() -> Resource:
    attributes = {
        "service.name": os.environ.get("OTEL_SERVICE_NAME", "banking-middleware"),
        "service.instance.id": f"{os.uname().nodename}:{os.getpid()}",
    }
    pairs = [KeyValue(key=name, value=AnyValue(string_value=value)) for name, value in attributes.items()]
    return Resource(attributes=pairs)
