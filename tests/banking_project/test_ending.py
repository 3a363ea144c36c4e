"""However often a process is told to end, and whatever it is doing then, it ends once and in order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import BASE_DIR, database_url, free_port

# The signal comes while the main thread holds what ending needs; a handler that did the work would wait for ever.
HELD = """
import os, signal, threading
from banking_project.ending import when_told_to_end
lock, ended, calls = threading.Lock(), threading.Event(), []
def end():
    with lock:
        calls.append(threading.current_thread().name)
    os.kill(os.getpid(), signal.SIGINT)
    ended.set()
when_told_to_end(end)
with lock:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)
ended.wait()
print(calls)
"""


def test_a_signal_may_come_at_any_moment_and_more_than_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELD], cwd=BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "['ending']\n", "")


@pytest.mark.parametrize("command", ["feed", "sandbox"])
def test_a_server_that_is_told_by_its_group_and_by_its_parent_ends(
    command: str, own_database: str, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", command, "--port", str(free_port())],
        cwd=BASE_DIR,
        env=os.environ
        | {"DATABASE_URL": database_url(own_database, "banking_app"), "BANKING_LOG_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert "http://127.0.0.1:" in process.stdout.readline()
        for _ in range(100):
            os.killpg(process.pid, signal.SIGTERM)
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.communicate()
