"""Processes that are started here, and stopped again whatever happens: even SIGKILL of this one ends them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.book import BASE_DIR
from benchmarks.contestants import Contestant

_LIBC = ctypes.CDLL(None)  # before the fork, which is no place to load anything
_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
START_S_MAX = 90
STOP_S_MAX = 10


class NotServed(Exception):
    """A contestant did not start."""


@contextlib.contextmanager
def serving(contestants: Sequence[Contestant]) -> Iterator[dict[str, int]]:
    """Start the contestants, each in a session of its own (given by name); stop all of them at the end."""
    running: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="benchmark-logs-") as logs:
        try:
            running += (_start(contestant, Path(logs)) for contestant in contestants)
            for contestant, process in zip(contestants, running, strict=True):
                _wait(contestant, process, Path(logs))
            yield {each.name: process.pid for each, process in zip(contestants, running, strict=True)}
        finally:
            for process in running:
                _signal(process, signal.SIGTERM)
            for process in running:
                _end(process)


def _start(contestant: Contestant, logs: Path) -> "subprocess.Popen[bytes]":
    with _log(contestant, logs).open("wb") as output:
        return subprocess.Popen(
            contestant.command,
            cwd=BASE_DIR / contestant.directory,
            env=contestant.environment
            | {"BANKING_LOG_DIR": str(logs / f"{contestant.port}"), "PGAPPNAME": contestant.application},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )


def end_with_parent() -> None:
    """Let the kernel (Linux) send SIGTERM to this process when the one that started it has ended, however."""
    if (prctl := getattr(_LIBC, "prctl", None)) is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _log(contestant: Contestant, logs: Path) -> Path:
    return logs / f"{contestant.port}.txt"


def _wait(contestant: Contestant, process: "subprocess.Popen[bytes]", logs: Path) -> None:
    deadline = time.monotonic() + START_S_MAX
    while time.monotonic() < deadline and process.poll() is None:
        request = urllib.request.Request(
            contestant.url, b'{"query":"{__typename}"}', {"Content-Type": "application/json"}
        )
        try:
            urllib.request.urlopen(request, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.1)
    said = _log(contestant, logs).read_text(errors="replace")[-2000:]
    raise NotServed(f"{contestant.name} did not start:\n{said}")


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(timeout=STOP_S_MAX)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()
