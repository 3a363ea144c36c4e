"""A database server that was killed comes back by itself, however long its processes stay."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from banking_project import embedded_postgres, old_server
from tests.conftest import BASE_DIR

SERVER = "from banking_project import embedded_postgres as server; server."


def server(environment: dict[str, str], done: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{SERVER}{done}"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[tuple[dict[str, str], Path, psutil.Process]]:
    """Kill a server of the test's own whose backend is stopped, so that it can't notice."""
    environment = {**os.environ, "BANKING_VAR": str(tmp_path)}
    environment.pop("DATABASE_URL", None)
    directory = tmp_path / "postgres"
    assert server(environment, "ensure_running()").returncode == 0
    connection = psycopg2.connect(host=str(directory), user="banking_app", dbname="banking")
    backend = psutil.Process(connection.info.backend_pid)
    backend.suspend()
    os.kill(int((directory / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    try:
        yield environment, directory, backend
    finally:
        if backend.is_running():
            backend.kill()
        connection.close()
        server(environment, "ensure_running()")
        server(environment, "stop()")


def test_to_stop_where_none_was_started_starts_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make clean` in a fresh checkout makes no database to be removed."""
    monkeypatch.setattr(embedded_postgres, "DATA_DIR", tmp_path / "var" / "postgres")
    embedded_postgres.stop()
    assert list(tmp_path.iterdir()) == []


def test_the_new_server_waits_for_the_old_ones_processes_and_says_so(
    killed: tuple[dict[str, str], Path, psutil.Process],
) -> None:
    environment, directory, backend = killed
    starting = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", f"{SERVER}ensure_running()"],
        cwd=BASE_DIR,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert starting.stderr is not None
    told = starting.stderr.readline()  # it says so as long as the backend can't notice
    assert "waiting for its processes to leave" in told
    assert str(backend.pid) in told
    backend.resume()
    _, errors = starting.communicate(timeout=200)
    assert starting.returncode == 0, errors
    psycopg2.connect(host=str(directory), user="banking_app", dbname="banking").close()


def test_processes_that_stay_are_named(killed: tuple[dict[str, str], Path, psutil.Process]) -> None:
    _, directory, backend = killed
    with pytest.raises(TimeoutError, match=str(backend.pid)):
        old_server.wait_until_gone(directory, within_s=2)


def test_a_lock_file_that_names_somebody_elses_process_is_taken_away(
    killed: tuple[dict[str, str], Path, psutil.Process],
) -> None:
    """After a restart of the machine the number is another program's: here it is this one's."""
    environment, directory, backend = killed
    backend.kill()
    old_server.wait_until_gone(directory)
    lines = (directory / "postmaster.pid").read_text().splitlines()
    (directory / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    done = server(environment, "ensure_running()")
    assert done.returncode == 0, done.stderr
    psycopg2.connect(host=str(directory), user="banking_app", dbname="banking").close()
