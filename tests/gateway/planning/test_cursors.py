"""Cursors: stable while rows arrive, opaque, tamper-proof, and of use for one order only."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domains.kernel.identifiers import new_id
from domains.vault.sealing import seal_token
from gateway.pipeline import Gateway
from tests.gateway.asking import ask
from tests.gateway.planning.conftest import LIBRARIAN

PAGE = """query ($phone: String!, $first: Int, $after: String, $order: LoanOrder) {
    reader(phone: $phone) { loans(first: $first, after: $after, orderBy: $order) {
        edges { cursor node { id number } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount
    } }
}"""


def borrower() -> tuple[UUID, str]:
    """Store a reader without loans; return their key and phone."""
    from tests.toy.models import Reader

    key = new_id()
    return Reader.objects.create(id=key, name="Walker", phone=str(key)[-12:]).pk, str(key)[-12:]


def lend(reader: UUID, number: int, fine: int = 0) -> None:
    from tests.toy.models import Loan
    from tests.toy.rows import key

    Loan.objects.create(reader_id=reader, book_id=key(3, 0), number=number, fine=fine)


@pytest.fixture(scope="module")
def walker(library: str) -> Gateway:
    from tests.toy.schema import POLICY, schema

    return Gateway(schema(), POLICY, customer_of=lambda _: None)


def page(gateway: Gateway, **variables: Any) -> dict[str, Any]:
    answer = ask(gateway, LIBRARIAN, PAGE, variables)
    assert not answer.errors, answer.errors
    found: dict[str, Any] = answer.data["reader"]["loans"]
    return found


ORDERS = [None, {"field": "NUMBER", "direction": "ASC"}, {"field": "FINE", "direction": "DESC"},
          {"field": "FINE", "direction": "ASC"}]  # fmt: skip


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    there=st.lists(st.integers(0, 3), min_size=1, max_size=30),
    steps=st.lists(
        st.tuples(st.integers(1, 7), st.lists(st.integers(-5, 40), max_size=3)), min_size=1, max_size=8
    ),
    order=st.sampled_from(ORDERS),
)
def test_walking_a_list_sees_each_row_that_was_there_once_while_rows_arrive(
    walker: Gateway, there: list[int], steps: list[tuple[int, list[int]]], order: dict[str, str] | None
) -> None:
    reader, phone = borrower()
    for number, fine in enumerate(there):
        lend(reader, number, fine)
    seen: list[tuple[str, int]] = []
    after, more, turn = None, True, 0
    while more:
        size, arriving = steps[turn % len(steps)]
        found = page(walker, phone=phone, first=size, after=after, order=order)
        assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
        seen += [(edge["node"]["id"], edge["node"]["number"]) for edge in found["edges"]]
        if found["edges"]:
            assert found["pageInfo"]["endCursor"] is not None
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
        for number in arriving if turn < len(steps) else ():
            lend(reader, number + 1000, max(0, number) % 4)
        turn += 1
    assert sorted(number for _, number in seen if number < 900) == list(range(len(there)))
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("order", ORDERS)
def test_rows_that_are_equal_in_the_order_are_neither_lost_nor_repeated(
    walker: Gateway, order: dict[str, str] | None
) -> None:
    reader, phone = borrower()
    for number in range(10):
        lend(reader, number // 5, 7)
    after, seen = None, 0
    for size in (1, 2, 3, 4):
        found = page(walker, phone=phone, first=size, after=after, order=order)
        seen += len(found["edges"])
        assert [edge["cursor"] for edge in found["edges"]][-1:] != [after]
        after = found["pageInfo"]["endCursor"]
        assert found["totalCount"] == 10
    assert seen == 10
    assert found["pageInfo"]["hasNextPage"] is False
    assert page(walker, phone=phone, after=after, order=order)["edges"] == []


def test_the_ends_of_a_page_are_the_cursors_of_its_first_and_last_row(walker: Gateway) -> None:
    from domains.vault.sealing import open_token

    found = page(walker, phone="+91-1", first=2)
    ends = [found["pageInfo"]["startCursor"], found["pageInfo"]["endCursor"]]
    held = [open_token(context="Loan:number:desc", token=token) for token in ends]
    assert held == [open_token(context="Loan:number:desc", token=edge["cursor"]) for edge in found["edges"]]
    assert [json.loads(each)[0] for each in held] == [6, 4]


def test_a_page_of_none_has_no_ends_and_knows_whether_rows_follow(walker: Gateway) -> None:
    found = page(walker, phone="+91-1", first=0)
    ends = {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert (found["edges"], found["pageInfo"], found["totalCount"]) == ([], ends, 3)
    assert page(walker, phone="+91-3", first=0)["pageInfo"] == ends | {"hasNextPage": False}


def test_a_cursor_tells_nothing(walker: Gateway) -> None:
    """Neither the value it stands for nor the row's key, as text or as bytes, decoded or not; no two are alike."""
    text = "{ readers(orderBy: {field: NAME}) { edges { cursor node { id name } } } }"
    rows = ask(walker, LIBRARIAN, text).data["readers"]["edges"]
    again = ask(walker, LIBRARIAN, text).data["readers"]["edges"]
    for row, other in zip(rows, again, strict=True):
        token = row["cursor"]
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        key = UUID(row["node"]["id"].partition(":")[2])
        for secret in (
            row["node"]["name"],
            row["node"]["name"].split()[0],
            str(key),
            key.hex,
            "Reader",
            "name",
        ):
            assert secret not in token
            assert secret.encode() not in raw
        assert key.bytes not in raw
        assert token != other["cursor"]


def test_a_cursor_that_was_altered_or_made_elsewhere_is_refused(walker: Gateway) -> None:
    found = page(walker, phone="+91-1", first=1, order=ORDERS[1])
    mine = found["edges"][0]["cursor"]
    forged = base64.urlsafe_b64encode(json.dumps([1, str(new_id())]).encode()).decode()
    foreign = seal_token(context="Other:number:asc", payload=json.dumps([1, str(new_id())]).encode())
    flipped = mine[:-2] + ("A" if mine[-2] != "A" else "B") + mine[-1]
    for token in (
        "",
        "x",
        "é",
        "=",
        mine + "=",
        mine[:-1],
        flipped,
        forged,
        foreign,
        mine.lower(),
        " " + mine,
        "A" * 9_000,
    ):
        answer = ask(
            walker, LIBRARIAN, PAGE, {"phone": "+91-1", "first": 1, "after": token, "order": ORDERS[1]}
        )
        assert (answer.status, answer.codes) == (400, ["INVALID_CURSOR"]), token


def test_a_cursor_is_of_use_for_its_order_only(walker: Gateway) -> None:
    for used in ORDERS:
        cursor = page(walker, phone="+91-1", first=1, order=used)["edges"][0]["cursor"]
        for other in ORDERS:
            answer = ask(walker, LIBRARIAN, PAGE, {"phone": "+91-1", "after": cursor, "order": other})
            assert answer.codes == ([] if other == used else ["INVALID_CURSOR"])


def test_a_cursor_of_a_nested_list_works_for_each_parent(walker: Gateway) -> None:
    """It is a place in the order, wherever the rows come from."""
    cursor = page(walker, phone="+91-1", first=1)["edges"][0]["cursor"]
    text = """query ($after: String) { readers(filter: {name: {in: ["Ann Ash", "Bob Birch"]}}) { nodes {
        name loans(after: $after) { nodes { number } }
    } } }"""
    found = {row["name"]: [loan["number"] for loan in row["loans"]["nodes"]]
             for row in ask(walker, LIBRARIAN, text, {"after": cursor}).data["readers"]["nodes"]}  # fmt: skip
    assert found == {"Ann Ash": [4, 2], "Bob Birch": [5, 3, 1]}
