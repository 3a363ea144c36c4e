"""The figures of all processes, on a port of their own: right across workers, living and dead."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from banking_project import database_figures, embedded_postgres
from banking_project.database_figures import DatabaseFigures
from banking_project.dead_files import merge_the_dead
from banking_project.monitor import Summed
from tests.conftest import BASE_DIR, RunningGateway
from tests.journeys.asking import asker
from tests.programs import program

COUNT = """
import os, sys
from prometheus_client import Counter, Gauge, Histogram
Counter("apples", "Apples.", ["kind"]).labels("red").inc(int(sys.argv[1]))
Histogram("weights", "Weights.", buckets=[1, 2]).observe(float(sys.argv[1]))
Gauge("hunger", "Hunger.", multiprocess_mode="livesum").set(5)
"""


def scrape(url: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    with urllib.request.urlopen(url, timeout=60) as response:
        text = response.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(url: str, name: str, **labels: str) -> float:
    return sum(
        value
        for (found, given), value in scrape(url).items()
        if found == name and labels.items() <= dict(given).items()
    )


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except OSError:  # the monitor starts a little after the gateway
            pass
        time.sleep(0.1)
    raise AssertionError("it did not come true within half a minute")


def test_requests_are_counted_once_whichever_worker_answers(
    running_gateway: RunningGateway, demo_token: Callable[[str], str]
) -> None:
    url, ask = running_gateway.metrics_url, asker(running_gateway.url)
    labels = {"operation": "CountedOnce", "operation_type": "query"}
    wait_for(lambda: total(url, "banking_database_up") == 1)
    for _ in range(40):
        ask("query CountedOnce { __typename }", bearer=demo_token("officer"))
    wait_for(lambda: total(url, "banking_request_seconds_count", **labels) >= 40)
    assert total(url, "banking_request_seconds_count", **labels) == 40
    assert total(url, "banking_request_seconds_bucket", le="+Inf", **labels) == 40
    assert total(url, "banking_requests_total", code="OK") >= 40


def test_figures_of_processes_machine_and_database_are_there(running_gateway: RunningGateway) -> None:
    url = running_gateway.metrics_url
    wait_for(lambda: total(url, "banking_process_resident_memory_bytes", process="gateway-2") > 10**7)
    found = {name for name, _ in scrape(url)}
    for name in (
        "banking_process_cpu_seconds_total",
        "banking_machine_memory_bytes",
        "banking_machine_cpu_ratio",
        "banking_transactions_open",
        "banking_transactions_oldest_seconds",
        "banking_cases_open",
        "banking_cases_late",
        "banking_jobs",
        "banking_jobs_oldest_due_seconds",
        "banking_database_connections",
        "banking_database_size_bytes",
        "banking_database_rows_total",
    ):
        assert name in found, name


def test_metrics_are_not_on_the_port_of_the_api(running_gateway: RunningGateway) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{running_gateway.url}/metrics", timeout=60)
    assert refused.value.code == 404
    refused.value.close()


def test_prometheus_itself_finds_nothing_to_mend_in_them(running_gateway: RunningGateway) -> None:
    command = program("promtool", package="prometheus")
    wait_for(lambda: total(running_gateway.metrics_url, "banking_database_up") == 1)
    with urllib.request.urlopen(running_gateway.metrics_url, timeout=60) as response:
        text = response.read()
    done = subprocess.run([command, "check", "metrics"], input=text, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def count(directory: Path, number: int) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(directory)}
    subprocess.run([sys.executable, "-c", COUNT, str(number)], env=environment, check=True, timeout=60)


def sums(directory: Path) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(Summed(directory))
    names = ("apples_total", "weights_sum", "weights_count", "hunger")
    red = {"apples_total": {"kind": "red"}}
    return {name: registry.get_sample_value(name, red.get(name, {})) or 0.0 for name in names}


def test_what_the_dead_counted_stays_in_one_file_of_each_kind(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        count(tmp_path, number)
    assert len(list(tmp_path.glob("*.db"))) == 9
    expected = {"apples_total": 6, "weights_sum": 6, "weights_count": 3, "hunger": 0}
    assert sums(tmp_path) == expected
    assert sorted(file.name for file in tmp_path.iterdir()) == ["counter_merged.db", "histogram_merged.db"]
    count(tmp_path, 4)
    assert sums(tmp_path) == {"apples_total": 10, "weights_sum": 10, "weights_count": 4, "hunger": 0}


def test_files_of_the_living_are_left_to_them(tmp_path: Path) -> None:
    count(tmp_path, 1)
    for file in tmp_path.glob("*.db"):
        kind, _, _ = file.stem.rpartition("_")
        file.rename(tmp_path / f"{kind}_{os.getpid()}.db")
    merge_the_dead(tmp_path)
    assert len(list(tmp_path.glob(f"*_{os.getpid()}.db"))) == 3


def test_one_monitor_owns_the_database_s_figures_until_it_is_gone(own_database: str) -> None:
    figures = DatabaseFigures()
    other = psycopg2.connect(
        host=embedded_postgres.socket_directory(), user="banking_app", dbname=own_database
    )
    other.autocommit = True
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [database_figures.LOCK])
        figures.sample()
        assert figures.figures, "for the dashboard it asks all the same"
        assert [metric.name for metric in figures.collect()] == ["banking_database_up"]
        cursor.execute("SELECT pg_advisory_unlock_all()")
        figures.sample()
        assert "banking_jobs" in {metric.name for metric in figures.collect()}
    other.close()


def test_a_database_that_is_away_is_told_and_asked_again(own_database: str) -> None:
    from tests.conftest import use_database

    figures = DatabaseFigures()
    use_database("no_such_database")
    figures.sample()
    (up,) = figures.collect()
    assert [sample.value for sample in up.samples] == [0.0]
    use_database(own_database)
    figures.sample()
    assert figures.is_up


def test_the_monitor_needs_a_directory_to_watch() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "monitor"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "PROMETHEUS_MULTIPROC_DIR" in done.stderr
