"""What logs keep of errors: where they happened and what kind they are, never the value that caused them."""

import json
import logging
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection, transaction

from domains.customers.models import Customer
from domains.kernel import trace
from domains.kernel.violations import ConstraintBroken
from gateway import logs
from gateway.alike import sorted_out
from gateway.line_file import LineFile
from gateway.logs import Discreet, JsonLines
from gateway.record import RequestRecord

SECRET = "AAPPV8261K"


def logged(formatter: logging.Formatter) -> str:
    """Return what is written of the error at hand."""
    record = logging.LogRecord("test", logging.ERROR, "", 0, "It failed.", None, sys.exc_info())
    logging.Formatter().format(record)  # leaves the traceback as Python prints it in the record
    assert SECRET in str(record.exc_text)
    return formatter.format(record)


@pytest.fixture(params=[JsonLines(), Discreet()], ids=["file", "terminal"])
def formatter(request: pytest.FixtureRequest) -> logging.Formatter:
    formatter: logging.Formatter = request.param
    return formatter


@pytest.mark.parametrize(
    "statement", ["SELECT CAST(%s AS int)", "SELECT CAST(%s AS uuid)", "SELECT %s FROM nowhere"]
)
def test_what_the_database_quotes_is_not_written(
    db: None, formatter: logging.Formatter, statement: str
) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [SECRET])
    except Exception:
        line = logged(formatter)
    assert SECRET not in line
    assert "psycopg2.errors." in line
    assert any(code in line for code in ("22P02", "42P01"))


def test_a_row_that_broke_a_constraint_is_not_written_but_the_constraint_is(
    db: None, formatter: logging.Formatter
) -> None:
    try:
        with transaction.atomic():
            Customer.objects.create(full_name=SECRET, mobile="not a number")
    except Exception:
        line = logged(formatter)
    assert SECRET not in line
    assert "23514 customer_mobile_e164" in line


def test_a_value_that_python_quotes_is_not_written_nor_is_that_of_its_cause(
    formatter: logging.Formatter,
) -> None:
    try:
        try:
            int(SECRET)
        except ValueError as error:
            raise KeyError(SECRET) from error
    except KeyError:
        line = logged(formatter)
    assert SECRET not in line
    assert "builtins.ValueError" in line
    assert "builtins.KeyError" in line
    assert "test_logs.py" in line


def test_the_words_of_our_own_errors_are_written(formatter: logging.Formatter) -> None:
    try:
        raise ConstraintBroken(SECRET)
    except ConstraintBroken:
        assert "ConstraintBroken: AAPPV8261K" in logged(formatter)


def test_the_line_of_a_request_is_json_and_says_what_its_record_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log"
    monkeypatch.setattr(logging.getLogger(), "handlers", [LineFile(str(file), bytes_max=1_000_000, kept=1)])
    monkeypatch.setattr(logs.access, "level", logging.INFO)
    answered = RequestRecord(
        trace.Place("a" * 32, "b" * 16, False, 'a "correlation" of 100%'),
        operation_type="query",
        operation_name="Of_919820044556",
        document_id="c" * 64,
        viewer_kind="USER",
        cost=7,
        answer_bytes=1234,
        steps=[("documents", 1_000_000, 2_500_000), ("execute", 0, 12_345_678)],
        statements=[("gateway_1", 0, 5_000_000), ("gateway_2", 0, 250_000)],
        batches=[("KYCProfile.pan", 0, 1_000)],
        started_ns=1_790_000_000_000_000_000,
        ended_ns=1_790_000_000_012_345_678,
    )
    refused = RequestRecord(
        trace.Place("d" * 32, "e" * 16, False, "other"),
        code="BAD_REQUEST",
        status=400,
        started_ns=1_790_000_000_020_000_000,
        ended_ns=1_790_000_000_020_001_000,
    )
    later = replace(answered, cost=None, ended_ns=1_790_000_000_030_000_000)
    logs.write(sorted_out([answered, refused, later]))
    first, second, third = map(json.loads, file.read_text().splitlines())
    assert first == {
        "time": "2026-09-21T14:13:20.012345+00:00",
        "level": "INFO",
        "logger": "gateway.access",
        "message": "query OK",
        "correlation_id": 'a "correlation" of 100%',
        "trace_id": "a" * 32,
        "operation": "Of__",
        "document_id": "c" * 64,
        "viewer_kind": "USER",
        "cost": 7,
        "status": 200,
        "ms": 12.346,
        "steps_ms": {"documents": 1.5, "execute": 12.346},
        "statements_ms": [5.0, 0.25],
        "bytes": 1234,
    }
    assert second["message"] == "request BAD_REQUEST"
    assert second["cost"] is None
    assert second["steps_ms"] == {}
    assert second["ms"] == 0.001
    assert third == first | {"time": "2026-09-21T14:13:20.030000+00:00", "ms": 30.0, "cost": None}
