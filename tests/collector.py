"""A collector of spans: OTLP over real HTTP, as OpenTelemetry's own would receive them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.test import override_settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """What was received: spans, and the raw bytes they came in."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.raw: list[bytes] = []
        self.url = ""

    def receive(self, body: bytes) -> None:
        self.raw.append(body)
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def wait_for(self, holds: Callable[[list[Span]], object], *, seconds: float = 60) -> list[Span]:
        """Wait until the condition holds of all spans received."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if holds(self.spans):
                return self.spans
            time.sleep(0.05)
        raise AssertionError(f"not among {[span.name for span in self.spans]}")


def attributes(span: Span) -> dict[str, object]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "") for pair in span.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a free port; this process need not wait five seconds to send it spans."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.receive(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}"
    try:
        with override_settings(SPANS_EVERY_S=0.1):
            yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
