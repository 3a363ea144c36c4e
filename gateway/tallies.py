"""Counting requests that have ended, many at once: what they have in common is written once.

prometheus-client takes 2 to 3 microseconds for each observation by itself, and a request makes some twenty.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from prometheus_client import Histogram

from gateway import metrics
from gateway.planning.planner import Read
from gateway.record import RequestRecord, Step


def observe(records: Sequence[RequestRecord]) -> None:
    """Count requests. Labels are closed sets, or bounded ones (`operation_names`): no client can add to them."""
    counted: Counter[tuple[str, str, str]] = Counter()
    failed: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    timed: dict[tuple[str, str], list[float]] = defaultdict(list)
    steps: dict[str, list[float]] = defaultdict(list)
    batches: dict[str, list[float]] = defaultdict(list)
    costs: dict[str, list[float]] = defaultdict(list)
    for record in records:
        kind = record.operation_type or "none"
        name = metrics.names().label(record.operation_name, answered=_was_answered(record))
        counted[kind, record.viewer_kind, record.code] += 1
        timed[kind, name].append(record.seconds)
        if record.code != "OK":
            failed[name] += 1
        for step in record.steps:
            steps[step.name].append(_seconds(step))
        for step in record.batches:
            batches[step.name].append(_seconds(step))
        if record.cost is not None:
            costs[kind].append(record.cost)
        if record.plan is not None:
            reads = [root for root in record.plan.roots if isinstance(root, Read)]
            for read in reads:
                decided.update(read.decisions)
            metrics.receipts.inc(sum(read.is_receipted for read in reads))
    for labels, number in counted.items():
        metrics.requests.labels(*labels).inc(number)
        if labels[2] in metrics.LIMIT_CODES:
            metrics.limit_refusals.labels(labels[2]).inc(number)
    for name, number in failed.items():
        metrics.failures.labels(name).inc(number)
    for decision, number in decided.items():
        metrics.decisions.labels(decision).inc(number)
    for pair, values in timed.items():
        observe_all(metrics.seconds.labels(*pair), values)
    for histogram, found in (
        (metrics.step_seconds, steps),
        (metrics.batch_seconds, batches),
        (metrics.cost_points, costs),
    ):
        for label, values in found.items():
            observe_all(histogram.labels(label), values)
    observe_all(metrics.answer_bytes, [record.answer_bytes for record in records])
    sent = [_seconds(step) for record in records for step in record.statements]
    observe_all(metrics.statement_seconds, sent)
    metrics.statements.inc(len(sent))
    planned = [record for record in records if record.plan is not None]
    built = sum(record.plan_built for record in planned)
    metrics.plans.labels("built").inc(built)
    metrics.plans.labels("found").inc(len(planned) - built)


def observe_all(histogram: Histogram, values: Iterable[float]) -> None:
    """Do what `Histogram.observe` does for each value, with one write for each bucket that is hit."""
    values = list(values)
    if not values:
        return
    histogram._sum.inc(sum(values))
    for place, number in Counter(bisect_left(histogram._upper_bounds, value) for value in values).items():
        histogram._buckets[place].inc(number)


def _was_answered(record: RequestRecord) -> bool:
    return record.code == "OK" and record.viewer_kind != "ANONYMOUS"


def _seconds(step: Step) -> float:
    return (step.ended_ns - step.started_ns) / 1e9
