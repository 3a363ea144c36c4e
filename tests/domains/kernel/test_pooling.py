"""Behind a pooler of transactions: each begins with the settings of the gateway, and leaves none behind."""

from typing import Any

import pytest
from django.db import connection, transaction

from domains.kernel.pooling import statements_within
from domains.kernel.prepared import Question, ask

SHOWN = "SELECT current_setting('enable_hashjoin'), current_setting('statement_timeout')"


@pytest.fixture
def pooled(own_database: str, settings: Any) -> None:
    settings.DATABASE_POOLED = True
    settings.DATABASE_SESSION = {"enable_hashjoin": "off", "statement_timeout": 5000}
    connection.close()
    connection.settings_dict["OPTIONS"] = {"connect_timeout": 5}


@pytest.fixture(autouse=True)
def options(own_database: str) -> Any:
    before = connection.settings_dict["OPTIONS"]
    yield
    connection.close()
    connection.execute_wrappers.clear()
    connection.settings_dict["OPTIONS"] = before


def shown() -> Any:
    with connection.cursor() as cursor:
        cursor.execute(SHOWN)
        return cursor.fetchone()


def left_behind() -> Any:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:  # psycopg2's own: nothing is put before it
        cursor.execute(SHOWN)
        return cursor.fetchone()


def test_every_transaction_begins_with_the_settings_and_leaves_none(pooled: None) -> None:
    assert shown() == ("off", "5s")
    assert left_behind() == ("on", "0")
    with transaction.atomic():
        with transaction.atomic():
            assert shown() == ("off", "5s")
        assert shown() == ("off", "5s")
    assert left_behind() == ("on", "0")


def test_a_shorter_limit_holds_for_what_begins_inside(pooled: None) -> None:
    with statements_within(700), transaction.atomic():
        assert shown() == ("off", "700ms")
    assert shown() == ("off", "5s")


def test_a_transaction_that_failed_leaves_nothing_and_the_next_one_begins_well(pooled: None) -> None:
    with transaction.atomic():
        shown()
        transaction.set_rollback(True)
    assert shown() == ("off", "5s")


def test_nothing_is_prepared(pooled: None) -> None:
    assert ask(
        Question(lambda: "SELECT 100 %% 7").about(), Question(lambda: "SELECT %s::int", ["n"]).about(n=3)
    ) == [
        (2,),
        (3,),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone() == (0,)


def test_without_a_pooler_nothing_is_put_before_a_statement(own_database: str) -> None:
    before = left_behind()
    assert shown() == before
    assert connection.execute_wrappers == []
