"""Batch fields: computed once for all their parents, and where one fails, null and an error with its path."""

import pytest

from gateway.pipeline import Gateway
from tests.gateway.asking import ask
from tests.gateway.planning.conftest import CLERK, LIBRARIAN


@pytest.fixture
def failing(library: str) -> str:
    """Store a reader whose initials can't be computed and whose card does not open; return their phone."""
    from domains.kernel.identifiers import new_id
    from tests.toy.models import Loan, Reader
    from tests.toy.rows import card, key

    pk = new_id()
    Reader.objects.create(
        id=pk, name="! fails", phone=str(pk)[-12:], **card(key(1, 1), "moved from Ann's row")
    )
    Loan.objects.create(reader_id=pk, book_id=key(3, 3), number=100)
    return str(pk)[-12:]


def test_a_batch_field_is_computed_once_for_all_parents(gateway: Gateway) -> None:
    from tests.toy.schema import COMPUTED

    COMPUTED.clear()
    below = "initials loans { nodes { reader { initials } } }"
    text = f"{{ readers(first: 3, filter: {{standing: {{eq: BARRED}}}}) {{ nodes {{ {below} }} }} }}"
    found = ask(gateway, LIBRARIAN, text).data["readers"]["nodes"]
    assert found == [{"initials": "BB", "loans": {"nodes": [{"reader": {"initials": "BB"}}] * 4}}]
    assert COMPUTED == [1, 4]


def test_a_value_that_fails_is_null_with_the_path_to_it(gateway: Gateway, failing: str) -> None:
    text = f"""{{
        reader(phone: "{failing}") {{ name initials card }}
        all: readers(first: 1, orderBy: {{field: NAME}}) {{
            nodes {{ mine: initials }} edges {{ node {{ card }} }}
        }}
        book(title: "Unread") {{ loans {{ edges {{ node {{ reader {{
            loans {{ nodes {{ reader {{ card }} }} }}
        }} }} }} }} }}
    }}"""
    answer = ask(gateway, LIBRARIAN, text)
    assert answer.data["reader"] == {"name": "! fails", "initials": None, "card": None}
    assert answer.data["all"] == {"nodes": [{"mine": None}], "edges": [{"node": {"card": None}}]}
    loans = ["book", "loans", "edges", 0, "node", "reader", "loans", "nodes", 0, "reader", "card"]
    assert sorted((error["path"], error["message"]) for error in answer.errors) == sorted(
        [
            (["reader", "initials"], "Reader.initials could not be computed."),
            (["reader", "card"], "Reader.card could not be computed."),
            (["all", "nodes", 0, "mine"], "Reader.initials could not be computed."),
            (["all", "edges", 0, "node", "card"], "Reader.card could not be computed."),
            (loans, "Reader.card could not be computed."),
        ]
    )
    assert set(answer.codes) == {"FIELD_FAILED"}


def test_the_others_of_a_batch_have_their_values(gateway: Gateway, failing: str) -> None:
    text = '{ readers(filter: {name: {in: ["Ann Ash", "! fails"]}}) { nodes { phone initials card } } }'
    answer = ask(gateway, LIBRARIAN, text)
    found = {row["phone"]: (row["initials"], row["card"]) for row in answer.data["readers"]["nodes"]}
    assert found["+91-1"] == ("AA", "CARD-0001")
    assert found[failing] == (None, None)
    failed = [number for number, row in enumerate(answer.data["readers"]["nodes"]) if row["initials"] is None]
    assert {tuple(error["path"][:3]) for error in answer.errors} == {("readers", "nodes", n) for n in failed}


def test_a_batch_that_fails_as_a_whole_is_null_for_each(gateway: Gateway) -> None:
    from domains.kernel.identifiers import new_id
    from tests.toy.models import Reader

    for number in range(2):
        Reader.objects.create(id=new_id(), name=f"!! all {number}", phone=f"whole{number}")
    text = '{ readers(filter: {phone: {startsWith: "whole"}}) { nodes { phone initials } } }'
    answer = ask(gateway, LIBRARIAN, text)
    assert [row["initials"] for row in answer.data["readers"]["nodes"]] == [None, None]
    assert [error["path"] for error in answer.errors] == [
        ["readers", "nodes", 0, "initials"],
        ["readers", "nodes", 1, "initials"],
    ]
    assert "every one of them" not in str(answer.body)


def test_a_value_that_fails_after_a_mutation_has_the_whole_path(gateway: Gateway, failing: str) -> None:
    from tests.toy.models import Reader

    Reader.objects.filter(phone=failing).update(name=f"! {failing}")
    text = (
        f'mutation {{ done: changeReader(input: {{name: "! {failing}"}}) {{ told who: reader {{ card }} }} }}'
    )
    answer = ask(gateway, LIBRARIAN, text)
    assert answer.data["done"] == {"told": "nothing", "who": {"card": None}}
    assert [error["path"] for error in answer.errors] == [["done", "who", "card"]]


def test_a_masked_value_is_not_computed(gateway: Gateway, failing: str) -> None:
    from tests.toy.schema import COMPUTED

    COMPUTED.clear()
    answer = ask(gateway, CLERK, f'{{ reader(phone: "{failing}") {{ initials card }} }}')
    assert answer.data["reader"] == {"initials": None, "card": "***ow"}
    assert (answer.errors, COMPUTED) == ([], [])
