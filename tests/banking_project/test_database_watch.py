"""The embedded server that dies while it is used is started again by who looks after it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from banking_project import embedded_postgres, old_server
from banking_project.database_watch import DatabaseWatch
from tests.conftest import BASE_DIR
from tests.waiting import until

SERVER = "from banking_project import embedded_postgres as server; server."


def answers(directory: Path) -> bool:
    try:
        psycopg2.connect(host=str(directory), user="banking_app", dbname="banking").close()
    except psycopg2.OperationalError:
        return False
    return True


def number_of(directory: Path) -> int:
    return int((directory / "postmaster.pid").read_text().split()[0])


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Start a server of the test's own, which this process takes for the one in use."""
    monkeypatch.setenv("BANKING_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(embedded_postgres, "DATA_DIR", tmp_path / "postgres")
    command = [sys.executable, "-W", "ignore", "-c"]
    subprocess.run([*command, f"{SERVER}ensure_running()"], cwd=BASE_DIR, check=True, timeout=200)
    yield tmp_path / "postgres"
    subprocess.run([*command, f"{SERVER}stop()"], cwd=BASE_DIR, check=True, timeout=200)


def test_a_killed_server_comes_back_and_one_that_lives_is_left_alone(directory: Path) -> None:
    watch, first = DatabaseWatch(), number_of(directory)
    watch.look()
    assert watch._starting is None
    os.kill(first, signal.SIGKILL)
    until(lambda: not old_server.is_served(directory))
    until(lambda: watch.look() or answers(directory), within_s=200, every_s=0.2)
    watch.end()
    assert number_of(directory) != first
    assert old_server.is_served(directory)


def test_another_database_is_none_of_its_business(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://nobody@nowhere/nothing")
    monkeypatch.setattr(embedded_postgres, "DATA_DIR", tmp_path / "missing")
    watch = DatabaseWatch()
    watch.look()
    assert watch._starting is None
    watch.end()
