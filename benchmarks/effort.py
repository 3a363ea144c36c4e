"""What an answer costs in time of the processors: the contestant's processes and its database sessions.

Requests per second fall when anything else runs on the machine; this hardly does, so it tells who is faster where
nobody can have the machine alone. Linux only (`/proc`); sessions are known by their application name.
"""

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.book import Book

SAMPLED_EVERY_S = 0.5
TICKS = os.sysconf("SC_CLK_TCK")


class Effort:
    """Sums the processors' time of a contestant while it is entered; read `seconds` afterwards."""

    def __init__(self, book: Book, *, session: int, application: str) -> None:
        self.book, self.session, self.application = book, session, application
        self.seconds = 0.0
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample_until_ended, daemon=True)

    def __enter__(self) -> Self:
        self._sample()
        self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._sampler.join()
        self._sample()
        self.seconds = sum(last - self._first[pid] for pid, last in self._last.items())

    def _sample_until_ended(self) -> None:
        while not self._ended.wait(SAMPLED_EVERY_S):
            self._sample()

    def _sample(self) -> None:
        new = not self._last  # a process that starts later has spent nothing before
        for pid in self._processes():
            used = _used_s(pid)
            if used is not None:
                self._first.setdefault(pid, used if new else 0.0)
                self._last[pid] = used

    def _processes(self) -> list[int]:
        own = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        rows = self.book.ask(
            f"SELECT pid FROM pg_stat_activity WHERE application_name = '{self.application}'"
        )
        return [pid for pid in own if _session_of(pid) == self.session] + [int(str(pid)) for (pid,) in rows]


def _fields(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _session_of(pid: int) -> int | None:
    fields = _fields(pid)
    return int(fields[3]) if fields else None


def _used_s(pid: int) -> float | None:
    """Return the time that a process has used so far, in user and kernel mode."""
    fields = _fields(pid)
    return sum(int(field) for field in fields[11:13]) / TICKS if fields else None
