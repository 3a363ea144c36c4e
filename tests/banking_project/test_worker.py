"""The worker: duties go on whatever happens to them, and end when they are told to."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psycopg2
import pytest
from django.db import OperationalError, connection

from banking_project import worker as worker_module
from banking_project.worker import DUTIES, Duty, Worker
from domains.kernel.outages import Outage
from tests.conftest import BASE_DIR, database_url
from tests.waiting import until


def run_until(condition: Callable[[], bool], *duties: Duty, within_s: float = 60.0) -> None:
    """Run duties until a condition holds; every one of them must end when it is told to."""
    worker = Worker(duties)
    worker.start()
    try:
        until(condition, within_s=within_s)
    finally:
        worker.stop()
        assert worker.join(timeout_s=60) == []


def test_what_may_have_more_is_done_again_at_once_and_rests_otherwise() -> None:
    pieces: list[float] = []

    def work() -> bool:
        pieces.append(time.monotonic())
        return len(pieces) < 100

    run_until(lambda: len(pieces) >= 100, Duty("busy", work, pause_s=60))
    assert len(pieces) == 100
    assert pieces[-1] - pieces[0] < 60


def test_a_duty_that_fails_is_tried_again_and_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker_module, "FAILED_PAUSE_S", 0.01)
    failures, others = [], []

    def fails() -> bool:
        failures.append(1)
        raise ValueError("a secret that stays out of the log's message")

    def works() -> bool:
        others.append(1)
        return False

    run_until(
        lambda: len(failures) >= 4 and len(others) >= 4, Duty("bad", fails, 0.01), Duty("good", works, 0.01)
    )
    assert "The duty bad failed." in caplog.messages
    assert not any("secret" in message for message in caplog.messages)


def test_a_lost_database_is_told_once_for_all_duties_and_so_is_its_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker_module, "FAILED_PAUSE_S", 0.01)
    monkeypatch.setattr(worker_module, "outage", Outage())
    tried = {f"duty {number}": 0 for number in range(5)}
    is_over = threading.Event()

    def work() -> bool:
        tried[threading.current_thread().name] += 1
        if not is_over.is_set():
            raise OperationalError("server closed the connection unexpectedly")
        return False

    def lines() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]

    def told() -> bool:
        if min(tried.values()) > 4:
            is_over.set()
        return len(lines()) > 1

    run_until(told, *(Duty(name, work, 0.01) for name in tried))
    gone, back = lines()
    assert "does not answer (OperationalError)" in gone
    assert back.endswith(" answers again.")


def test_pauses_after_failures_grow_and_are_bounded() -> None:
    assert 0.25 <= worker_module._backoff_s(1) <= 0.5
    assert all(15 <= worker_module._backoff_s(number) <= 30 for number in (8, 20, 900))


def test_a_duty_goes_on_when_its_connection_was_ended(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart of the database: each piece gets a connection that works."""
    monkeypatch.setattr(worker_module, "FAILED_PAUSE_S", 0.01)
    backends: list[int] = []
    ended = threading.Event()

    def work() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backends.append(cursor.fetchone()[0])
        if len(backends) == 3:
            ended.set()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return False

    run_until(lambda: len(backends) >= 6, Duty("steady", work, pause_s=0.01))
    assert ended.is_set()
    assert len(set(backends)) == 2


def test_duties_have_names_of_their_own_and_rest_between() -> None:
    assert len({duty.name for duty in DUTIES}) == len(DUTIES)
    assert all(duty.pause_s > 0 for duty in DUTIES)


def worker_process(database: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", "worker"],
        cwd=BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url(database, "banking_app"), **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def partitions(database: str) -> int:
    with psycopg2.connect(database_url(database, "banking_owner")) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_partition_tree('audit_auditlog') WHERE isleaf")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_command_does_its_duties_and_ends_when_told(
    own_database: str, ending: signal.Signals, tmp_path: object
) -> None:
    """A month that is missing is made; then the process ends with status 0 and has nothing to say."""
    with psycopg2.connect(database_url(own_database, "banking_owner")) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT relid::text FROM pg_partition_tree('audit_auditlog') WHERE isleaf ORDER BY 1")
        *_, last, _default = (name for (name,) in cursor.fetchall())
        cursor.execute(f"DROP TABLE {last}")
    before = partitions(own_database)
    process = worker_process(own_database, BANKING_LOG_DIR=str(tmp_path))
    try:
        until(lambda: partitions(own_database) == before + 1, within_s=30)
        process.send_signal(ending)
        _, told = process.communicate(timeout=20)
        assert (process.returncode, told) == (0, "")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("told", ["many", "0", "-1", "33", ""])
def test_a_number_of_jobs_that_can_not_be_is_told_in_a_sentence(told: str) -> None:
    command = [sys.executable, "-W", "ignore", "manage.py", "worker"]
    environment = os.environ | {"JOBS_AT_ONCE": told}
    ended = subprocess.run(
        command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines() == ["JOBS_AT_ONCE must be a whole number from 1 to 32."]
