"""Prometheus figures of the gateway, right across all worker processes.

prometheus-client's multi-process mode keeps each process's figures in files (PROMETHEUS_MULTIPROC_DIR, set by
`gunicorn.conf.py`); the monitor (`banking_project.monitor`) serves the sum of them on a port of its own.
"""

import os
from functools import lru_cache
from pathlib import Path

from prometheus_client import Counter, Histogram

from gateway.operation_names import OperationNames

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
COST_BUCKETS = (0, 1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 200_000)  # points
BYTES_BUCKETS = (250, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000)
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
    "banking_request_seconds",
    "Time to answer a GraphQL request.",
    ["operation_type", "operation"],
    buckets=BUCKETS,
)
failures = Counter("banking_request_failures", "Requests whose code was not OK.", ["operation"])
step_seconds = Histogram(
    "banking_step_seconds", "Time in one step of the pipeline.", ["step"], buckets=BUCKETS
)
statement_seconds = Histogram(
    "banking_statement_seconds", "Time of a statement of a root field.", buckets=BUCKETS
)
batch_seconds = Histogram(
    "banking_batch_seconds", "Time to finish a batch field of an answer.", ["coordinate"], buckets=BUCKETS
)
answer_bytes = Histogram("banking_answer_bytes", "Size of an answer's body.", buckets=BYTES_BUCKETS)
plans = Counter("banking_plans", "Plans by whether they were found in the cache or built.", ["outcome"])
decisions = Counter(
    "banking_access_decisions",
    "Coordinates of answered operations, by what others' rows show of them.",
    ["decision"],
)
receipts = Counter("banking_receipts", "Statements that wrote a receipt with what they read.")
alerts = Counter("banking_audit_alerts", "Reading that is out of the ordinary, by in what.", ["code"])
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
spans = Counter("banking_spans", "Spans sent to the collector, or dropped.", ["outcome"])
telling = Counter("banking_telling_seconds", "Processor time of telling of requests.", ["sink"])


def shared_directory() -> Path | None:
    """Return the directory that the processes of this machine share their figures in, if there is one."""
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(directory) if directory else None


@lru_cache(maxsize=1)
def names() -> OperationNames:
    """Return the operations that have a label of their own."""
    directory = shared_directory()
    return OperationNames(directory / "operations" if directory else None)
