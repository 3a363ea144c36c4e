"""`manage.py serve` that does not get to serving takes away what it started: no database stays behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from banking_project import old_server
from tests.conftest import BASE_DIR

STOP = "from banking_project import embedded_postgres as server; server.stop()"
PORTS = ("PORT", "METRICS_PORT", "FEED_PORT", "SANDBOX_PORT")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give an environment with a database of its own, and four ports that nobody has."""
    given = {**os.environ, "BANKING_VAR": str(tmp_path), "BANKING_LOG_DIR": str(tmp_path / "logs")}
    given.pop("DATABASE_URL", None)
    held = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    given |= {name: str(each.getsockname()[1]) for name, each in zip(PORTS, held, strict=True)}
    for each in held:
        each.close()
    yield given
    if old_server.processes(tmp_path / "postgres"):
        subprocess.run([sys.executable, "-W", "ignore", "-c", STOP], cwd=BASE_DIR, env=given, timeout=120)


def serve(environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", "serve"],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_taken_port(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        starting = serve(environment)
        said, _ = starting.communicate(timeout=300)
    assert starting.returncode == 1
    assert f"Port {environment['PORT']} can't be used" in said
    assert old_server.processes(tmp_path / "postgres") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_while_it_prepares(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    starting = serve(environment)
    assert starting.stdout is not None
    assert starting.stdout.readline().startswith("Migrating")
    assert old_server.processes(tmp_path / "postgres")
    starting.send_signal(number)
    starting.communicate(timeout=300)
    assert old_server.processes(tmp_path / "postgres") == []
