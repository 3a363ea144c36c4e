"""What is told of a request when it has ended: its line in the log, its figures, its spans.

In a worker of gunicorn a thread of its own does this for many requests at once, a moment later: the request
itself pays for one append. Everywhere else (commands, tests) it is done at once.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from django.conf import settings

from gateway import logs, metrics, recent, tallies, tracing
from gateway.alike import Alike, sorted_out
from gateway.record import RequestRecord

log = logging.getLogger("gateway.afterwards")

EVERY_S = 0.5  # waking up costs a tenth of a millisecond, whatever there is to tell
AT_ONCE_MAX = 100  # records: some two milliseconds, in which no request runs (Python's lock)
WAITING_MAX = 20_000  # records; more than any worker answers before the thread runs again

Sink = Callable[[Sequence[Alike]], None]
SINKS: dict[str, Sink] = {
    "logs": logs.write,
    "metrics": tallies.observe,
    "recent": recent.remember,
    "traces": tracing.export,
}


class Afterwards:
    """Takes the records of requests that have ended."""

    def __init__(self) -> None:
        self._waiting: deque[RequestRecord] = deque(maxlen=WAITING_MAX)
        self._thread: threading.Thread | None = None
        self._ended, self._telling = threading.Event(), threading.Lock()

    def take(self, record: RequestRecord) -> None:
        """Tell of a request: now, or in a moment where a thread does it."""
        self._waiting.append(record)
        if self._thread is None:
            self.flush()

    def defer(self) -> None:
        """Let a thread of this process do it from now on; after a fork, not before."""
        self._ended.clear()
        self._thread = threading.Thread(target=self._tell_until_ended, name="afterwards", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Tell what is left, and let the thread end."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None
        self.flush()

    def flush(self) -> None:
        """Tell of all that waits; what one kind of telling fails at is no matter of the others."""
        with self._telling:
            while number := min(len(self._waiting), AT_ONCE_MAX):
                _tell([self._waiting.popleft() for _ in range(number)])

    def _tell_until_ended(self) -> None:
        while not self._ended.wait(EVERY_S):
            self.flush()


def _tell(records: Sequence[RequestRecord]) -> None:
    sinks = [(name, sink) for name, sink in SINKS.items() if name in settings.OBSERVED]
    if not sinks:
        return
    began = time.thread_time()
    alike = sorted_out(records)
    metrics.telling.labels("sorting").inc(time.thread_time() - began)
    for name, sink in sinks:
        began = time.thread_time()
        try:
            sink(alike)
        except Exception:
            log.exception("The %s of %d requests could not be told.", name, len(records))
        metrics.telling.labels(name).inc(time.thread_time() - began)


afterwards = Afterwards()
