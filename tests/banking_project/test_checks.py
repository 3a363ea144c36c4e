"""A database whose log would hold personal data is pointed out when it is migrated."""

import pytest
from django.core.management import call_command
from django.db import connection

from banking_project.checks import DISCREET, database_log_is_discreet


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_embedded_server_writes_no_values_into_its_log() -> None:
    assert database_log_is_discreet(databases=["default"]) == []
    call_command("check", databases=["default", "owner"], fail_level="WARNING")


def test_without_a_database_nothing_is_asked() -> None:
    assert database_log_is_discreet(databases=None) == []


def test_a_server_that_logs_slow_statements_is_pointed_out_with_what_to_set(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's settings are its administrator's: here what is wanted is changed instead of what is."""
    monkeypatch.setitem(DISCREET, "log_min_duration_statement", ("250",))
    [warning] = database_log_is_discreet(databases=[connection.alias])
    assert warning.id == "banking.W001"
    assert "log_min_duration_statement = -1" in warning.msg
    assert "log_min_messages = log, log_min_error_statement = panic" in str(warning.hint)
