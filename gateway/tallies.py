"""Counting requests that have ended, many at once: what they have in common is written once.

prometheus-client takes 2 to 3 microseconds for each observation by itself, and a request makes some twenty.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence

from prometheus_client import Histogram

from gateway import metrics
from gateway.alike import Alike
from gateway.planning.planner import Read
from gateway.record import RequestRecord

NS = 1e9  # to a second


def observe(alike: Sequence[Alike]) -> None:
    """Count requests. Labels are closed sets, or bounded ones (`operation_names`): no client can add to them."""
    built = planned = 0
    sizes: list[int] = []
    for kind in alike:
        _count(kind.first, len(kind.records))
        _observe_whole(kind)
        sizes += [record.answer_bytes for record in kind.records]
        planned += len(kind.records) * (kind.first.plan is not None)
        built += len(kind.records) * (kind.first.plan is not None and kind.first.plan_built)
    _observe_parts(alike)
    observe_all(metrics.answer_bytes, sizes)
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


def _observe_whole(alike: Alike) -> None:
    kind = alike.first.operation_type or "none"
    took = metrics.seconds.labels(kind, _name(alike.first))
    observe_all(took, [record.ended_ns - record.started_ns for record in alike.records], to_one=NS)
    costs = [record.cost for record in alike.records if record.cost is not None]
    if costs:
        observe_all(metrics.cost_points.labels(kind), costs)


def _observe_parts(alike: Sequence[Alike]) -> None:
    steps: dict[str, list[int]] = defaultdict(list)
    batches: dict[str, list[int]] = defaultdict(list)
    statements: list[int] = []
    for kind in alike:
        parts = list(zip(kind.names, zip(*kind.took_ns, strict=True), strict=True))
        for name, took in parts[: kind.steps]:
            steps[name] += took
        for _, took in parts[kind.steps : kind.steps_and_statements]:
            statements += took
        for name, took in parts[kind.steps_and_statements :]:
            batches[name] += took
    for histogram, found in ((metrics.step_seconds, steps), (metrics.batch_seconds, batches)):
        for label, values in found.items():
            observe_all(histogram.labels(label), values, to_one=NS)
    observe_all(metrics.statement_seconds, statements, to_one=NS)
    metrics.statements.inc(len(statements))


def observe_all(histogram: Histogram, values: Sequence[float], *, to_one: float = 1) -> None:
    """Do what `Histogram.observe` does for each value, with one write for each bucket that is hit.

    So many units of the values make one of the histogram's.
    """
    if not values:
        return
    histogram._sum.inc(sum(values) / to_one)
    ordered, below = sorted(values), 0
    for bucket, bound in zip(histogram._buckets, histogram._upper_bounds, strict=True):
        upto = bisect_right(ordered, bound * to_one)
        if upto > below:
            bucket.inc(upto - below)
            below = upto
        if below == len(ordered):
            return


def _name(record: RequestRecord) -> str:
    answered = record.code == "OK" and record.viewer_kind != "ANONYMOUS"
    return metrics.names().label(record.operation_name, answered=answered)
