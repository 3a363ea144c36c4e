"""Figures that belong to the database and not to a process: transactions, the queue, connections.

One monitor at a time owns them, by an advisory lock on its connection: two gateways over one database do not
tell the same thing twice. Every monitor asks, for its own dashboard; only the owner's go to Prometheus.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import connection
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from domains.audit.lag import sealing_lag
from domains.jobs.queries import queue
from domains.kernel.outages import is_lost, outage
from domains.providers.figures import health_report
from domains.providers.words import Breaker
from domains.transactions.figures import open_cases, transactions_by_state

log = logging.getLogger("banking_project.database_figures")

LOCK = "banking.database_figures"
STATEMENT_TIMEOUT_MS = 2_000
BREAKERS = {Breaker.CLOSED.value: 0, Breaker.HALF_OPEN.value: 1, Breaker.OPEN.value: 2}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a moment; `is_sum`: it only grows, until the database's statistics begin anew."""

    name: str
    description: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()
    is_sum: bool = False


def transactions() -> Iterator[Figure]:
    """Yield transactions by state."""
    for found in transactions_by_state():
        labels = (("state", found.state),)
        if found.is_open:
            yield Figure("banking_transactions_open", "Transactions that are not final.", found.count, labels)
            description = "Age of the oldest transaction in an open state."
            yield Figure("banking_transactions_oldest_seconds", description, found.oldest_s, labels)
        else:
            description = "Transactions of the last day that are final."
            yield Figure("banking_transactions_ended_last_day", description, found.count, labels)


def cases() -> Iterator[Figure]:
    """Yield what a person has to look after."""
    for found in open_cases():
        labels = (("kind", found.kind),)
        yield Figure("banking_cases_open", "Cases that are not closed.", found.count, labels)
        yield Figure("banking_cases_unowned", "Open cases that nobody took.", found.unowned, labels)
        yield Figure("banking_cases_late", "Cases that should be closed by now.", found.late, labels)


def jobs() -> Iterator[Figure]:
    """Yield the queue's depth and delay."""
    found = queue()
    for state, count in found.by_state.items():
        yield Figure("banking_jobs", "Jobs by state.", count, (("state", state),))
    description = "For how long the oldest job that is due has waited."
    yield Figure("banking_jobs_oldest_due_seconds", description, found.oldest_due_s)


def providers() -> Iterator[Figure]:
    """Yield how providers are doing, over the calls of the last minutes."""
    for found in health_report():
        labels = (("provider", found.code), ("capability", found.capability))
        yield Figure("banking_provider_enabled", "Whether a provider is turned on.", found.enabled, labels)
        description = "Whether a provider's breaker keeps calls away: 0 closed, 1 half open, 2 open."
        yield Figure("banking_provider_breaker", description, BREAKERS[found.breaker], labels)
        description = "Calls to a provider in the last 15 minutes."
        yield Figure("banking_provider_calls", description, found.calls, labels)
        if found.good_percent is not None:
            description = "Share of these calls that ended without a fault of the provider."
            yield Figure("banking_provider_good_ratio", description, found.good_percent / 100, labels)
        for quantile in (50, 95, 99):
            if (ms := getattr(found, f"latency_p{quantile}_ms")) is not None:
                description = "Time within which that share of these calls ended."
                of_these = (*labels, ("quantile", str(quantile / 100)))
                yield Figure("banking_provider_latency_seconds", description, ms / 1000, of_these)


def audit() -> Iterator[Figure]:
    """Yield how far the trail is sealed."""
    found = sealing_lag()
    description = "For how long the oldest row of the trail that is not sealed has waited."
    yield Figure("banking_audit_unsealed_oldest_seconds", description, found.oldest_s)
    yield Figure("banking_audit_unsealed_rows", "Rows that are not sealed, 10,000 at most.", found.rows)
    yield Figure("banking_audit_sealed_rows", "Rows of the trail that are sealed.", found.sealed)


def database() -> Iterator[Figure]:
    """Yield connections by state, their limit, the size of the database, and the rows that it has handled."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE wait_event WHEN 'ClientRead' THEN 'idle' ELSE 'active' END, count(*) "
            "FROM pg_stat_activity "
            "WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1"
        )
        for state, count in cursor.fetchall():
            description = "Connections to the database, by what they do."
            yield Figure("banking_database_connections", description, count, (("state", state),))
        cursor.execute("SELECT current_setting('max_connections')::int, pg_database_size(current_database())")
        most, size = cursor.fetchone()
        cursor.execute(
            "SELECT tup_fetched, tup_returned, tup_inserted + tup_updated + tup_deleted "
            "FROM pg_stat_database WHERE datname = current_database()"
        )
        for how, rows in zip(("fetched", "scanned", "written"), cursor.fetchone(), strict=True):
            description = "Rows that the database's statements have handled, by how."
            yield Figure("banking_database_rows", description, rows, (("how", how),), is_sum=True)
    yield Figure("banking_database_connections_max", "Connections that the server allows.", most)
    yield Figure("banking_database_size_bytes", "Size of the database.", size)


Ask = Callable[[], Iterator[Figure]]
ASKED: list[Ask] = [transactions, cases, jobs, providers, audit, database]


class DatabaseFigures:
    """The figures of the last sample, as a collector of Prometheus."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.is_owner = self.is_up = False

    def sample(self) -> None:
        """Ask for every figure; one that can't be had is left out, and logged."""
        found: list[Figure] = []
        try:
            self._own()
            self.is_up = True
            for ask in ASKED:
                found += self._asked(ask)
            outage.note_answer()
        except Exception as error:
            self.is_owner = self.is_up = False
            connection.close()
            if not outage.explains(error):
                log.exception("The database's figures can't be had.")
        self.figures = found

    def _asked(self, ask: Ask) -> list[Figure]:
        try:
            return list(ask())
        except Exception as error:
            if is_lost(error):
                raise
            log.exception("The figures of %s can't be had.", ask.__name__)
            return []

    def _own(self) -> None:
        """Hold the lock if nobody else does; it goes with the connection."""
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
            if not self.is_owner:
                cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [LOCK])
                (self.is_owner,) = cursor.fetchone()

    def collect(self) -> Iterable[Metric]:
        """Return what this monitor owns, and whether the database answers it."""
        up = GaugeMetricFamily("banking_database_up", "Whether the database answered the last sample.")
        up.add_metric([], float(self.is_up))
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {"": up}
        for figure in self.figures if self.is_owner else ():
            names = [name for name, _ in figure.labels]
            family = families.get(figure.name)
            if family is None:
                kind = CounterMetricFamily if figure.is_sum else GaugeMetricFamily
                family = kind(figure.name, figure.description, labels=names)
                families[figure.name] = family
            family.add_metric([value for _, value in figure.labels], figure.value)
        return list(families.values())
