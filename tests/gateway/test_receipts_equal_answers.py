"""Whatever is asked by whomever: what the receipts tell is what the answer disclosed, no more and no less.

Compared are (place, person, coordinate, decision). What a receipt tells beyond the answer is only this: of a
person whose data were asked for at a place of their own data (their holdings, say) and who has none there, that
they were asked for. `ORACLE_OPERATIONS` and `ORACLE_SEED` are those of `test_oracle`.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLSchema, build_schema, print_ast, print_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from domains.audit.models import AuditLog, ReadShape
from domains.vault.sealing import BrokenSeal
from gateway.pipeline import Gateway
from gateway.planning import batch
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import schema
from tests.gateway.asking import ask
from tests.gateway.book import ident
from tests.gateway.disclosures import Disclosures, Told, with_keys
from tests.gateway.operations import Operation, Writer
from tests.gateway.oracle import Book
from tests.gateway.test_oracle import OPERATIONS, SEED

VIEWERS = [
    *(
        Viewer(kind="SYSTEM", id=ident(1, 0), user_id=ident(1, 0), roles=frozenset({role}))
        for role in POLICY.roles
    ),
    *(
        Viewer(kind="SYSTEM", id=ident(1, 1), customer_id=ident(6, number), roles=frozenset({"customer"}))
        for number in (0, 1, 2)
    ),
    Viewer(
        kind="SYSTEM", id=ident(1, 1), customer_id=ident(6, 1), roles=frozenset({"customer", "operations"})
    ),
    Viewer(kind="SYSTEM", id=ident(1, 1), roles=frozenset({"auditor", "kyc_officer"})),
]
_marks = count(1)


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    return Gateway(schema(), POLICY, customer_of=lambda _: None)


@pytest.fixture(scope="module")
def book(written_book: str) -> Book:
    return Book()


def told_by_receipts(mark: str, viewer: Viewer) -> tuple[set[Told], set[str], set[str]]:
    """Return what receipts tell, and the places where data are those of a person named further up, or shared."""
    told: set[Told] = set()
    inherited, shared = set(), set()
    for receipt in AuditLog.objects.filter(correlation_id=mark, event="READ"):
        levels = ReadShape.objects.get(digest=receipt.shape_id).levels
        assert {str(person) for person in receipt.subjects} == {
            person
            for place, persons in receipt.disclosed.items()
            if "subjects_of" in levels[place]
            for person in persons
        }
        for place, level in levels.items():
            if "subjects_of" not in level:
                continue
            if level["subjects_of"] != place:
                inherited.add(place)
            persons = [UUID(person) for person in receipt.disclosed[level["subjects_of"]]]
            if level.get("shared"):
                shared.add(place)
            own_rows = level.get("shared") and viewer.customer_id in persons
            for person in persons:
                for coordinate, (own, others) in level["coordinates"].items():
                    is_own = person == viewer.customer_id or own_rows
                    told.add(Told(place, person, coordinate, own if is_own else others))
    return told, inherited, shared


@pytest.fixture(scope="module")
def printed(gateway: Gateway) -> GraphQLSchema:
    """Return the schema as clients know it, without anything of ours behind it."""
    return build_schema(print_schema(gateway.schema))


def check(operation: Operation, viewer: Viewer, gateway: Gateway, printed: GraphQLSchema, book: Book) -> int:
    """Ask, compare, and return how much was disclosed."""
    document = with_keys(printed, operation.text)
    text, mark = print_ast(document), f"equal-{next(_marks)}"
    answer = ask(
        gateway, viewer, text, operation.variables, operation_name=operation.name, correlation_id=mark
    )
    if "data" not in answer.body:
        assert not AuditLog.objects.filter(correlation_id=mark, event="READ").exists()
        return 0
    kinds = {name: field.spec.classification for name, field in gateway.planner.mapping.fields.items()}
    disclosures = Disclosures(printed, book, viewer, kinds, document)
    answered = disclosures.of(answer.data, operation.variables, operation.name)
    told, inherited, shared = told_by_receipts(mark, viewer)
    context = f"{viewer!r}\n{text}\nvariables: {operation.variables!r}"
    if viewer.customer_id is not None and viewer.roles != {"customer"}:
        # Who sees both their own rows and others', at a place where several persons share a row: the receipt
        # tells that they are among the persons there, not in which rows.
        answered = {each for each in answered if each.place not in shared}
        told = {each for each in told if each.place not in shared}
    assert answered <= told, f"not told: {sorted(map(str, answered - told))[:5]}\n{context}"
    seen = {(each.place, each.person) for each in answered}
    beyond = {
        each for each in told - answered if each.place not in inherited or (each.place, each.person) in seen
    }
    assert not beyond, f"told and not disclosed: {sorted(map(str, beyond))[:5]}\n{context}"
    return len(answered)


@seed(SEED)
@settings(
    max_examples=OPERATIONS,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
@given(data=st.data())
def test_receipts_tell_what_the_answer_discloses(
    data: st.DataObject, gateway: Gateway, printed: GraphQLSchema, book: Book, tally: dict[str, int]
) -> None:
    viewer = data.draw(st.sampled_from(VIEWERS))
    operation = Writer(data.draw, printed, book).operation()
    found = check(operation, viewer, gateway, printed, book)
    tally["asked"] += 1
    tally["disclosing"] += found > 0


@pytest.fixture(scope="module")
def tally() -> dict[str, int]:
    return {"asked": 0, "disclosing": 0}


def test_many_of_these_answers_disclosed_something(tally: dict[str, int]) -> None:
    assert tally["asked"] >= OPERATIONS
    assert tally["disclosing"] / tally["asked"] > 0.1, tally  # many viewers see nothing of anybody


def test_a_receipt_covers_what_was_read_though_a_batch_field_fails(
    gateway: Gateway, printed: GraphQLSchema, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*, sealed: Sequence[Any], **_: Any) -> list[BrokenSeal]:
        return [BrokenSeal("a value does not open")] * len(sealed)

    monkeypatch.setattr(batch, "open_all", broken)
    text = "{ customers { nodes { fullName email kycProfile { pan dateOfBirth } } pageInfo { endCursor } } }"
    officer = VIEWERS[list(POLICY.roles).index("kyc_officer")]
    assert check(Operation(text, {}, None), officer, gateway, printed, book) > 20
    failed = ask(gateway, officer, text)
    assert set(failed.codes) == {"FIELD_FAILED"}
    assert all(node["email"] is None for node in failed.data["customers"]["nodes"])
