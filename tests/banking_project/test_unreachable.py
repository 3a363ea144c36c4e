"""A command that finds no database says in a sentence what it tried and what would be right."""

import os
import subprocess
import sys

import pytest
from django.db import OperationalError, ProgrammingError, connection

from banking_project.unreachable import sentence
from tests.conftest import BASE_DIR, database_url, free_port

FORM = "(postgres://user:password@host:port/name)?"
SECRET = "sEcret-wOrd"


def run(*command: str, url: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *command],
        cwd=BASE_DIR, env=environment | {"DATABASE_URL": url}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def told(*command: str, url: str) -> str:
    """Return the one line that a command ends with."""
    done = run(*command, url=url)
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    assert SECRET not in done.stdout + done.stderr
    return line


@pytest.mark.parametrize(
    "command",
    [
        ["migrate"],
        ["worker"],
        ["import_statement", "examples/statements/deposit.json"],
        ["verify_audit"],
    ],
    ids=" ".join,
)
def test_nobody_listens(command: list[str]) -> None:
    port = free_port()
    line = told(*command, url=f"postgres://banking_app:{SECRET}@127.0.0.1:{port}/ledger")
    assert line == (
        f"The database ledger at 127.0.0.1, port {port}, can't be reached as banking_app: Connection refused. "
        f"Is it running there, and is DATABASE_URL right {FORM}"
    )


def test_the_database_lets_nobody_of_this_name_in(own_database: str) -> None:
    line = told("check_books", url=database_url(own_database, "stranger"))
    assert line.startswith(f"The database {own_database} at the socket in /")
    assert line.endswith(
        f', can\'t be reached as stranger: role "stranger" does not exist. '
        f"Is it running there, and is DATABASE_URL right {FORM}"
    )


def test_there_is_no_such_database() -> None:
    line = told("token", "officer", url=database_url("elsewhere", "banking_app"))
    assert 'can\'t be reached as banking_app: database "elsewhere" does not exist. Is it' in line


@pytest.mark.parametrize(
    "url",
    [f"postgres://app:{SECRET}/1@db.example/ledger", f"postgres://app:12/{SECRET}@db.example/ledger", SECRET,
     f"postgres://app:{SECRET}@db.example/"],
)  # fmt: skip
def test_an_address_that_can_t_be_read_is_not_quoted(url: str) -> None:
    line = told("check_books", url=url)
    assert line.startswith("DATABASE_URL can't be read: postgres://user:password@host:port/name is its form")


def test_a_parameter_that_there_is_not() -> None:
    line = told("check_books", url=f"postgres://app:{SECRET}@db.example/ledger?sslmood=on")
    assert 'can\'t be reached as app: invalid dsn: invalid connection option "sslmood"' in line


def test_a_connection_that_was_lost_on_the_way(own_database: str) -> None:
    with pytest.raises(OperationalError) as lost, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert "was lost, and it answers again" in (sentence(lost.value) or "")


def test_a_statement_that_failed_is_an_error_like_any_other(db: None) -> None:
    for statement in ("SELECT 1/0 FROM nothing", "SET LOCAL statement_timeout = 1; SELECT pg_sleep(9)"):
        with pytest.raises((ProgrammingError, OperationalError)) as failed, connection.cursor() as cursor:
            cursor.execute(f"SAVEPOINT here; {statement}")
        connection.cursor().execute("ROLLBACK TO SAVEPOINT here")
        expected = "not migrated" if isinstance(failed.value, ProgrammingError) else ""
        assert expected in (sentence(failed.value) or "")
        assert (sentence(failed.value) is None) is (not expected)
