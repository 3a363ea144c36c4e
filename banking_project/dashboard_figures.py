"""From samples to what the dashboard shows: rates, percentiles and shares, from the differences between samples.

Times in milliseconds. A percentile is interpolated within its bucket, as Prometheus does it.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from banking_project.snapshot import SAMPLED_EVERY_S

WINDOW = 60  # samples that tables look back on: five minutes
OPERATIONS_SHOWN = 25
ROWS = "banking_database_rows"
Snapshot = Mapping[str, Any]


def figures(history: Sequence[Snapshot]) -> dict[str, Any]:
    """Return the series of the whole history, and the tables of the last minutes."""
    if not history:
        return {"everyS": SAMPLED_EVERY_S, "series": [], "now": None}
    series = [_point(before, after) for before, after in pairwise(history)]
    return {"everyS": SAMPLED_EVERY_S, "series": series, "now": _tables(history)}


def _point(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """Return what happened between two samples."""
    seconds = max((after["at"] - before["at"]) / 1000, 0.001)
    codes = _counted(before, after, "banking_requests")
    requests = sum(codes.values())
    latency = _all(_measured(before, after, "banking_request_seconds"))
    cpu = _counted(before, after, "banking_process_cpu_seconds")
    gauges = after["gauges"]
    memory = _gauge(gauges, "banking_machine_memory_bytes")
    return {
        "at": after["at"],
        "perSecond": requests / seconds,
        "failedPerSecond": (requests - codes.get("OK", 0)) / seconds,
        "p50": percentile(latency, 0.50),
        "p95": percentile(latency, 0.95),
        "p99": percentile(latency, 0.99),
        "machineCpu": _gauge(gauges, "banking_machine_cpu_ratio"),
        "processCpu": sum(cpu.values()) / seconds,
        "memory": 1 - _gauge(gauges, "banking_machine_memory_available_bytes") / memory if memory else 0,
        "waiting": gauges.get("banking_jobs", {}).get("WAITING", 0),
        "unsealedS": _gauge(gauges, "banking_audit_unsealed_oldest_seconds"),
        "connections": sum(gauges.get("banking_database_connections", {}).values()),
    }


def _tables(history: Sequence[Snapshot]) -> dict[str, Any]:
    after = history[-1]
    before = history[max(0, len(history) - 1 - WINDOW)]
    seconds = max((after["at"] - before["at"]) / 1000, 0.001)
    gauges = after["gauges"]
    return {
        "at": after["at"],
        "seconds": seconds,
        "operations": _operations(before, after, seconds),
        "steps": _means(_measured(before, after, "banking_step_seconds")),
        "codes": _counted(before, after, "banking_requests"),
        "decisions": _counted(before, after, "banking_access_decisions"),
        "plans": _counted(before, after, "banking_plans"),
        "limits": _counted(before, after, "banking_limit_refusals"),
        "receipts": sum(_counted(before, after, "banking_receipts").values()),
        "providers": _providers(gauges),
        "transactions": {
            "open": gauges.get("banking_transactions_open", {}),
            "oldestS": gauges.get("banking_transactions_oldest_seconds", {}),
            "ended": gauges.get("banking_transactions_ended_last_day", {}),
        },
        "jobs": gauges.get("banking_jobs", {}),
        "oldestJobS": _gauge(gauges, "banking_jobs_oldest_due_seconds"),
        "audit": {
            "sealed": _gauge(gauges, "banking_audit_sealed_rows"),
            "unsealed": _gauge(gauges, "banking_audit_unsealed_rows"),
            "unsealedS": _gauge(gauges, "banking_audit_unsealed_oldest_seconds"),
        },
        "database": {
            "up": _gauge(gauges, "banking_database_up"),
            "connections": gauges.get("banking_database_connections", {}),
            "connectionsMax": _gauge(gauges, "banking_database_connections_max"),
            "bytes": _gauge(gauges, "banking_database_size_bytes"),
            "rowsPerSecond": _rows_per_second(before, after, seconds),
        },
        "processes": _processes(before, after, seconds),
        "machine": {
            "memoryBytes": _gauge(gauges, "banking_machine_memory_bytes"),
            "diskFreeBytes": _gauge(gauges, "banking_machine_disk_free_bytes"),
            "diskBytes": _gauge(gauges, "banking_machine_disk_bytes"),
            "load": _gauge(gauges, "banking_machine_load"),
        },
    }


def _operations(before: Snapshot, after: Snapshot, seconds: float) -> list[dict[str, Any]]:
    """Return the operations that took most time, the slowest by their 95th percentile first."""
    failures = _counted(before, after, "banking_request_failures")
    found = [
        {
            "name": name,
            "count": entry["count"],
            "perSecond": entry["count"] / seconds,
            "meanMs": entry["sum"] / entry["count"] * 1000,
            "p50": percentile(entry["below"], 0.50),
            "p95": percentile(entry["below"], 0.95),
            "p99": percentile(entry["below"], 0.99),
            "totalS": entry["sum"],
            "failures": failures.get(name, 0),
        }
        for name, entry in _measured(before, after, "banking_request_seconds").items()
        if entry["count"] > 0
    ]
    found.sort(key=lambda entry: entry["totalS"], reverse=True)
    return sorted(found[:OPERATIONS_SHOWN], key=lambda entry: entry["p95"] or 0, reverse=True)


def _providers(gauges: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for labels, enabled in sorted(gauges.get("banking_provider_enabled", {}).items()):
        code, capability = labels.split(",")
        latency = gauges.get("banking_provider_latency_seconds", {})
        found.append(
            {
                "code": code,
                "capability": capability,
                "enabled": bool(enabled),
                "breaker": int(gauges.get("banking_provider_breaker", {}).get(labels, 0)),
                "calls": gauges.get("banking_provider_calls", {}).get(labels, 0),
                "good": gauges.get("banking_provider_good_ratio", {}).get(labels),
                "p50": _ms(latency.get(f"{labels},0.5")),
                "p95": _ms(latency.get(f"{labels},0.95")),
            }
        )
    return found


def _rows_per_second(before: Snapshot, after: Snapshot, seconds: float) -> dict[str, float]:
    """Return the rows by how they were handled; nothing where all since the statistics began would be new."""
    if ROWS not in before["counted"]:
        return {}
    return {how: rows / seconds for how, rows in _counted(before, after, ROWS).items()}


def _processes(before: Snapshot, after: Snapshot, seconds: float) -> list[dict[str, Any]]:
    cpu = _counted(before, after, "banking_process_cpu_seconds")
    memory = after["gauges"].get("banking_process_resident_memory_bytes", {})
    return [
        {"name": name, "cpu": cpu.get(name, 0) / seconds, "memoryBytes": value}
        for name, value in memory.items()
    ]


def _counted(before: Snapshot, after: Snapshot, name: str) -> dict[str, float]:
    """Return how far each sum rose; one that fell began anew."""
    old, new = before["counted"].get(name, {}), after["counted"].get(name, {})
    return {
        label: value - old.get(label, 0) if value >= old.get(label, 0) else value
        for label, value in new.items()
    }


def _measured(before: Snapshot, after: Snapshot, name: str) -> dict[str, dict[str, Any]]:
    """Return, by label, count, sum and buckets of what was measured between two samples."""
    old, new = before["measured"].get(name, {}), after["measured"].get(name, {})
    found = {}
    for label, entry in new.items():
        earlier = old.get(label, {"count": 0, "sum": 0, "below": {}})
        if earlier["count"] > entry["count"]:
            earlier = {"count": 0, "sum": 0, "below": {}}
        below = {bound: value - earlier["below"].get(bound, 0) for bound, value in entry["below"].items()}
        found[label] = {
            "count": entry["count"] - earlier["count"],
            "sum": entry["sum"] - earlier["sum"],
            "below": below,
        }
    return found


def _means(measured: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    return {label: each["sum"] / each["count"] * 1000 for label, each in measured.items() if each["count"]}


def _all(measured: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return the buckets of all labels together."""
    below: dict[str, float] = {}
    for entry in measured.values():
        for bound, value in entry["below"].items():
            below[bound] = below.get(bound, 0) + value
    return below


def percentile(below: Mapping[str, float], share: float) -> float | None:
    """Return the value (ms) below which that share lies; None of nothing. `below` counts by upper bound (s)."""
    bounds = sorted((float(bound), count) for bound, count in below.items())
    total = bounds[-1][1] if bounds else 0
    if total <= 0:
        return None
    rank, lower, counted = share * total, 0.0, 0.0
    for bound, count in bounds:
        if count >= rank and count > counted:
            if bound == float("inf"):
                return lower * 1000
            return (lower + (bound - lower) * (rank - counted) / (count - counted)) * 1000
        lower, counted = bound, count
    return lower * 1000


def _gauge(gauges: Mapping[str, Any], name: str) -> float:
    found: float = gauges.get(name, {}).get("", 0.0)
    return found


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
