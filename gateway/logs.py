"""Logs: one JSON object a line, with the correlation id; readable text on a terminal.

A line says what happened and to which request, never what was asked for: no values, no literals, no documents.
"""

import datetime
import json
import logging
import logging.config
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
                    "class": "logging.handlers.WatchedFileHandler",
                    "filename": str(directory / "banking_middleware.log"),
                    "formatter": "json",
                    "delay": True,
                },
                "terminal": {"class": "logging.StreamHandler", "formatter": "text", "level": "WARNING"},
            },
            "root": {"level": "INFO", "handlers": ["file", "terminal"]},
        }
    )


def write(record: RequestRecord) -> None:
    """Write the line of a request that has ended."""
    access.info(
        "%s %s",
        record.operation_type or "request",
        record.code,
        extra={
            "fields": {
                "correlation_id": record.correlation_id,
                "trace_id": record.trace_id,
                "operation": record.operation_name,
                "document_id": record.document_id,
                "viewer_kind": record.viewer_kind,
                "status": record.status,
                "ms": round(record.seconds * 1000, 3),
                "steps_ms": {
                    step.name: round((step.ended_ns - step.started_ns) / 1e6, 3) for step in record.steps
                },
            }
        },
    )
