"""An outage of the database is one line when it begins and one when it is over, whoever meets it."""

import logging
import os

import psycopg2
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from domains.kernel.outages import Outage, is_lost, place

LOST = OperationalError("gone")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        "gone" if "does not answer" in record.getMessage() else "back"
        for record in caplog.records
        if record.name == "domains.kernel.outages" and record.levelno == logging.WARNING
    ]


def test_an_outage_is_told_once_and_its_end_as_well(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage()
    outage.note_answer()
    assert told(caplog) == []
    for _ in range(3):
        assert outage.explains(LOST)
    assert told(caplog) == ["gone"]
    for _ in range(3):
        outage.note_answer()
    assert told(caplog) == ["gone", "back"]
    outage.note_lost(LOST)
    assert told(caplog) == ["gone", "back", "gone"]
    assert not any(record.exc_info for record in caplog.records)


def test_what_another_process_has_told_is_not_told_again(caplog: pytest.LogCaptureFixture) -> None:
    """As among gunicorn's workers, which are forked from one process."""
    outage = Outage()
    if (child := os.fork()) == 0:
        outage.note_lost(LOST)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    outage.note_lost(LOST)
    assert told(caplog) == []
    outage.note_answer()
    assert told(caplog) == ["back"]


def test_a_connection_that_is_gone_is_an_outage_and_a_statement_that_fails_is_none(own_database: str) -> None:
    assert is_lost(InterfaceError("connection already closed"))
    assert not is_lost(ValueError("gone"))
    for statement, lost in (
        ("SELECT 1/0", False),
        ("SET statement_timeout = 1; SELECT pg_sleep(60)", False),
        ("SELECT pg_terminate_backend(pg_backend_pid())", True),
    ):
        with pytest.raises(DatabaseError) as failed, connection.cursor() as cursor:
            cursor.execute(statement)
        assert is_lost(failed.value) is lost, statement
        cause = failed.value.__cause__
        assert isinstance(cause, psycopg2.Error)
        assert is_lost(cause) is lost
        connection.close()


def test_a_place_is_told_without_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    address = {"NAME": "ledger", "HOST": "db.example", "PORT": "", "USER": "app", "PASSWORD": "secret"}
    monkeypatch.setattr(connection._connections["default"], "settings_dict", address)  # type: ignore[attr-defined]
    assert place("default") == "ledger at db.example, port 5432"
