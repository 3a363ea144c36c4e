"""Prometheus figures of the gateway, right across all worker processes, on a port of their own.

prometheus-client's multi-process mode keeps each worker's figures in files (PROMETHEUS_MULTIPROC_DIR, set by
`gunicorn.conf.py`); the process that outlives the workers serves the sum of them.
"""

import logging

from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess, start_http_server

from gateway.record import RequestRecord

log = logging.getLogger("gateway.metrics")

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
COST_BUCKETS = (0, 1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 200_000)  # points
LIMIT_CODES = frozenset(
    {
        "BODY_TOO_LARGE",
        "COST_ESTIMATED_TOO_EXPENSIVE",
        "DEADLINE_EXCEEDED",
        "DOCUMENT_NOT_STORED",
        "DOCUMENT_TOO_LONG",
        "INPUT_TOO_DEEP",
        "INPUT_TOO_LARGE",
        "INTROSPECTION_OFF",
        "LIST_TOO_LONG",
        "OPERATION_TOO_DEEP",
        "OPERATION_TOO_LARGE",
        "PAGE_SIZE_OUT_OF_RANGE",
        "RATE_LIMITED",
        "TOO_MANY_ALIASES",
        "TOO_MANY_DIRECTIVES",
        "TOO_MANY_REPETITIONS",
        "TOO_MANY_ROOT_FIELDS",
    }
)

requests = Counter(
    "banking_requests", "GraphQL requests answered.", ["operation_type", "viewer_kind", "code"]
)
seconds = Histogram(
    "banking_request_seconds", "Time to answer a GraphQL request.", ["operation_type"], buckets=BUCKETS
)
step_seconds = Histogram(
    "banking_step_seconds", "Time in one step of the pipeline.", ["step"], buckets=BUCKETS
)
documents = Counter(
    "banking_documents", "Documents by whether they are stored, where it counts.", ["outcome"]
)
blocks = Counter("banking_rate_blocks", "Blocks of points asked of the shared store.", ["store", "outcome"])
rate_limited = Counter("banking_rate_limited", "Requests refused for an empty allowance.", ["tier"])
cost_points = Histogram(
    "banking_cost_points", "Estimated cost of an operation.", ["operation_type"], buckets=COST_BUCKETS
)
limit_refusals = Counter("banking_limit_refusals", "Requests over a limit, by its code.", ["code"])
statements = Counter("banking_statements", "Statements executed for root fields.")


def observe(record: RequestRecord) -> None:
    """Count one request that has ended. Labels are closed sets: no client can add to them."""
    kind = record.operation_type or "none"
    requests.labels(kind, record.viewer_kind, record.code).inc()
    seconds.labels(kind).observe(record.seconds)
    for step in record.steps:
        step_seconds.labels(step.name).observe((step.ended_ns - step.started_ns) / 1e9)
    if record.cost is not None:
        cost_points.labels(kind).observe(record.cost)
    if record.code in LIMIT_CODES:
        limit_refusals.labels(record.code).inc()
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
