"""The processes that `manage.py serve` runs side by side: one that counts, and others as long as it runs."""

import logging
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

log = logging.getLogger("banking_project.processes")

LOOKED_AFTER_EVERY_S = 1.0
STOP_WITHIN_S = 40.0

CommandLine = Sequence[str]


class Processes:
    """A main process and others beside it; one of these that ends by itself is started again.

    `look` is called every LOOKED_AFTER_EVERY_S, for whatever else is looked after meanwhile; it may not wait.
    """

    def __init__(
        self,
        main: CommandLine,
        *,
        beside: Sequence[CommandLine],
        directory: Path,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        self.directory, self.look = directory, look
        self.stopping, self._lock = threading.Event(), threading.Lock()
        self._lines = (main, *beside)
        self.beside: list[tuple[CommandLine, subprocess.Popen[bytes]]] = []
        self.all: list[subprocess.Popen[bytes]] = []

    def run(self) -> int:
        """Start all, wait until the main process ends, stop the others, and return its exit status."""
        main_line, *others = self._lines
        main = self._started(main_line)
        self.beside = [(line, self._started(line)) for line in others]
        while True:
            try:
                code = main.wait(timeout=LOOKED_AFTER_EVERY_S)
                break
            except subprocess.TimeoutExpired:
                if not self.stopping.is_set():
                    self.look()
                    self.beside = [(line, self._running(line, process)) for line, process in self.beside]
        self.stop()
        for _, process in self.beside:
            _ended(process)
        return code

    def stop(self) -> None:
        """Tell every process to end, those included that are started at this moment."""
        with self._lock:
            self.stopping.set()
            for process in self.all:
                if process.poll() is None:
                    process.terminate()

    def _started(self, line: CommandLine) -> "subprocess.Popen[bytes]":
        with self._lock:
            process = subprocess.Popen(line, cwd=self.directory)  # noqa: S603 - lines of ours
            if self.stopping.is_set():
                process.terminate()
            self.all = [*(each for each in self.all if each.poll() is None), process]
        return process

    def _running(self, line: CommandLine, process: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
        if process.poll() is None:
            return process
        log.warning("%s ended with status %s and is started again.", " ".join(line[1:]), process.returncode)
        return self._started(line)


def _ended(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(timeout=STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
