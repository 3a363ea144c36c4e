"""Counting requests that have ended, many at once: what they have in common is written once.

prometheus-client takes 2 to 3 microseconds for each observation by itself, and a request makes some twenty.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence

from prometheus_client import Histogram

from gateway import metrics
from gateway.planning.planner import Read
from gateway.record import RequestRecord


def observe(records: Sequence[RequestRecord]) -> None:
    """Count requests. Labels are closed sets, or bounded ones (`operation_names`): no client can add to them."""
    alike: dict[tuple[object, ...], list[RequestRecord]] = defaultdict(list)
    for record in records:
        alike[
            record.operation_type, record.operation_name, record.viewer_kind, record.code, id(record.plan)
        ].append(record)
    for group in alike.values():
        _count(group[0], len(group))
        _observe_whole(group)
    _observe_parts(records)
    observe_all(metrics.answer_bytes, [record.answer_bytes for record in records])
    built = sum(record.plan_built for record in records if record.plan is not None)
    planned = sum(record.plan is not None for record in records)
    metrics.plans.labels("built").inc(built)
    metrics.plans.labels("found").inc(planned - built)


def _count(like: RequestRecord, number: int) -> None:
    """Count that many requests that are alike in what they asked, who asked, and what came of it."""
    metrics.requests.labels(like.operation_type or "none", like.viewer_kind, like.code).inc(number)
    if like.code != "OK":
        metrics.failures.labels(_name(like)).inc(number)
    if like.code in metrics.LIMIT_CODES:
        metrics.limit_refusals.labels(like.code).inc(number)
    if like.plan is not None:
        reads = [root for root in like.plan.roots if isinstance(root, Read)]
        metrics.receipts.inc(number * sum(read.is_receipted for read in reads))
        decided: Counter[str] = Counter()
        for read in reads:
            decided.update(read.decisions)
        for decision, coordinates in decided.items():
            metrics.decisions.labels(decision).inc(number * coordinates)


def _observe_whole(alike: Sequence[RequestRecord]) -> None:
    kind = alike[0].operation_type or "none"
    took = metrics.seconds.labels(kind, _name(alike[0]))
    observe_all(took, [record.seconds for record in alike])
    costs = [record.cost for record in alike if record.cost is not None]
    if costs:
        observe_all(metrics.cost_points.labels(kind), costs)


def _observe_parts(records: Sequence[RequestRecord]) -> None:
    steps: dict[str, list[float]] = defaultdict(list)
    batches: dict[str, list[float]] = defaultdict(list)
    statements: list[float] = []
    for record in records:
        for step in record.steps:
            steps[step.name].append((step.ended_ns - step.started_ns) / 1e9)
        for step in record.batches:
            batches[step.name].append((step.ended_ns - step.started_ns) / 1e9)
        statements += [(step.ended_ns - step.started_ns) / 1e9 for step in record.statements]
    for histogram, found in ((metrics.step_seconds, steps), (metrics.batch_seconds, batches)):
        for label, values in found.items():
            observe_all(histogram.labels(label), values)
    observe_all(metrics.statement_seconds, statements)
    metrics.statements.inc(len(statements))


def observe_all(histogram: Histogram, values: Sequence[float]) -> None:
    """Do what `Histogram.observe` does for each value, with one write for each bucket that is hit."""
    if not values:
        return
    histogram._sum.inc(sum(values))
    ordered, below = sorted(values), 0
    for bucket, bound in zip(histogram._buckets, histogram._upper_bounds, strict=True):
        upto = bisect_right(ordered, bound)
        if upto > below:
            bucket.inc(upto - below)
            below = upto


def _name(record: RequestRecord) -> str:
    answered = record.code == "OK" and record.viewer_kind != "ANONYMOUS"
    return metrics.names().label(record.operation_name, answered=answered)
