"""Interfaces and unions: the type of a row is known from its id, and only its fragments are asked."""

import pytest

from gateway.pipeline import Gateway
from tests.gateway.asking import ask
from tests.gateway.counting import Sent
from tests.gateway.planning.conftest import LIBRARIAN

TEXT = """query ($id: ID!) {
    anyThing(id: $id) { __typename id ... on Reader { name } ... on Book { title } ... on Thing { again: id } }
    print(id: $id) { __typename ... on Reader { name } ... on Book { title } }
}"""


def test_one_document_answers_whatever_the_id_names(gateway: Gateway) -> None:
    from tests.toy.rows import ANN, key

    book, reader, loan = f"Book:{key(3, 0)}", f"Reader:{ANN}", f"Loan:{key(4, 1)}"
    for _ in range(2):
        assert ask(gateway, LIBRARIAN, TEXT, {"id": book}).data == {
            "anyThing": {"__typename": "Book", "id": book, "title": "Gitanjali", "again": book},
            "print": {"__typename": "Book", "title": "Gitanjali"},
        }
        assert ask(gateway, LIBRARIAN, TEXT, {"id": reader}).data == {
            "anyThing": {"__typename": "Reader", "id": reader, "name": "Ann Ash", "again": reader},
            "print": {"__typename": "Reader", "name": "Ann Ash"},
        }
        assert ask(gateway, LIBRARIAN, TEXT, {"id": loan}).data == {
            "anyThing": {"__typename": "Loan", "id": loan, "again": loan},
            "print": None,
        }


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        ":",
        "Reader",
        "Reader:",
        "Reader:7",
        "Nothing:01900000-0001-7000-8000-000000000001",
        "reader:01900000-0001-7000-8000-000000000001",
        "Deposit:1",
        "Query:1",
        "Reader:01900000-0001-7000-8000-00000000ffff",
    ],
)
def test_an_id_that_names_nothing_is_null(gateway: Gateway, identifier: str) -> None:
    answer = ask(gateway, LIBRARIAN, TEXT, {"id": identifier})
    assert (answer.data, answer.errors) == ({"anyThing": None, "print": None}, [])


def test_made_up_types_make_no_plans(gateway: Gateway, sent: Sent) -> None:
    for number in range(20):
        ask(gateway, LIBRARIAN, TEXT, {"id": f"Made{number}:x"})
        ask(gateway, LIBRARIAN, f'{{ anyThing(id: "Up{number}:x") {{ id }} }}')
    assert gateway.planner.built == 2
