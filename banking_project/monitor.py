"""What `manage.py monitor` does, a process of its own beside gunicorn's: it serves `/metrics` and samples the
machine.

It holds no request and outlives every worker: it sums up the files that workers of gunicorn and of jobs leave
in the directory that they share, merges those of the dead, samples processes and machine every SAMPLED_EVERY_S,
and asks the database for its figures (`banking_project.database_figures`).
"""

import json
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Metric, multiprocess, start_http_server

from banking_project.database_figures import DatabaseFigures
from banking_project.dead_files import merge_the_dead
from banking_project.resources import Resources
from banking_project.snapshot import SAMPLED_EVERY_S, SNAPSHOT_FILE, snapshot

log = logging.getLogger("banking_project.monitor")

HISTORY = 180  # samples: a quarter of an hour


class Summed:
    """Collects the figures of all processes, with the dead ones' files merged first."""

    def __init__(self, directory: Path) -> None:
        self.directory, self._lock = directory, threading.Lock()
        self._collector = multiprocess.MultiProcessCollector(None, path=str(directory))  # type: ignore[no-untyped-call]

    def collect(self) -> Iterable[Metric]:
        """Return every metric once."""
        with self._lock:
            merge_the_dead(self.directory)
            found: Iterable[Metric] = list(self._collector.collect())  # type: ignore[no-untyped-call]
            return found


class Monitor:
    """Samples until it is told to stop."""

    def __init__(self, *, directory: Path, parent: int) -> None:
        self.directory, self.parent = directory, parent
        self.stopping = threading.Event()
        self.summed, self.resources, self.database = Summed(directory), Resources(parent), DatabaseFigures()
        self.registry = CollectorRegistry()
        for collector in (self.summed, self.resources, self.database):
            self.registry.register(collector)
        self.history: deque[dict[str, Any]] = deque(maxlen=HISTORY)

    def serve(self, *, host: str, port: int) -> None:
        """Serve `/metrics` from a thread; say plainly when the port is taken, and go on."""
        try:
            start_http_server(port, addr=host, registry=self.registry)
        except OSError as error:
            log.warning("Metrics are not served: port %d: %s. Set METRICS_PORT.", port, error.strerror)

    def run(self) -> None:
        """Sample until told to stop, or until the process that is watched has ended."""
        due = time.monotonic()
        while not self.stopping.is_set() and os.getppid() == self.parent:
            try:
                self.sample()
            except Exception:
                log.exception("A sample could not be taken.")
            due += SAMPLED_EVERY_S
            self.stopping.wait(max(0.1, due - time.monotonic()))

    def sample(self) -> None:
        """Take one sample, and write the history for the gateways' dashboard."""
        self.resources.sample()
        self.database.sample()
        self.history.append(snapshot(self.registry, self.database.figures))
        part = self.directory / f"{SNAPSHOT_FILE}.part"
        part.write_text(json.dumps(list(self.history)))
        part.replace(self.directory / SNAPSHOT_FILE)
