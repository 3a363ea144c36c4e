"""The database's outages: a line when it is gone, and one when it is back, of all processes together.

Whoever meets an error asks whether an outage explains it, or a statement failed. An outage is no fault of ours: it
is told without a traceback, and so is the first success after it. Processes that were forked from one another tell
it once: the flag is the length of a file without a name, which is locked for the moment.
"""

import fcntl
import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.db import InterfaceError, OperationalError, connections

log = logging.getLogger("domains.kernel.outages")

LOST = (psycopg2.OperationalError, psycopg2.InterfaceError, OperationalError, InterfaceError)
GONE = ("57P", "08")  # PostgreSQL's classes of codes: it is shut down, or starts; the connection failed
PORT = 5432  # libpq's default


class Outage:
    """Whether the database is gone, as far as these processes know."""

    def __init__(self) -> None:
        self.is_noted = False  # by this process, which has not seen it answer since
        self._shared = _nameless_file()
        self._lock = threading.Lock()

    def explains(self, error: BaseException) -> bool:
        """Tell whether the database is gone, as opposed to a statement that failed on it; note it if it is."""
        if not is_lost(error):
            return False
        self.note_lost(error)
        return True

    def note_lost(self, error: BaseException) -> None:
        """Tell that the database is gone, unless it has been told."""
        self.is_noted = True
        with self._flag() as was_told:
            if not was_told:
                log.warning(
                    "The database %s does not answer (%s): what needs it waits or is refused.",
                    place("default"),
                    code(error),
                )
            self._set(1)

    def note_answer(self) -> None:
        """Tell that the database answers again, if it was gone; cheap where it was not."""
        if not self.is_noted:
            return
        self.is_noted = False
        with self._flag() as was_told:
            if was_told:
                log.warning("The database %s answers again.", place("default"))
            self._set(0)

    def _set(self, length: int) -> None:
        os.ftruncate(self._shared, length)

    @contextmanager
    def _flag(self) -> Iterator[bool]:
        """Hold the flag and say whether it is set. The kernel lets go of it for a process that dies."""
        with self._lock:
            fcntl.lockf(self._shared, fcntl.LOCK_EX)
            try:
                yield os.fstat(self._shared).st_size > 0
            finally:
                fcntl.lockf(self._shared, fcntl.LOCK_UN)


def _nameless_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("outage")
    number, path = tempfile.mkstemp()
    os.unlink(path)
    return number


outage = Outage()


def is_lost(error: BaseException) -> bool:
    """Tell whether the database is gone, as opposed to a statement that failed on it."""
    cause = error if isinstance(error, psycopg2.Error) else error.__cause__  # Django's errors wrap psycopg2's
    if not isinstance(error, LOST):
        return False
    found = getattr(cause, "pgcode", None)
    return found is None or found.startswith(GONE)


def code(error: BaseException) -> str:
    """Return PostgreSQL's code of an error, or its type: what may be logged of it."""
    cause = error if isinstance(error, psycopg2.Error) else error.__cause__
    return getattr(cause, "pgcode", None) or type(error).__name__


def place(alias: str) -> str:
    """Return which database is meant, and where: its name, host and port; never a password."""
    address = connections[alias].settings_dict
    name, host = address["NAME"], str(address["HOST"] or "")
    if not host or host.startswith("/"):
        return f"{name} at the socket in {host or 'its usual place'}"
    return f"{name} at {host}, port {address['PORT'] or PORT}"
