"""What logs keep of errors: where they happened and what kind they are, never the value that caused them."""

import logging
import sys

import pytest
from django.db import connection, transaction

from domains.customers.models import Customer
from domains.kernel.violations import ConstraintBroken
from gateway.logs import Discreet, JsonLines

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
