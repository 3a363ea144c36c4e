"""What a read leaves in the audit trail: exactly the persons that it disclosed, where, and never a value."""

from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from domains.audit.models import AuditLog, ReadShape
from domains.vault.sealing import digest
from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.viewer import Viewer
from tests.gateway.asking import ask
from tests.gateway.planning.conftest import CLERK, LIBRARIAN, reader

_marks = count(1)


def read(
    gateway: Gateway, text: str, variables: dict[str, Any] | None = None, *, viewer: Viewer = LIBRARIAN
) -> list[AuditLog]:
    """Ask, and return the receipts that it left."""
    mark = f"receipt-{next(_marks)}"
    answer = ask(gateway, viewer, text, variables, correlation_id=mark)
    assert not [
        error for error in answer.errors if error["extensions"]["code"] != "UNAUTHORIZED_FIELD_OR_TYPE"
    ]
    return list(AuditLog.objects.filter(correlation_id=mark).order_by("id"))


def disclosed(gateway: Gateway, text: str, *, viewer: Viewer = LIBRARIAN) -> dict[str, set[str]]:
    """Return the persons by place that the one receipt of a read names; all of them are its subjects."""
    (receipt,) = read(gateway, text, viewer=viewer)
    found = {place: set(keys) for place, keys in receipt.disclosed.items()}
    assert {str(subject) for subject in receipt.subjects} == set().union(*found.values())
    return found


def names(*keys: UUID) -> set[str]:
    return {str(key) for key in keys}


@pytest.fixture
def people(library: str) -> tuple[UUID, UUID, UUID]:
    from tests.toy.rows import ANN, BOB, CAM

    return ANN, BOB, CAM


def test_a_receipt_tells_who_read_whose_data_for_what(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    ann, bob, _ = people
    viewer = Viewer(
        kind="SYSTEM", id=bob, customer_id=bob, roles=frozenset({"librarian", "clerk"}), purpose="a complaint"
    )
    request = Request(
        text='query Card { found: reader(phone: "+91-1") { name card } }',
        operation_name="Card",
        variables={},
        correlation_id="told",
        address="192.0.2.9",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    assert gateway.answer(request, viewer).status == 200
    receipt = AuditLog.objects.get(correlation_id="told")
    assert (receipt.event, receipt.viewer_kind, receipt.viewer_id) == ("READ", "SYSTEM", bob)
    assert (receipt.viewer_customer_id, receipt.roles) == (bob, ["clerk", "librarian"])
    assert (receipt.purpose, receipt.operation_name, receipt.field) == ("a complaint", "Card", "found")
    assert (receipt.subjects, receipt.disclosed, receipt.row_count) == ([ann], {"found": [str(ann)]}, 1)
    assert receipt.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert (receipt.address, receipt.sought_digest, receipt.changes) == ("192.0.2.9", None, None)
    assert receipt.document_id == gateway.documents.read(request.text).id


def test_a_shape_tells_each_coordinate_and_decision_once_for_all_readings(gateway: Gateway) -> None:
    text = """{ readers { nodes {
        name deposit { amount } loans { nodes { note reader { phone } } } favourite { title }
    } } }"""
    first, second = (read(gateway, text, viewer=CLERK)[0] for _ in range(2))
    assert first.shape_id == second.shape_id
    shape = ReadShape.objects.get(digest=first.shape_id)
    assert shape.levels == {
        "readers": {
            "subjects_of": "readers",
            "coordinates": {
                "Reader.deposit": ["HIDE", "HIDE"],
                "Reader.favourite": ["HIDE", "HIDE"],
                "Reader.loans": ["SHOW", "SHOW"],
                "Reader.name": ["MASK", "MASK"],
            },
        },
        "readers.nodes.loans": {
            "subjects_of": "readers",
            "coordinates": {"Loan.note": ["MASK", "MASK"], "Loan.reader": ["SHOW", "SHOW"]},
        },
        "readers.nodes.loans.nodes.reader": {
            "subjects_of": "readers",
            "coordinates": {"Reader.phone": ["MASK", "MASK"]},
        },
    }
    assert "+91" not in shape.operation


def test_a_shape_holds_no_literal_wherever_it_was_written(gateway: Gateway) -> None:
    text = """query ($p: String = "+91-1", $f: LoanFilter = {note: {eq: "note 2"}}) {
        reader(phone: $p) { loans(filter: $f, first: 7) { nodes { note } } }
        holder(phoneNumber: "+91-3", fullName: "Cam Cedar") { name }
    }"""
    for receipt in read(gateway, text):
        operation = ReadShape.objects.get(digest=receipt.shape_id).operation
        for literal in ("+91", "note 2", "Cam", "7"):
            assert literal not in operation


def test_what_differs_by_row_is_told_as_both(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    (receipt,) = read(gateway, "{ readers { nodes { card } } }", viewer=reader(people[0], "clerk"))
    levels = ReadShape.objects.get(digest=receipt.shape_id).levels
    assert levels["readers"]["coordinates"] == {"Reader.card": ["SHOW", "MASK"]}


def test_nothing_that_was_read_is_in_a_receipt(gateway: Gateway) -> None:
    (receipt,) = read(gateway, '{ reader(phone: "+91-1") { name phone card tags loans { nodes { note } } } }')
    written = str({key: value for key, value in vars(receipt).items() if key != "_state"})
    for value in ("Ann", "+91", "CARD", "early", "note 2"):
        assert value not in written


def test_persons_below_and_above_are_named_at_their_places(
    gateway: Gateway, people: tuple[UUID, ...]
) -> None:
    ann, bob, cam = people
    assert disclosed(gateway, '{ reader(phone: "+91-1") { name loans { nodes { reader { name } } } } }') == {
        "reader": names(ann)
    }
    found = disclosed(
        gateway,
        """{ reader(phone: "+91-1") { sponsor { name sponsored { nodes { name } } }
                                      clubs { nodes { name readers { nodes { name sponsor { name } } } } } } }""",
    )
    assert found == {
        "reader": names(ann),
        "reader.sponsor": names(cam),
        "reader.sponsor.sponsored": names(ann),
        "reader.clubs": names(ann, bob),
        "reader.clubs.nodes.readers": names(ann, bob),
        "reader.clubs.nodes.readers.nodes.sponsor": names(ann, cam),
    }


def test_all_who_share_a_row_are_named(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    ann, bob, _ = people
    assert disclosed(gateway, "{ clubs { nodes { name meetings { nodes { topic } } } } }")["clubs"] == names(
        ann, bob
    )
    assert disclosed(gateway, "{ clubs(first: 1) { edges { node { name } } } }")["clubs"] == names(ann, bob)


def test_persons_below_what_is_nobody_s_are_named(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    ann, bob, _ = people
    text = '{ shelf(label: "Poetry") { label books { nodes { title loans(first: 1) { nodes { note } } } } } }'
    assert disclosed(gateway, text) == {"shelf.books.nodes.loans": names(ann, bob)}


def test_a_receipt_names_nobody_beyond_the_page(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    """Not the row behind the page either, which is looked at to tell whether another page follows."""
    _, bob, cam = people
    newest = "edges { node { name } } pageInfo { hasNextPage endCursor } totalCount"
    assert disclosed(gateway, f"{{ readers(first: 1) {{ {newest} }} }}") == {"readers": names(cam)}
    assert disclosed(gateway, f"{{ readers(first: 2) {{ {newest} }} }}") == {"readers": names(cam, bob)}
    assert disclosed(gateway, f"{{ readers(first: 0) {{ {newest} }} }}") == {"readers": set()}


def test_a_page_of_the_default_size_names_as_many_as_it_shows(gateway: Gateway) -> None:
    from domains.kernel.identifiers import new_id
    from tests.toy.models import Reader

    for number in range(25):
        Reader.objects.create(id=new_id(), name=f"Default {number}", phone=f"d{number}")
    text = '{ readers(filter: {phone: {startsWith: "d"}}) { nodes { name } pageInfo { hasNextPage } } }'
    (receipt,) = read(gateway, text)
    assert (len(receipt.subjects), receipt.row_count) == (20, 20)
    Reader.objects.filter(phone__startswith="d").delete()


def test_pages_inside_pages_name_what_they_show(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    """Bob's newest loan is of one book, whose first loan is Ann's or Bob's: nobody else's page counts."""
    _, bob, _ = people
    text = """{ namesake(first: "Bob Birch") { loans(first: 1) { nodes { book {
        loans(first: 1) { nodes { number reader { name } } }
    } } } } }"""
    answer = ask(gateway, LIBRARIAN, text)
    (loan,) = answer.data["namesake"]["loans"]["nodes"][0]["book"]["loans"]["nodes"]
    shown = names(people[loan["number"] % 2])
    assert disclosed(gateway, text) == {"namesake": names(bob), "namesake.loans.nodes.book.loans": shown}


def test_a_count_names_nobody(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    for asked in ("totalCount", "pageInfo { hasNextPage endCursor }", "edges { cursor }", "__typename"):
        (receipt,) = read(gateway, f"{{ readers {{ {asked} }} }}")
        assert (receipt.event, receipt.subjects, receipt.row_count) == ("READ", [], 0), asked
    assert disclosed(gateway, '{ reader(phone: "+91-1") { name clubs { totalCount } } }') == {
        "reader": names(people[0]),
        "reader.clubs": set(),
    }


def test_what_is_hidden_names_nobody(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    """The clerk sees no money and, of a relation, no masked form."""
    ann, _, _ = people
    text = '{ reader(phone: "+91-1") { name sponsor { name } sponsored { nodes { name } } } }'
    assert disclosed(gateway, text, viewer=CLERK) == {"reader": names(ann)}


def test_a_relation_that_is_shown_by_row_names_those_that_were_shown(
    gateway: Gateway, people: tuple[UUID, ...]
) -> None:
    ann, bob, cam = people
    text = "{ readers { nodes { standing sponsor { name } sponsored { nodes { name } totalCount } } } }"
    viewer = reader(ann, "clerk")
    rows = ask(gateway, viewer, text).data["readers"]["nodes"]
    assert sorted(str(row["sponsor"]) for row in rows) == ["None", "None", "{'name': 'C*'}"]
    assert [row["sponsored"] for row in rows if row["sponsored"]] == [
        {"nodes": [{"name": "B*"}], "totalCount": 1}
    ]
    assert disclosed(gateway, text, viewer=viewer) == {
        "readers": names(ann, bob, cam),
        "readers.nodes.sponsor": names(cam),
        "readers.nodes.sponsored": names(bob),
    }


def test_rows_that_are_not_visible_are_not_named(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    ann, _, _ = people
    text = "{ readers { nodes { name clubs { nodes { readers { nodes { name } } } } } } }"
    found = disclosed(gateway, text, viewer=reader(ann))
    assert found["readers"] == found["readers.nodes.clubs.nodes.readers"] == names(ann)


def test_public_data_leaves_no_receipt(gateway: Gateway) -> None:
    assert (
        read(
            gateway,
            '{ books { nodes { title shelf { label } } } shelf(label: "Poetry") { label } __typename }',
        )
        == []
    )
    assert read(gateway, '{ anyThing(id: "Made:up") { id } __schema { queryType { name } } }') == []


def test_each_root_field_has_its_receipt(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    found = read(
        gateway, '{ a: reader(phone: "+91-1") { name } books { totalCount } b: clubs { nodes { name } } }'
    )
    assert [(receipt.field, len(receipt.subjects)) for receipt in found] == [("a", 1), ("b", 2)]


def test_a_look_up_that_finds_nothing_leaves_a_keyed_digest_of_its_key(gateway: Gateway) -> None:
    (missed,) = read(gateway, "query ($p: String!) { reader(phone: $p) { name } }", {"p": "+91-999"})
    assert (missed.event, missed.subjects, missed.disclosed) == ("LOOKUP_MISSED", [], {"reader": []})
    assert bytes(missed.sought_digest or b"") == digest(purpose="lookup", value="+91-999")
    assert "+91-999" not in str(vars(missed))
    (again,) = read(gateway, 'query { reader(phone: "+91-999") { name } }')
    assert bytes(again.sought_digest or b"") == bytes(missed.sought_digest or b"")


def test_a_look_up_of_what_the_viewer_may_not_see_is_a_miss(
    gateway: Gateway, people: tuple[UUID, ...]
) -> None:
    (missed,) = read(gateway, '{ reader(phone: "+91-1") { name } }', viewer=reader(people[1]))
    assert (missed.event, missed.subjects) == ("LOOKUP_MISSED", [])


def test_a_look_up_of_nobody_s_data_that_shows_nobody_is_no_miss(gateway: Gateway) -> None:
    (receipt,) = read(gateway, '{ shelf(label: "Empty") { books { nodes { loans { nodes { note } } } } } }')
    assert (receipt.event, receipt.subjects, receipt.sought_digest) == ("READ", [], None)


def test_what_a_mutation_shows_leaves_a_receipt(gateway: Gateway, people: tuple[UUID, ...]) -> None:
    text = 'mutation { changeReader(input: {name: "Ann Ash"}) { reader { name clubs { nodes { name } } } } }'
    (receipt,) = read(gateway, text)
    assert set(receipt.subjects) == {people[0], people[1]}


def test_if_the_receipt_can_t_be_written_nothing_is_read(gateway: Gateway) -> None:
    text = '{ reader(phone: "+91-1") { name } }'
    assert ask(gateway, LIBRARIAN, text).data["reader"]["name"] == "Ann Ash"
    role = connections["default"].settings_dict["USER"]
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'REVOKE INSERT ON audit_auditlog FROM "{role}"')
        try:
            answers = [ask(gateway, LIBRARIAN, text), ask(gateway, LIBRARIAN, f"query Other {text}")]
            public = ask(gateway, LIBRARIAN, "{ books { totalCount } }")
        finally:
            cursor.execute(f'GRANT INSERT ON audit_auditlog TO "{role}"')
    connections["owner"].close()
    for answer in answers:
        assert (answer.status, answer.codes) == (500, ["INTERNAL"])
        assert "data" not in answer.body
        assert "Ann" not in str(answer.body)
        assert "audit" not in str(answer.body)
    assert public.data == {"books": {"totalCount": 4}}
    assert ask(gateway, LIBRARIAN, text).data["reader"]["name"] == "Ann Ash"


def test_if_one_root_field_fails_no_receipt_stays_since_nothing_was_shown(gateway: Gateway) -> None:
    text = '{ reader(phone: "+91-1") { name } books { totalCount } }'
    role = connections["default"].settings_dict["USER"]
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'REVOKE SELECT ON toy_book FROM "{role}"')
        try:
            answer = ask(gateway, LIBRARIAN, text, correlation_id="half")
        finally:
            cursor.execute(f'GRANT SELECT ON toy_book TO "{role}"')
    connections["owner"].close()
    assert (answer.status, answer.codes) == (500, ["INTERNAL"])
    assert not AuditLog.objects.filter(correlation_id="half").exists()
    assert "Ann" not in str(answer.body)
    assert not ask(gateway, LIBRARIAN, text).errors


def test_who_is_nobody_leaves_no_shape(gateway: Gateway) -> None:
    before = ReadShape.objects.count()
    answer = ask(gateway, Viewer(), "{ readers { nodes { never: name asked: phone } } }")
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert ReadShape.objects.count() == before
