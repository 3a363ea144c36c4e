"""The log's file: several processes append to it, any of them rotates it, and no line is lost.

A line, or many, is one write to a file opened for appending, so lines of several processes never mix. Whoever
finds the file too long renames it under a lock; the others notice within CHECKED_EVERY_S and meanwhile write
into the renamed file, which is kept. A program such as logrotate may rename it as well.
"""

import fcntl
import logging
import os
import time

CHECKED_EVERY_S = 1.0


class LineFile(logging.Handler):
    """Appends lines to a file; at `bytes_max` it is renamed to `.1`, `.1` to `.2`, … and `kept` of them stay."""

    def __init__(self, filename: str, *, bytes_max: int, kept: int) -> None:
        super().__init__()
        self.filename, self.bytes_max, self.kept = filename, bytes_max, kept
        self._descriptor, self._checked_at = -1, 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record."""
        try:
            self._write(self.format(record) + "\n")
        except OSError:
            self.handleError(record)

    def append(self, lines: str) -> None:
        """Write lines that are ready. Raises OSError."""
        self.acquire()
        try:
            self._write(lines)
        finally:
            self.release()

    def _write(self, lines: str) -> None:
        data = lines.encode("utf-8", "backslashreplace")
        written = os.write(self._file(), data)
        if written < len(data):  # a full disk, which may have room again
            os.write(self._descriptor, data[written:])

    def _file(self) -> int:
        now = time.monotonic()
        if self._descriptor >= 0 and now - self._checked_at < CHECKED_EVERY_S:
            return self._descriptor
        self._checked_at = now
        if self._descriptor >= 0 and self._is_current():
            if os.fstat(self._descriptor).st_size < self.bytes_max:
                return self._descriptor
            self._rotate()
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = os.open(self.filename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        return self._descriptor

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(os.stat(self.filename), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        """Move the file and its predecessors on by one, unless another process has just done so."""
        lock = os.open(f"{self.filename}.lock", os.O_WRONLY | os.O_CREAT, 0o640)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._is_current():
                return
            for number in range(self.kept - 1, 0, -1):
                if os.path.exists(f"{self.filename}.{number}"):
                    os.replace(f"{self.filename}.{number}", f"{self.filename}.{number + 1}")
            os.replace(self.filename, f"{self.filename}.1")
        finally:
            os.close(lock)
