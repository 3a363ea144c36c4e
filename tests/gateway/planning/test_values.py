"""How values come back: every kind of column, null wherever it may be, lists, enums, objects of columns."""

from gateway.pipeline import Gateway
from tests.gateway.asking import ask
from tests.gateway.planning.conftest import LIBRARIAN

EVERYTHING = """
    name phone card standing deposit { amount unitOf1 } bornOn isMinor heightM tags wishes initials joinedAt
    favourite { title pages shouted length shelfLabel shelf { label } }
"""


def test_every_kind_of_value_is_written_as_graphql_has_it(gateway: Gateway) -> None:
    found = ask(gateway, LIBRARIAN, f'{{ reader(phone: "+91-1") {{ {EVERYTHING} }} }}').data["reader"]
    assert found == {
        "name": "Ann Ash",
        "phone": "+91-1",
        "card": "CARD-0001",
        "standing": "GOOD",
        "deposit": {"amount": "100.50", "unitOf1": "INR"},
        "bornOn": "1990-02-28",
        "isMinor": False,
        "heightM": 1.75,
        "tags": ["early", 'odd "tag" \\'],
        "wishes": {"a": {}, "b": [1, None, "x"]},
        "initials": "AA",
        "joinedAt": "2026-01-01T00:00:00+00:00",
        "favourite": {
            "title": "Gitanjali",
            "pages": None,
            "shouted": "GITANJALI",
            "length": 9,
            "shelfLabel": "Poetry",
            "shelf": {"label": "Poetry"},
        },
    }


def test_null_stands_wherever_it_may(gateway: Gateway) -> None:
    found = ask(gateway, LIBRARIAN, f'{{ namesake(first: "Bob Birch") {{ {EVERYTHING} }} }}').data["namesake"]
    filled = {"name", "standing", "tags", "initials", "joinedAt"}
    assert {key for key, value in found.items() if value is not None} == filled


def test_a_relation_to_nothing_nulls_what_is_reached_through_it(gateway: Gateway) -> None:
    found = ask(
        gateway, LIBRARIAN, '{ book(title: "Unread") { shelfLabel shelf { label } loans { nodes { id } } } }'
    )
    assert found.data["book"] == {"shelfLabel": None, "shelf": None, "loans": {"nodes": []}}


def test_a_look_up_that_finds_nothing_is_null(gateway: Gateway) -> None:
    assert ask(gateway, LIBRARIAN, '{ reader(phone: "none") { name } }').data == {"reader": None}


def test_a_look_up_by_several_keys_needs_all_of_them(gateway: Gateway) -> None:
    text = "query ($p: String, $n: String) { holder(phoneNumber: $p, fullName: $n) { name } }"
    both = {"p": "+91-1", "n": "Ann Ash"}
    assert ask(gateway, LIBRARIAN, text, both).data["holder"] == {"name": "Ann Ash"}
    assert ask(gateway, LIBRARIAN, text, both | {"n": "Bob Birch"}).data["holder"] is None
    assert ask(gateway, LIBRARIAN, text, {"p": "+91-1"}).data["holder"] is None
    assert ask(gateway, LIBRARIAN, text, {"p": "+91-1", "n": None}).data["holder"] is None
    assert ask(gateway, LIBRARIAN, text, both).data["holder"] == {"name": "Ann Ash"}


def test_an_argument_may_have_the_name_of_a_page_s(gateway: Gateway) -> None:
    """`first` shapes a statement where it is a page's size, and nowhere else."""
    text = "query ($first: String!) { namesake(first: $first) { name } }"
    for name in ("Ann Ash", "Bob Birch"):
        assert ask(gateway, LIBRARIAN, text, {"first": name}).data["namesake"]["name"] == name
