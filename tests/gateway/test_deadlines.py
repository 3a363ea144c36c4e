"""Nothing takes for ever: statements are cut, and a request is over when its time is up."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from django.db import connection

from domains.customers.models import Customer
from domains.customers.operations import create_customer
from domains.kernel.actor import Actor
from gateway.deadlines import Deadline
from gateway.failures import RequestError
from gateway.request import Request
from gateway.viewer import Viewer
from schema.root import gateway
from tests.conftest import BASE_DIR

OPERATOR = Viewer(kind="SYSTEM", roles=frozenset({"administrator"}))


@pytest.fixture
def in_a_hurry(settings: Any) -> None:
    settings.STATEMENT_TIMEOUT_MS = 5_000
    settings.REQUEST_DEADLINE_MS = 300


@contextmanager
def locked(sql: str, *values: Any) -> Iterator[None]:
    """Hold a lock in another session, so that whoever needs what it locks waits."""
    other = psycopg2.connect(**connection.get_connection_params())
    try:
        with other.cursor() as cursor:
            cursor.execute(sql, values)
        yield
    finally:
        other.rollback()
        other.close()


def ask(text: str, **variables: Any) -> tuple[int, dict[str, Any]]:
    request = Request(text=text, operation_name=None, variables=variables, correlation_id="test")
    answer = gateway().answer(request, OPERATOR)
    return answer.status, json.loads(answer.body)


def session_limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.usefixtures("own_database", "in_a_hurry")
def test_a_read_that_takes_too_long_is_cut_and_told_so() -> None:
    usual = session_limit()
    started = time.monotonic()
    with locked("LOCK TABLE providers_provider IN ACCESS EXCLUSIVE MODE"):
        status, body = ask("{ providers { nodes { code } } }")
    assert 0.2 < time.monotonic() - started < 3
    assert status == 504
    assert "data" not in body
    assert body["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
    assert ask("{ providers { nodes { code } } }")[0] == 200, "the connection goes on"
    assert session_limit() == usual, "the next request has its own limit"


@pytest.mark.usefixtures("own_database", "in_a_hurry")
def test_reads_that_share_a_snapshot_are_cut_together() -> None:
    with locked("LOCK TABLE providers_provider IN ACCESS EXCLUSIVE MODE"):
        status, body = ask("{ systemConfigs { nodes { key } } providers { nodes { code } } }")
    assert (status, body["errors"][0]["extensions"]["code"]) == (504, "DEADLINE_EXCEEDED")
    assert ask("{ systemConfigs { nodes { key } } providers { nodes { code } } }")[0] == 200


@pytest.mark.usefixtures("own_database", "in_a_hurry")
def test_a_mutation_that_takes_too_long_is_stopped_and_the_next_one_is_not_begun() -> None:
    ids = [create_customer(actor=Actor.system("test"), full_name=name, mobile=mobile, email=None)
           for name, mobile in (("Asha Rao", "+919876543210"), ("Ravi Iyer", "+919876543211"))]  # fmt: skip
    text = """mutation ($a: ID!, $b: ID!) {
      a: closeCustomer(input: { id: $a }) { customer { status } }
      b: closeCustomer(input: { id: $b }) { customer { status } }
    }"""
    with locked("SELECT 1 FROM customers_customer WHERE id = %s FOR UPDATE", str(ids[0])):
        status, body = ask(text, a=f"Customer:{ids[0]}", b=f"Customer:{ids[1]}")
    assert status == 200
    assert body["data"] == {"a": None, "b": None}
    assert [error["path"] for error in body["errors"]] == [["a"], ["b"]]
    assert [error["extensions"]["code"] for error in body["errors"]] == ["DEADLINE_EXCEEDED"] * 2
    assert "stopped" in body["errors"][0]["message"]
    assert "Not begun" in body["errors"][1]["message"]
    assert {customer.status for customer in Customer.objects.all()} == {"ACTIVE"}


@pytest.mark.usefixtures("own_database", "in_a_hurry")
def test_a_mutation_that_was_done_says_so_when_there_is_no_time_to_read_it() -> None:
    text = """mutation {
      createCustomer(input: { fullName: "Asha Rao", mobile: "+919876543210" }) {
        problems { code } customer { fullName portfolios { nodes { id } } }
      }
    }"""
    with locked("LOCK TABLE portfolios_portfolio IN ACCESS EXCLUSIVE MODE"):
        status, body = ask(text)
    assert status == 200
    assert body["data"] == {"createCustomer": {"problems": [], "customer": None}}
    (error,) = body["errors"]
    assert error["path"] == ["createCustomer", "customer"]
    assert error["extensions"]["code"] == "DEADLINE_EXCEEDED"
    assert error["message"].startswith("It was done")
    assert Customer.objects.filter(full_name="Asha Rao").exists()


@pytest.mark.django_db
def test_a_request_whose_time_is_up_does_not_ask_the_database(settings: Any) -> None:
    settings.REQUEST_DEADLINE_MS = 0
    status, body = ask("{ providers { nodes { code } } }")
    assert (status, body["errors"][0]["extensions"]["code"]) == (504, "DEADLINE_EXCEEDED")


def test_a_deadline_that_is_far_costs_the_database_nothing(settings: Any) -> None:
    """No database is open to this test."""
    settings.STATEMENT_TIMEOUT_MS = 5_000
    with Deadline(10_000).kept():
        pass


def test_what_else_goes_wrong_within_a_deadline_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), Deadline(10_000).kept():
        _ = 1 / 0


def test_a_deadline_that_has_passed_is_refused() -> None:
    with pytest.raises(RequestError), Deadline(0).kept():
        raise AssertionError("nothing inside is run")


@pytest.mark.parametrize(
    ("start", "limit"),
    [
        pytest.param("import banking_project.wsgi", "5s", id="served"),
        pytest.param(
            "import runpy; runpy.run_path('gunicorn.conf.py'); import banking_project.wsgi",
            "5s",
            id="served by gunicorn",
        ),
        pytest.param("import django; django.setup()", "0", id="a command"),
    ],
)
def test_statements_that_are_served_are_cut_after_five_seconds_those_of_commands_are_not(
    start: str, limit: str
) -> None:
    program = (
        f"{start}; from django.db import connection; cursor = connection.cursor(); "
        "cursor.execute('SHOW statement_timeout'); print(cursor.fetchone()[0])"
    )
    environment = {key: value for key, value in os.environ.items() if key != "STATEMENT_TIMEOUT_MS"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=BASE_DIR,
        env=environment | {"DJANGO_SETTINGS_MODULE": "banking_project.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == [limit]
