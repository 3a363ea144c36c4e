"""Decisions in the statement: hidden is null with one error, masked and clear are chosen by row."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.pipeline import Gateway
from gateway.viewer import Viewer
from tests.gateway.asking import ask
from tests.gateway.counting import Sent
from tests.gateway.planning.conftest import CLERK, LIBRARIAN, reader

ROWS = """{ readers(filter: {standing: {in: [GOOD, BARRED]}}) { nodes {
    name phone card bornOn deposit { amount } favourite { title } initials
} } }"""


def rows(gateway: Gateway, viewer: Viewer, text: str = ROWS) -> dict[str, dict[str, Any]]:
    answer = ask(gateway, viewer, text)
    return {row["phone"] or "": row for row in answer.data["readers"]["nodes"]}


def test_a_hidden_coordinate_is_null_everywhere_and_one_error(gateway: Gateway) -> None:
    answer = ask(gateway, CLERK, ROWS)
    assert all(row["deposit"] is None and row["favourite"] is None for row in answer.data["readers"]["nodes"])
    assert [(error["extensions"]["coordinate"], error["path"]) for error in answer.errors] == [
        ("Reader.deposit", ["readers", "nodes", "deposit"]),
        ("Reader.favourite", ["readers", "nodes", "favourite"]),
    ]
    assert set(answer.codes) == {"UNAUTHORIZED_FIELD_OR_TYPE"}


def test_a_hidden_coordinate_is_one_error_however_often_it_is_asked(gateway: Gateway) -> None:
    text = """{ readers { nodes {
        a: deposit { amount }
        b: deposit { unitOf1 }
        clubs { nodes { readers { nodes { deposit { amount } } } } }
    } } }"""
    answer = ask(gateway, CLERK, text)
    assert answer.codes == ["UNAUTHORIZED_FIELD_OR_TYPE"]


def test_what_is_hidden_is_not_read_at_all(gateway: Gateway, sent: Sent) -> None:
    ask(gateway, CLERK, "{ readers { nodes { standing deposit { amount } favourite { title } } } }")
    (prepared,) = sent.beginning("PREPARE")
    assert "deposit" not in prepared.replace('"deposit":null', "").replace("Reader.deposit", "")
    assert "toy_book" not in prepared


def test_a_mask_is_all_that_leaves_the_database(gateway: Gateway) -> None:
    found = rows(gateway, CLERK)
    assert found["+*"]["name"] in {"A*", "C*"}
    assert {row["card"] for row in found.values()} <= {"***01", "***03", None}
    answer = ask(gateway, CLERK, "{ readers { nodes { name phone card } } }")
    for secret in ("Ann", "+91-1", "CARD"):
        assert secret not in str(answer.body)


def test_a_mask_of_nothing_is_nothing(gateway: Gateway) -> None:
    """Django's Concat would make NULL an empty text, and so a mask out of it."""
    answer = ask(gateway, CLERK, '{ namesake(first: "Bob Birch") { phone card } }')
    assert answer.data["namesake"] == {"phone": None, "card": None}


def test_without_a_masked_form_a_mask_is_null(gateway: Gateway) -> None:
    found = ask(
        gateway, CLERK, '{ reader(phone: "+91-1") { bornOn initials loans { nodes { note } } } }'
    ).data["reader"]
    assert found == {"bornOn": None, "initials": None, "loans": {"nodes": [{"note": None}] * 3}}


def test_clear_for_oneself_and_masked_for_others_in_one_statement(gateway: Gateway, sent: Sent) -> None:
    from tests.toy.rows import ANN

    viewer = reader(ANN, "clerk")
    found = rows(gateway, viewer)
    assert found["+91-1"] == {
        "name": "Ann Ash",
        "phone": "+91-1",
        "card": "CARD-0001",
        "bornOn": "1990-02-28",
        "deposit": {"amount": "100.50"},
        "favourite": {"title": "Gitanjali"},
        "initials": "AA",
    }
    assert found["+*"] == {
        "name": "C*",
        "phone": "+*",
        "card": "***03",
        "bornOn": None,
        "deposit": None,
        "favourite": None,
        "initials": None,
    }
    assert len(sent.beginning("EXECUTE")) == 1


def test_the_choice_by_row_follows_the_person_through_every_level(gateway: Gateway) -> None:
    from tests.toy.rows import ANN

    text = """{ readers { nodes { loans(first: 1) { nodes {
        fine note
        reader { name loans(first: 1) { nodes { note } } }
        book { loans { nodes { number note reader { name } } } }
    } } } } }"""
    answer = ask(gateway, reader(ANN, "clerk"), text)
    bob, ann = (row["loans"]["nodes"] for row in answer.data["readers"]["nodes"] if row["loans"]["nodes"])
    assert (ann[0]["fine"], ann[0]["note"], ann[0]["reader"]) == (
        "1.50", "note 6", {"name": "Ann Ash", "loans": {"nodes": [{"note": "note 6"}]}},
    )  # fmt: skip
    assert (bob[0]["fine"], bob[0]["note"], bob[0]["reader"]["name"]) == (None, None, "B*")
    for loans in (ann, bob):
        for loan in loans[0]["book"]["loans"]["nodes"]:
            own = loan["number"] % 2 == 0
            assert loan["note"] == (f"note {loan['number']}" if own else None)
            assert loan["reader"]["name"] == ("Ann Ash" if own else "B*")


def test_rows_of_others_are_not_there_at_any_level(gateway: Gateway) -> None:
    from tests.toy.rows import ANN

    text = """{ readers { nodes { name } totalCount } loans { nodes { number reader { name } } totalCount }
        book(title: "Gitanjali") { loans { nodes { number reader { name } } totalCount } }
        clubs { nodes { name readers { nodes { name } } meetings { nodes { topic } } } } }"""
    answer = ask(gateway, reader(ANN), text)
    assert answer.errors == []
    assert answer.data["readers"] == {"nodes": [{"name": "Ann Ash"}], "totalCount": 1}
    assert [row["number"] for row in answer.data["loans"]["nodes"]] == [2, 4, 6]
    assert answer.data["book"]["loans"] == {
        "nodes": [{"number": 6, "reader": {"name": "Ann Ash"}}],
        "totalCount": 1,
    }
    assert answer.data["clubs"]["nodes"] == [
        {
            "name": "Club 0",
            "readers": {"nodes": [{"name": "Ann Ash"}]},
            "meetings": {"nodes": [{"topic": "topic 0"}]},
        }
    ]


def test_data_that_persons_share_is_clear_to_each_of_them(gateway: Gateway) -> None:
    from tests.toy.rows import ANN, BOB

    text = "{ clubs { nodes { name meetings { nodes { topic } } } } }"
    for key, own in ((ANN, {"Club 0"}), (BOB, {"Club 0", "Club 1"})):
        found = ask(gateway, reader(key, "clerk"), text).data["clubs"]["nodes"]
        assert {row["name"] for row in found} == own | {"C*"}
        assert [row["meetings"]["nodes"][0]["topic"] == "t*" for row in found] == [
            row["name"] == "C*" for row in found
        ]


def test_who_has_a_role_that_sees_no_row_sees_none(gateway: Gateway) -> None:
    for roles in ({"stranger"}, {"stranger", "unheard of"}):
        viewer = Viewer(kind="SYSTEM", roles=frozenset(roles))
        answer = ask(
            gateway, viewer, '{ readers { nodes { name } totalCount } reader(phone: "+91-1") { name } }'
        )
        assert answer.data == {"readers": {"nodes": [], "totalCount": 0}, "reader": None}


@pytest.mark.parametrize("arguments", ['filter: {deposit: {gt: "1"}}', 'filter: {not: {deposit: {gt: "1"}}}'])
def test_what_is_hidden_can_t_be_filtered_on(gateway: Gateway, arguments: str) -> None:
    answer = ask(gateway, CLERK, f"{{ readers({arguments}) {{ totalCount }} }}")
    assert (answer.status, answer.codes) == (403, ["FILTER_NOT_ALLOWED"])


def test_what_is_masked_can_t_be_filtered_on_or_ordered_by(gateway: Gateway) -> None:
    for arguments, code in (
        ('filter: {name: {startsWith: "A"}}', "FILTER_NOT_ALLOWED"),
        ("orderBy: {field: NAME}", "ORDER_NOT_ALLOWED"),
    ):
        answer = ask(gateway, CLERK, f"{{ readers({arguments}) {{ totalCount edges {{ cursor }} }} }}")
        assert (answer.status, answer.codes) == (403, [code])
        assert not ask(gateway, LIBRARIAN, f"{{ readers({arguments}) {{ totalCount }} }}").errors


def test_a_filter_that_is_clear_for_oneself_only_finds_oneself_only(gateway: Gateway) -> None:
    from tests.toy.rows import ANN

    viewer = reader(ANN, "clerk")
    for condition, found in (
        ('{startsWith: ""}', ["+91-1"]),
        ('{in: ["Ann Ash", "Bob Birch"]}', ["+91-1"]),
        ('{eq: "Bob Birch"}', []),
    ):
        text = f"{{ readers(filter: {{name: {condition}}}) {{ nodes {{ phone }} totalCount }} }}"
        answer = ask(gateway, viewer, text).data["readers"]
        assert ([row["phone"] for row in answer["nodes"]], answer["totalCount"]) == (found, len(found))


def test_a_negated_filter_tells_nothing_of_others(gateway: Gateway) -> None:
    """Whatever is negated, every row of others is there or none is."""
    from tests.toy.rows import ANN

    viewer = reader(ANN, "clerk")
    everyone = ask(gateway, viewer, "{ readers { totalCount } }").data["readers"]["totalCount"]
    for name in ("Bob Birch", "Nobody"):
        text = f'{{ readers(filter: {{not: {{name: {{eq: "{name}"}}}}}}) {{ totalCount }} }}'
        assert ask(gateway, viewer, text).data["readers"]["totalCount"] == everyone


@pytest.mark.parametrize("roles", [set(), {"unheard of"}])
def test_who_has_no_role_finds_nobody_by_a_number(gateway: Gateway, roles: set[str]) -> None:
    viewer = Viewer(kind="SYSTEM", roles=frozenset(roles))
    assert ask(gateway, viewer, "{ readers { totalCount } }").data == {"readers": {"totalCount": 0}}
    refused = ask(gateway, viewer, '{ reader(phone: "+91-1") { name } }')
    assert (refused.status, refused.codes) == (403, ["LOOKUP_NOT_ALLOWED"])


def test_a_key_that_is_clear_for_oneself_only_finds_oneself_only(gateway: Gateway) -> None:
    """That somebody has the number would be told by what is found, though the number itself is masked."""
    from tests.toy.rows import ANN
    from tests.toy.schema import POLICY, schema

    without_grants = Gateway(schema(), replace(POLICY, lookups={}), customer_of=lambda _: None)
    text = "query ($phone: String!) { reader(phone: $phone) { standing } }"
    viewer = reader(ANN, "clerk")
    for phone, found in (("+91-1", {"standing": "GOOD"}), ("+91-3", None), ("+91-9", None)):
        assert ask(without_grants, viewer, text, {"phone": phone}).data["reader"] == found
    granted = ask(gateway, viewer, text, {"phone": "+91-3"})
    assert granted.data["reader"] == {"standing": "GOOD"}
