"""Logs: one JSON object a line, with the correlation id; readable text on a terminal.

A line says what happened and to which request, never what was asked for: no values, no literals, no documents,
no addresses, where a mobile number or a token may stand, and of an unexpected error the place, not its words.
How the file is written and rotated is `gateway.line_file`.
"""

import copy
import datetime
import json
import logging
import logging.config
import sys
import traceback
from collections.abc import Iterator, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from typing import Any

import psycopg2

from domains.kernel import trace
from gateway.alike import Alike
from gateway.line_file import LineFile
from gateway.operation_names import discreet
from gateway.record import RequestRecord

OURS = ("domains.", "gateway.", "schema.", "banking_project.")

access = logging.getLogger("gateway.access")


class Discreet(logging.Formatter):
    """Writes an error as types and lines of code: the message of one that is not ours may quote a value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, whatever another formatter has left in the record."""
        record.exc_text = None
        return super().format(_without_address(record))

    def formatException(self, ei: Any) -> str:
        """Return the error and what caused it, innermost first."""
        return "\n".join(_told(ei[1]))


def _without_address(record: logging.LogRecord) -> logging.LogRecord:
    """Return the record, or of Django's about an answer, which quote the address, one that names the route."""
    if (request := getattr(record, "request", None)) is None:
        return record
    route = getattr(getattr(request, "resolver_match", None), "route", None)
    told = copy.copy(record)
    told.msg = (
        f"{request.method} {route or 'an unknown address'}: {getattr(record, 'status_code', 'refused')}"
    )
    told.args = None
    return told


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out that Django answered 503: an outage is told once (`domains.kernel.outages`)."""
    return getattr(record, "status_code", 0) != 503


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


def _joined(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields of a line: its own, and the ids of the request or job that it belongs to."""
    fields: dict[str, Any] = getattr(record, "fields", {})
    if (place := trace.place()) is None:
        return fields
    return {"correlation_id": place.correlation_id, "trace_id": place.trace_id, **fields}


class JsonLines(Discreet):
    """Writes a log record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; fields of its own come from `extra={"fields": …}`."""
        line: dict[str, Any] = {
            "time": _time(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": _without_address(record).getMessage(),
            "process": record.process,
            **_joined(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class Readable(Discreet):
    """Writes a log record for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with its fields behind it."""
        fields = " ".join(f"{name}={value}" for name, value in _joined(record).items())
        return super().format(record) + (f"  [{fields}]" if fields else "")


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="microseconds")


def configure(options: dict[str, Any]) -> None:
    """Configure logging (Django's LOGGING_CONFIG): JSON lines to a file, readable text to the terminal."""
    directory = Path(options["directory"])
    directory.mkdir(parents=True, exist_ok=True)
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {"()": JsonLines},
                "text": {"()": Readable, "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
            },
            "handlers": {
                "file": {
                    "()": LineFile,
                    "filename": str(directory / "banking_middleware.log"),
                    "bytes_max": options["bytes_max"],
                    "kept": options["kept"],
                    "formatter": "json",
                },
                "terminal": {
                    "class": "logging.StreamHandler",
                    "formatter": "text",
                    "level": options["terminal_level"],
                },
            },
            "filters": {"answered": {"()": lambda: _is_news}},
            "loggers": {"django.request": {"filters": ["answered"]}},
            "root": {"level": options["level"], "handlers": ["file", "terminal"]},
        }
    )


def write(alike: Sequence[Alike]) -> None:
    """Write the lines of requests that have ended, in their order and all in one write."""
    if not access.isEnabledFor(logging.INFO):
        return
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LineFile):
            handler.append("".join(sorted(line for kind in alike for line in _lines(kind))))
        elif _is_terminal(handler) and handler.level <= logging.INFO:
            records = sorted((record for kind in alike for record in kind.records), key=_ended)
            sys.stderr.write("".join(map(_sentence, records)))


def _is_terminal(handler: logging.Handler) -> bool:
    return isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr


def _lines(alike: Alike) -> Iterator[str]:
    """Yield the line of each request. Made by hand: the library would take twenty times as long."""
    first, shown = alike.first, alike.steps_and_statements
    pattern = _pattern(
        first.operation_type or "request",
        first.operation_name,
        first.document_id,
        first.viewer_kind,
        first.code,
        first.status,
        alike.names[: alike.steps],
        len(first.statements),
    )
    for record, took in zip(alike.records, alike.took_ns, strict=True):
        second, nanoseconds = divmod(record.ended_ns, 1_000_000_000)
        place = record.place
        yield pattern % (
            _second(second),
            nanoseconds // 1000,
            quoted(place.correlation_id),
            place.trace_id,
            "null" if record.cost is None else record.cost,
            (record.ended_ns - record.started_ns) / 1e6,
            *[ns / 1e6 for ns in took[:shown]],
            record.answer_bytes,
        )


@lru_cache(maxsize=1_000)
def _pattern(
    kind: str,
    operation: str,
    document_id: str,
    viewer_kind: str,
    code: str,
    status: int,
    steps: tuple[str, ...],
    statements: int,
) -> str:
    """Return the line with places for what differs between requests of a kind."""
    asked = (
        f'"operation": {quoted(discreet(operation))}, "document_id": "{document_id}", '
        f'"viewer_kind": "{viewer_kind}"'
    )
    named = ", ".join(f'"{name}": %.3f' for name in steps)
    times = ", ".join(["%.3f"] * statements)
    return (
        '{"time": "%s.%06d+00:00", "level": "INFO", "logger": "gateway.access", '
        f'"message": "{kind} {code}", "correlation_id": %s, "trace_id": "%s", {asked.replace("%", "%%")}, '
        f'"cost": %s, "status": {status}, "ms": %.3f, "steps_ms": {{{named}}}, "statements_ms": [{times}], '
        '"bytes": %d}\n'
    )


@lru_cache(maxsize=10)
def _second(second: int) -> str:
    return datetime.datetime.fromtimestamp(second, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _ended(record: RequestRecord) -> int:
    return record.ended_ns


def _sentence(record: RequestRecord) -> str:
    name = f"{record.operation_type or 'request'} {discreet(record.operation_name)}".strip()
    return (
        f"{_time(record.ended_ns / 1e9)} {name}: {record.code} in {record.seconds * 1000:.1f} ms "
        f"[{record.correlation_id}]\n"
    )
