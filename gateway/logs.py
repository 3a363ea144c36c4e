"""Logs: one JSON object a line, with the correlation id; readable text on a terminal.

A line says what happened and to which request, never what was asked for: no values, no literals, no documents,
and of an unexpected error the place, not its words.
"""

import datetime
import json
import logging
import logging.config
import os
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2

from gateway.record import RequestRecord

OURS = ("domains.", "gateway.", "schema.", "banking_project.")

access = logging.getLogger("gateway.access")


class Discreet(logging.Formatter):
    """Writes an error as types and lines of code: the message of one that is not ours may quote a value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, whatever another formatter has left in the record."""
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: Any) -> str:
        """Return the error and what caused it, innermost first."""
        return "\n".join(_told(ei[1]))


def _told(error: BaseException | None) -> Iterator[str]:
    if error is None:
        return
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    yield from _told(cause)
    yield "Traceback:" if cause is None else "which led to:"
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__}{_message(error)}"


def _message(error: BaseException) -> str:
    """Return what is no one's secret in an error: PostgreSQL would quote the row, Python the value."""
    if isinstance(error, psycopg2.Error):
        named = (error.pgcode, error.diag.constraint_name, error.diag.table_name)
        return f": {' '.join(filter(None, named)) or 'not from the server'}"
    if isinstance(error, OSError) and error.strerror:
        return f": {error.strerror}"
    return f": {error}" if type(error).__module__.startswith(OURS) else ""


class JsonLines(Discreet):
    """Writes a log record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; fields of the request come from `extra={"fields": …}`."""
        line: dict[str, Any] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class LineFile(logging.Handler):
    """Appends each line with one write, so that lines of several processes never mix.

    A file that was rotated away is noticed within a second and opened anew.
    """

    def __init__(self, filename: str) -> None:
        super().__init__()
        self.filename = filename
        self._descriptor, self._checked_at = -1, 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record."""
        try:
            os.write(self._file(), (self.format(record) + "\n").encode("utf-8", "backslashreplace"))
        except OSError:
            self.handleError(record)

    def _file(self) -> int:
        now = time.monotonic()
        if self._descriptor >= 0 and now - self._checked_at < 1.0:
            return self._descriptor
        self._checked_at = now
        if self._descriptor >= 0 and not self._rotated():
            return self._descriptor
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = os.open(self.filename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        return self._descriptor

    def _rotated(self) -> bool:
        try:
            return not os.path.samestat(os.stat(self.filename), os.fstat(self._descriptor))
        except FileNotFoundError:
            return True


def configure(options: dict[str, Any]) -> None:
    """Configure logging (Django's LOGGING_CONFIG): JSON lines to a file, warnings to the terminal."""
    directory = Path(options["directory"])
    directory.mkdir(parents=True, exist_ok=True)
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {"()": JsonLines},
                "text": {"()": Discreet, "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
            },
            "handlers": {
                "file": {
                    "()": LineFile,
                    "filename": str(directory / "banking_middleware.log"),
                    "formatter": "json",
                },
                "terminal": {"class": "logging.StreamHandler", "formatter": "text", "level": "WARNING"},
            },
            "root": {"level": "INFO", "handlers": ["file", "terminal"]},
        }
    )


def write(record: RequestRecord) -> None:
    """Write the line of a request that has ended."""
    if not access.isEnabledFor(logging.INFO):
        return
    message = f"{record.operation_type or 'request'} {record.code}"
    # Made by hand: looking up the caller, which is always this line, would take a third of the time.
    line = logging.LogRecord(access.name, logging.INFO, __file__, 0, message, None, None)
    line.fields = {
        "correlation_id": record.correlation_id,
        "trace_id": record.trace_id,
        "operation": record.operation_name,
        "document_id": record.document_id,
        "viewer_kind": record.viewer_kind,
        "cost": record.cost,
        "status": record.status,
        "ms": round(record.seconds * 1000, 3),
        "steps_ms": {step.name: (step.ended_ns - step.started_ns) // 1000 / 1000 for step in record.steps},
    }
    access.handle(line)
