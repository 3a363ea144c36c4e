"""Jobs outlive the worker that does them and the database that holds them, without a person."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg2
import pytest

from tests import waiting
from tests.conftest import BASE_DIR, database_url

ENQUEUE = """
INSERT INTO jobs_job (id, kind, key, payload, state, due_at, attempt, tries, failure, created_at, updated_at)
VALUES (gen_random_uuid(), 'slow', %s, '{}', 'WAITING', now(), 0, 0, '', now(), now())
"""
START = "from banking_project import embedded_postgres as server; server.ensure_running()"
until = partial(waiting.until, within_s=120.0)  # a killed database mends itself first
STOP = "from banking_project import embedded_postgres as server; server.stop()"


def lines(told: Path) -> list[list[str]]:
    return [line.split() for line in told.read_text().splitlines()] if told.exists() else []


def start_worker(environment: dict[str, str], told: Path, takes_s: float) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.domains.jobs.slow_worker",
        str(told),
        str(takes_s),
    ]
    return subprocess.Popen(command, cwd=BASE_DIR, env=environment, stderr=subprocess.DEVNULL)


def test_a_job_of_a_killed_worker_is_done_by_the_next(own_database: str, tmp_path: Path) -> None:
    """SIGKILL in the middle: the lease runs out, the job is begun a second time, and it is ended once."""
    told, url = tmp_path / "told", database_url(own_database, "banking_app")
    environment = {**os.environ, "DATABASE_URL": url}
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(ENQUEUE, ["one"])
    first = start_worker(environment, told, takes_s=60)
    until(lambda: len(lines(told)) == 1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = start_worker(environment, told, takes_s=0)
    try:
        until(lambda: len(lines(told)) == 3)
        until(lambda: _jobs(url) == 0)
    finally:
        second.kill()
        second.wait()
    began, again, ended = lines(told)
    assert (began[:3], again[:3], ended[:3]) == (
        ["began", "one", "1"],
        ["began", "one", "2"],
        ["ended", "one", "2"],
    )
    assert began[3] == str(first.pid) != again[3] == str(second.pid)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Run a database server of the test's own, which it may kill."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE")}
    environment |= {"BANKING_VAR": str(tmp_path / "var"), "BANKING_LOG_DIR": str(tmp_path / "logs")}
    python(environment, "-W", "ignore", "manage.py", "migrate", "-v0")
    yield environment
    python(environment, "-c", STOP)


def python(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(
        [sys.executable, *arguments], cwd=BASE_DIR, env=environment, check=True, capture_output=True
    )


def test_a_worker_goes_on_when_the_database_was_killed(own_server: dict[str, str], tmp_path: Path) -> None:
    """SIGKILL of the server while a job runs: the same worker does that job and the next one."""
    told, directory = tmp_path / "told", tmp_path / "var" / "postgres"
    place = {"host": str(directory), "user": "banking_app", "dbname": "banking"}
    with psycopg2.connect(**place) as connection, connection.cursor() as cursor:
        cursor.execute(ENQUEUE, ["before"])
    worker = start_worker(own_server, told, takes_s=1)
    try:
        until(lambda: len(lines(told)) == 1)
        os.kill(int((directory / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        python(own_server, "-c", START)
        with psycopg2.connect(**place) as connection, connection.cursor() as cursor:
            cursor.execute(ENQUEUE, ["after"])
        until(lambda: {"before", "after"} <= {line[1] for line in lines(told) if line[0] == "ended"})
        until(lambda: _jobs(**place) == 0)
        assert worker.poll() is None
        assert {line[3] for line in lines(told)} == {str(worker.pid)}
    finally:
        worker.kill()
        worker.wait()


def _jobs(*address: str, **place: str) -> int:
    connection = psycopg2.connect(*address, **place)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM jobs_job")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()
