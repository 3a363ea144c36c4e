"""The last requests of each operation, and what it is: for the page that operations look at.

Each worker keeps its own and writes them, at most every WRITTEN_EVERY_S, into a file of the directory that
workers share; whoever shows them reads all files. Without such a directory nothing is kept.
"""

import json
import os
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.alike import Alike
from gateway.metrics import names, shared_directory
from gateway.operation_names import OTHER, UNNAMED
from gateway.planning.planner import Read
from gateway.record import RequestRecord

KEPT = 10  # requests of each operation and worker
WRITTEN_EVERY_S = 5.0  # as often as the page asks

_operations: dict[str, dict[str, Any]] = {}
_requests: dict[str, deque[dict[str, Any]]] = {}
_new: dict[str, list[RequestRecord]] = {}  # since it was written
_written_at = 0.0


def remember(alike: Sequence[Alike]) -> None:
    """Keep what is told of these requests, and write it when it is time."""
    global _written_at
    if (directory := shared_directory()) is None:
        return
    for kind in alike:
        first = kind.first
        name = names().label(first.operation_name, answered=False)
        if name == OTHER or (name == UNNAMED and first.code != "OK"):
            continue
        _new[name] = sorted([*_new.get(name, ()), *kind.records[-KEPT:]], key=_ended)[-KEPT:]
        if first.plan is not None and first.plan_built:
            _operations[name] = _operation(first)
    if time.monotonic() - _written_at > WRITTEN_EVERY_S:
        _written_at = time.monotonic()
        for name, records in _new.items():
            _requests.setdefault(name, deque(maxlen=KEPT)).extend(map(_told, records))
        _new.clear()
        _write(directory)


def _ended(record: RequestRecord) -> int:
    return record.ended_ns


def _told(record: RequestRecord) -> dict[str, Any]:
    return {
        "endedAt": record.ended_ns // 1_000_000,
        "ms": round(record.seconds * 1000, 2),
        "code": record.code,
        "viewer": record.viewer_kind,
        "traceId": record.trace_id,
        "sampled": record.place.sampled,
        "correlationId": record.correlation_id,
        "steps": {name: (ended_ns - started_ns) / 1e6 for name, started_ns, ended_ns in record.steps},
        "statements": [(ended_ns - started_ns) / 1e6 for _, started_ns, ended_ns in record.statements],
    }


def _operation(record: RequestRecord) -> dict[str, Any]:
    """Return what an operation is: its statements, with places for values and without a value."""
    assert record.plan is not None
    reads = [root for root in record.plan.roots if isinstance(root, Read)]
    return {
        "type": record.operation_type,
        "documentId": record.document_id,
        "cost": record.cost,
        "statements": [
            {"field": read.key, "sql": read.statement.sql, "types": list(read.statement.types)}
            for read in reads
        ],
    }


def _write(directory: Path) -> None:
    told = {"operations": _operations, "requests": {name: list(kept) for name, kept in _requests.items()}}
    file = directory / f"recent-{os.getpid()}.json"
    part = file.with_suffix(".part")
    part.write_text(json.dumps(told))
    part.replace(file)


def of_operation(name: str) -> dict[str, Any] | None:
    """Return what all workers know of one operation: what it is, and its last requests, newest first."""
    directory = shared_directory()
    operation, requests = None, []
    for file in sorted(directory.glob("recent-*.json")) if directory else ():
        try:
            told = json.loads(file.read_text())
        except (OSError, ValueError):  # a worker that ended just now
            continue
        operation = told["operations"].get(name) or operation
        requests += told["requests"].get(name, [])
    if operation is None and not requests:
        return None
    requests.sort(key=lambda request: request["endedAt"], reverse=True)
    return {"operation": operation, "requests": requests[: 2 * KEPT]}
