"""How providers are doing: figures over the calls of the last minutes, as ORM expressions and as a report.

Health checks are no calls: what they find stands beside, so that a quiet provider shows no figures.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Now

from domains.providers.models import Provider, ProviderExchange
from domains.providers.words import PROBE, Breaker

OVER = timedelta(minutes=15)


class Percentile(Aggregate):
    """The value below which so many of a hundred lie."""

    function = "percentile_disc"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: str, *, percent: int) -> None:
        super().__init__(expression, share=percent / 100, output_field=IntegerField())


def calls() -> Combinable:
    """Return the number of calls that ended in the last minutes."""
    return Coalesce(_of_provider(Count("pk")), 0)


def good_percent() -> Combinable:
    """Return how many of a hundred calls ended without a fault of the provider; NULL without any."""
    return _of_provider(Count("pk", filter=Q(fault=False)) * 100 / Count("pk"))


def latency_p50_ms() -> Combinable:
    """Return the median time of a call."""
    return _of_provider(Percentile("latency_ms", percent=50))


def latency_p95_ms() -> Combinable:
    """Return the time within which 95 of a hundred calls end."""
    return _of_provider(Percentile("latency_ms", percent=95))


def latency_p99_ms() -> Combinable:
    """Return the time within which 99 of a hundred calls end."""
    return _of_provider(Percentile("latency_ms", percent=99))


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """How one provider is doing; what is None is not known."""

    code: str
    capability: str
    enabled: bool
    breaker: str
    check_passed: bool | None
    checked_at: datetime | None
    calls: int
    good_percent: int | None
    latency_p50_ms: int | None
    latency_p95_ms: int | None
    latency_p99_ms: int | None


def health_report() -> list[ProviderHealth]:
    """Return how every provider is doing, by code: for metrics and probes."""
    rows = Provider.objects.order_by("code").values_list(
        "code",
        "capability",
        "enabled",
        Coalesce(F("state__breaker"), Value(Breaker.CLOSED.value)),
        "state__check_passed",
        "state__checked_at",
        calls(),
        good_percent(),
        latency_p50_ms(),
        latency_p95_ms(),
        latency_p99_ms(),
    )
    return [ProviderHealth(*row) for row in rows]


def health_by_capability() -> dict[str, str]:
    """Return of each capability with enabled providers whether they are all well, some, or none.

    `ok`, `degraded` or `failed`. Well is one whose breaker is not open and whose last check passed, if there was
    one. Reads one small table: for probes that come often.
    """
    well: dict[str, list[bool]] = {}
    rows = Provider.objects.filter(enabled=True).exclude(adapter="")
    for capability, breaker, passed in rows.order_by("capability").values_list(
        "capability", "state__breaker", "state__check_passed"
    ):
        well.setdefault(capability, []).append(breaker != Breaker.OPEN and passed is not False)
    return {
        capability: "ok" if all(each) else "degraded" if any(each) else "failed"
        for capability, each in well.items()
    }


def _of_provider(figure: Any) -> Subquery:
    """Return a figure over the recent calls of the provider of the row around it."""
    recent: QuerySet[Any] = ProviderExchange.objects.filter(provider=OuterRef("pk"), sent_at__gt=Now() - OVER)
    of_one = recent.exclude(action=PROBE).order_by().values("provider").annotate(figure=figure)
    return Subquery(of_one.values("figure"), output_field=IntegerField())
