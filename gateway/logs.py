"""Logs: one JSON object a line, with the correlation id; readable text on a terminal.

A line says what happened and to which request, never what was asked for: no values, no literals, no documents.
"""

import datetime
import json
import logging
import logging.config
import os
import time
from pathlib import Path
from typing import Any

from gateway.record import RequestRecord

access = logging.getLogger("gateway.access")


class JsonLines(logging.Formatter):
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
                "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
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
        "status": record.status,
        "ms": round(record.seconds * 1000, 3),
        "steps_ms": {step.name: (step.ended_ns - step.started_ns) // 1000 / 1000 for step in record.steps},
    }
    access.handle(line)
