"""Prometheus figures of the gateway, right across all worker processes, on a port of their own.

prometheus-client's multi-process mode keeps each worker's figures in files (PROMETHEUS_MULTIPROC_DIR, set by
`gunicorn.conf.py`); the process that outlives the workers serves the sum of them.
"""

import logging

from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess, start_http_server

from gateway.record import RequestRecord

log = logging.getLogger("gateway.metrics")

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests = Counter(
    "banking_requests", "GraphQL requests answered.", ["operation_type", "viewer_kind", "code"]
)
seconds = Histogram(
    "banking_request_seconds", "Time to answer a GraphQL request.", ["operation_type"], buckets=BUCKETS
)
step_seconds = Histogram(
    "banking_step_seconds", "Time in one step of the pipeline.", ["step"], buckets=BUCKETS
)
documents = Counter("banking_documents", "Documents by whether they are stored, where it counts.", ["outcome"])
blocks = Counter("banking_rate_blocks", "Blocks of points asked of the shared store.", ["store", "outcome"])
rate_limited = Counter("banking_rate_limited", "Requests refused for an empty allowance.", ["tier"])
statements = Counter("banking_statements", "Statements executed for root fields.")


def observe(record: RequestRecord) -> None:
    """Count one request that has ended. Labels are closed sets: no client can add to them."""
    kind = record.operation_type or "none"
    requests.labels(kind, record.viewer_kind, record.code).inc()
    seconds.labels(kind).observe(record.seconds)
    for step in record.steps:
        step_seconds.labels(step.name).observe((step.ended_ns - step.started_ns) / 1e9)
    if record.statements:
        statements.inc(record.statements)


def serve(*, host: str, port: int) -> None:
    """Serve `/metrics` from a thread of this process; say plainly when the port is taken, and go on."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # published half-typed
    try:
        start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        log.warning("Metrics are not served: port %d: %s. Set METRICS_PORT.", port, error.strerror)
