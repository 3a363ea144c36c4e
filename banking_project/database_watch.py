"""Starts the embedded PostgreSQL again when it has died while it is used, as a supervisor does with a server.

A process of its own starts it: whoever looks after others never waits for it, and keeps its own environment.
"""

import logging
import subprocess
import sys

from banking_project import embedded_postgres, old_server

log = logging.getLogger("banking_project.database_watch")

START = [
    sys.executable,
    *("-W", "ignore", "-c"),
    "from banking_project.embedded_postgres import ensure_running; ensure_running()",
]
ENDED_WITHIN_S = 40.0


class DatabaseWatch:
    """Looks after the embedded server, if it is the one in use."""

    def __init__(self) -> None:
        self._starting: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Let the server be started when it is gone; called again, try again once that has ended."""
        if not embedded_postgres.in_use() or (self._starting is not None and self._starting.poll() is None):
            return
        if not old_server.is_served(embedded_postgres.DATA_DIR):
            log.warning("The embedded PostgreSQL is gone, and is started again.")
            self._starting = subprocess.Popen(START, cwd=embedded_postgres.BASE_DIR)  # noqa: S603 - a line of ours

    def end(self) -> None:
        """Wait for a start that is under way, so that whoever stops the server finds it."""
        if self._starting is None:
            return
        try:
            self._starting.wait(timeout=ENDED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._starting.kill()
            self._starting.wait()
