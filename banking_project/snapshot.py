"""One sample for the dashboard: the sums since the start, as the monitor's registry tells them, in plain JSON.

Counters stay sums; what happened between two samples is a difference, which whoever shows them takes.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.samples import Sample

from banking_project.database_figures import Figure

SAMPLED_EVERY_S = 5.0
SNAPSHOT_FILE = "dashboard.json"
COUNTED = {
    "banking_requests": "code",
    "banking_plans": "outcome",
    "banking_access_decisions": "decision",
    "banking_limit_refusals": "code",
    "banking_rate_limited": "tier",
    "banking_receipts": "",
    "banking_statements": "",
    "banking_spans": "outcome",
    "banking_request_failures": "operation",
    "banking_machine_network_received_bytes": "",
    "banking_machine_network_sent_bytes": "",
    "banking_process_cpu_seconds": "process",
}
MEASURED = {
    "banking_request_seconds": "operation",
    "banking_step_seconds": "step",
    "banking_statement_seconds": "",
    "banking_batch_seconds": "coordinate",
}


def snapshot(registry: CollectorRegistry, figures: Iterable[Figure]) -> dict[str, Any]:
    """Return the figures of this moment: `counted`, `measured` (count, sum, buckets) and `gauges`, by name."""
    told: dict[str, Any] = {"at": int(time.time() * 1000), "counted": {}, "measured": {}, "gauges": {}}
    for metric in registry.collect():
        if metric.name in COUNTED:
            told["counted"][metric.name] = _counted(metric, COUNTED[metric.name])
        elif metric.name in MEASURED:
            told["measured"][metric.name] = _measured(metric, MEASURED[metric.name])
        elif metric.type == "gauge":
            told["gauges"][metric.name] = {
                ",".join(sample.labels.values()): sample.value for sample in metric.samples
            }
    for figure in figures:  # whether or not this monitor owns them
        values = ",".join(value for _, value in figure.labels)
        kind = "counted" if figure.is_sum else "gauges"
        told[kind].setdefault(figure.name, {})[values] = figure.value
    return told


def _counted(metric: Metric, label: str) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for sample in metric.samples:
        if sample.name.endswith("_total"):
            sums[_label(sample, label)] += sample.value
    return dict(sums)


def _measured(metric: Metric, label: str) -> dict[str, Any]:
    """Return, by label, the count, the sum, and how many fell below each bound (cumulative)."""
    found: dict[str, dict[str, Any]] = defaultdict(lambda: {"count": 0.0, "sum": 0.0, "below": {}})
    for sample in metric.samples:
        entry = found[_label(sample, label)]
        if sample.name.endswith("_bucket"):
            bound = sample.labels["le"]
            entry["below"][bound] = entry["below"].get(bound, 0.0) + sample.value
        elif sample.name.endswith("_count"):
            entry["count"] += sample.value
        elif sample.name.endswith("_sum"):
            entry["sum"] += sample.value
    return dict(found)


def _label(sample: Sample, label: str) -> str:
    return sample.labels.get(label, "") if label else ""
