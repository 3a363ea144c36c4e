"""Connections to the database: opened at start, one for each request thread, neither more nor fewer under load."""

import os
import subprocess
import threading
import time
import urllib.request

import psycopg2
import pytest

from banking_project import embedded_postgres
from tests.banking_project.conftest import GUNICORN
from tests.conftest import BASE_DIR, RunningGateway, free_port, wait_until_served

NAME = "test-connections"


def sessions() -> list[int]:
    """Return the process ids of the gateway's sessions."""
    admin = psycopg2.connect(host=embedded_postgres.socket_directory(), user="postgres", dbname="postgres")
    with admin.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s ORDER BY pid", [NAME])
        found = [pid for (pid,) in cursor.fetchall()]
    admin.close()
    return found


def test_every_request_thread_opens_its_connection_at_start_and_keeps_it(
    running_gateway: RunningGateway,
) -> None:
    port = free_port()
    environment = running_gateway.environment | {
        "PORT": str(port),
        "METRICS_PORT": str(free_port()),
        "WEB_CONCURRENCY": "5",
        "THREADS": "2",
        "PGAPPNAME": NAME,
    }
    process = subprocess.Popen(GUNICORN, cwd=BASE_DIR, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while len(at_start := sessions()) < 10 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(at_start) == 10, "before any request"
        wait_until_served(url, process)
        asking = [threading.Thread(target=ask, args=[url]) for _ in range(20)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert sessions() == at_start
    finally:
        process.terminate()
        process.wait(timeout=60)
    assert sessions() == []


def ask(url: str) -> None:
    for _ in range(10):
        urllib.request.urlopen(f"{url}/readyz", timeout=30).close()


@pytest.mark.parametrize(("workers", "threads"), [("26", "2"), ("6", "9")])
def test_more_than_fifty_connections_are_refused_at_start(workers: str, threads: str) -> None:
    environment = {**os.environ, "WEB_CONCURRENCY": workers, "THREADS": threads, "PORT": str(free_port())}
    done = subprocess.run(GUNICORN, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert f"WEB_CONCURRENCY times THREADS is {int(workers) * int(threads)}" in done.stderr
