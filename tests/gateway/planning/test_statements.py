"""One statement for each root field, prepared once for each connection, run again when the connection is lost."""

import threading
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections

from gateway.pipeline import Gateway
from gateway.planning import runner
from tests.gateway.asking import ask
from tests.gateway.counting import Sent, counted
from tests.gateway.planning.conftest import LIBRARIAN, reader

NESTED = """{
    readers {
        nodes {
            name card initials
            loans { edges { cursor node { fine book { title shelf { label } } } } totalCount }
            clubs { nodes { name readers { nodes { name } } meetings { nodes { topic } } } }
        }
        pageInfo { hasNextPage endCursor }
        totalCount
    }
}"""


def test_a_root_field_is_one_statement_however_deep(gateway: Gateway, sent: Sent) -> None:
    assert not ask(gateway, LIBRARIAN, NESTED).errors
    sent.clear()
    assert not ask(gateway, LIBRARIAN, NESTED).errors
    (statement,) = sent.texts
    assert statement.startswith("EXECUTE ")


def test_no_page_is_read_a_second_time_for_its_receipt(gateway: Gateway, sent: Sent) -> None:
    """Each of the five pages is ordered, and nothing else is."""
    assert not ask(gateway, LIBRARIAN, f"query Once {NESTED}").errors
    (prepared,) = sent.beginning("PREPARE")
    assert "INSERT INTO" in prepared
    assert prepared.count("ORDER BY") == 5


def test_several_root_fields_share_one_snapshot(gateway: Gateway, sent: Sent) -> None:
    text = (
        '{ a: reader(phone: "+91-1") { name } __typename b: books { totalCount } c: readers { totalCount } }'
    )
    ask(gateway, LIBRARIAN, text)
    sent.clear()
    assert not ask(gateway, LIBRARIAN, text).errors
    assert len(sent.statements) == 3
    assert sent.texts[0] == "BEGIN ISOLATION LEVEL REPEATABLE READ"
    assert sent.texts[-1] == "COMMIT"


def test_a_value_chosen_by_row_needs_no_second_statement(gateway: Gateway, sent: Sent) -> None:
    from tests.toy.rows import ANN

    text = "{ readers { nodes { name phone card } } }"
    ask(gateway, reader(ANN, "clerk"), text)
    sent.clear()
    ask(gateway, reader(ANN, "clerk"), text)
    assert len(sent.texts) == 1


def test_questions_without_data_ask_nothing(gateway: Gateway, sent: Sent) -> None:
    ask(gateway, LIBRARIAN, '{ __typename __schema { queryType { name } } anyThing(id: "Made:up") { id } }')
    sent.clear()
    ask(gateway, LIBRARIAN, "{ __typename __schema { queryType { name } } }")
    assert sent.texts == []


def test_what_is_prepared_on_a_connection_is_bounded(
    gateway: Gateway, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The least recently used is dropped, and prepared again when it is asked for."""
    monkeypatch.setattr(runner, "PREPARED_MAX", 10)
    runner._prepared_on(connection.connection).clear()
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    texts = [
        f'{{ reader(phone: "+91-1") {{ {" ".join(["name", "id", "tags"][: n % 3 + 1])} k{n}: id }} }}'
        for n in range(30)
    ]
    for text in texts:
        assert ask(gateway, LIBRARIAN, text).data["reader"]["name"] == "Ann Ash"
        assert prepared() <= 10
    assert prepared() == 10
    sent.clear()
    for text in (texts[-1], texts[0], texts[-1]):
        assert ask(gateway, LIBRARIAN, text).data["reader"]["name"] == "Ann Ash"
    assert len(sent.beginning("PREPARE")) == 1
    assert len(sent.beginning("DEALLOCATE")) == 1


def prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'gateway_%%'")
        found: int = cursor.fetchone()[0]
    return found


def cut_connection() -> None:
    """End the session of this thread's connection from another one, as a restart of the server would."""
    connection.ensure_connection()
    pid = connection.connection.get_backend_pid()
    owner = connections["owner"]
    parameters: dict[str, Any] = owner.get_connection_params()
    with (
        psycopg2.connect(host=parameters["host"], user="postgres", dbname=parameters["dbname"]) as admin,
        admin.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert cursor.fetchone() == (True,)
    admin.close()


@pytest.mark.parametrize(
    "text", ["{ readers { nodes { name } } }", "{ a: readers { totalCount } b: books { totalCount } }"]
)
def test_a_lost_connection_is_not_noticed(gateway: Gateway, text: str) -> None:
    before = ask(gateway, LIBRARIAN, text)
    cut_connection()
    assert ask(gateway, LIBRARIAN, text).data == before.data
    assert ask(gateway, LIBRARIAN, text).data == before.data


def test_a_connection_lost_before_a_plan_is_made_is_not_noticed(gateway: Gateway) -> None:
    """Making a plan writes down its shape, and so meets the lost connection first."""
    cut_connection()
    answer = ask(gateway, LIBRARIAN, '{ reader(phone: "+91-1") { made: name } }')
    assert (answer.data, answer.errors) == ({"reader": {"made": "Ann Ash"}}, [])


def test_a_database_that_does_not_answer_is_said_plainly(gateway: Gateway) -> None:
    text = "{ readers { nodes { name } } }"
    ask(gateway, LIBRARIAN, text)
    settings, host = connection.settings_dict, connection.settings_dict["HOST"]
    connection.close()
    settings["HOST"] = "/nowhere"
    try:
        answers = [
            ask(gateway, LIBRARIAN, text),
            ask(gateway, LIBRARIAN, "{ readers { nodes { other: name } } }"),
        ]
    finally:
        settings["HOST"] = host
    for answer in answers:
        assert (answer.status, answer.codes) == (503, ["DATABASE_UNAVAILABLE"])
        assert "nowhere" not in str(answer.body)
    assert not ask(gateway, LIBRARIAN, text).errors


def test_threads_have_connections_and_prepared_statements_of_their_own(gateway: Gateway) -> None:
    text = "{ readers { nodes { name } } }"
    expected, found = ask(gateway, LIBRARIAN, text).data, []

    def work() -> None:
        try:
            with counted() as sent:
                found.extend(ask(gateway, LIBRARIAN, text).data for _ in range(3))
                found.append(len(sent.beginning("PREPARE")))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == sorted(map(str, [expected] * 12 + [1] * 4))
    assert gateway.planner.built == 1
