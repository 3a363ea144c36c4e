"""What makes a plan: the shape of what is asked, never a value in it; how many plans and documents are kept."""

from typing import Any

import pytest
from graphql import parse

from gateway import documents
from gateway.pipeline import Gateway
from tests.gateway.asking import ask
from tests.gateway.counting import Sent
from tests.gateway.planning.conftest import CLERK, LIBRARIAN

LITERALS = """{{ reader(phone: "+91-{n}") {{
    loans(first: {size}, filter: {{fine: {{gte: "{n}.5"}}}}) {{ totalCount }}
}} }}"""


def test_documents_that_differ_only_in_literals_make_one_plan(gateway: Gateway) -> None:
    """Keys, page sizes of a class, filters' values, nested: 10,000 documents, one plan, one statement."""
    names = set()
    for number in range(10_000):
        text = LITERALS.format(n=number, size=1 + number % 20)
        document = documents._document(
            gateway.documents.schema, text, parse(text)
        )  # validated, it took minutes
        operation = document.operation(None)
        sketch = gateway.planner.sketch(
            document, operation, profile=LIBRARIAN.profile, variables=document.literals
        )
        plan = gateway.planner.plan(sketch, document, operation, profile=LIBRARIAN.profile)
        names.add(plan.roots[0].statement.name)  # type: ignore[union-attr]
    assert gateway.planner.built == 1
    assert len(names) == 1


def test_each_of_many_documents_is_answered_with_its_own_literals(gateway: Gateway, sent: Sent) -> None:
    text = '{{ loans(first: {n}, filter: {{fine: {{gte: "{v}"}}}}) {{ nodes {{ number }} }} }}'
    for number in range(1, 8):
        found = ask(gateway, LIBRARIAN, text.format(n=number, v=number / 4)).data["loans"]["nodes"]
        assert [row["number"] for row in found] == list(range(number, 8))[:number]
    assert gateway.planner.built == 1
    assert len(sent.beginning("PREPARE")) == 1


def test_defaults_of_variables_are_literals_too(gateway: Gateway) -> None:
    text = """query ($p: String = "+91-{n}", $size: Int = {n}) {{
        reader(phone: $p) {{ name loans(first: $size) {{ totalCount }} }}
    }}"""
    found = [ask(gateway, LIBRARIAN, text.format(n=number)).data["reader"] for number in range(1, 20)]
    assert [row["name"] for row in found if row] == ["Ann Ash", "Cam Cedar"]
    assert gateway.planner.built == 1


BY_FINE = {"field": "FINE"}


@pytest.mark.parametrize(
    ("kinds", "arguments", "shapes", "plans"),
    [
        ("$f: LoanFilter", "filter: $f", [{"f": None}, {}], 1),
        ("$f: LoanFilter", "filter: $f", [{}, {"f": {}}, {"f": {"fine": {}}}], 3),
        ("$f: LoanFilter", "filter: $f", [{"f": {"fine": {"gt": "1"}}}, {"f": {"fine": {"gt": "2"}}}], 1),
        ("$n: Int", "first: $n", [{}, {"n": None}], 1),
        ("$n: Int", "first: $n", [{"n": 0}, {"n": 1}, {"n": 20}], 1),
        ("$n: Int", "first: $n", [{"n": 20}, {"n": 21}, {"n": 50}, {"n": 51}, {"n": 200}], 3),
        ("$o: LoanOrder", "orderBy: $o", [{"o": BY_FINE}, {"o": {**BY_FINE, "direction": "DESC"}}], 1),
        ("$o: LoanOrder", "orderBy: $o", [{}, {"o": BY_FINE}, {"o": {**BY_FINE, "direction": "ASC"}}], 3),
        ("$v: [String!]", "filter: {note: {in: $v}}", [{"v": []}, {"v": ["a"]}, {"v": ["a", "b"]}], 1),
        ("$v: [LoanFilter!]", "filter: {or: $v}", [{"v": []}, {"v": [{}]}, {"v": [{}, {}]}], 3),
    ],
)
def test_a_plan_is_made_for_each_shape_of_the_variables(
    gateway: Gateway, kinds: str, arguments: str, shapes: list[dict[str, Any]], plans: int
) -> None:
    text = f"query ({kinds}) {{ loans({arguments}) {{ nodes {{ id }} }} }}"
    for _ in range(2):
        for variables in shapes:
            assert not ask(gateway, LIBRARIAN, text, variables).errors
    assert gateway.planner.built == plans


def test_a_plan_is_made_for_each_choice_of_branches(gateway: Gateway) -> None:
    text = "query ($b: Boolean!) { loans { nodes { id note @include(if: $b) } } }"
    for shown in (True, False, True):
        row = ask(gateway, LIBRARIAN, text, {"b": shown}).data["loans"]["nodes"][0]
        assert ("note" in row) is shown
    assert gateway.planner.built == 2


def test_viewers_share_the_plan_of_their_roles(gateway: Gateway) -> None:
    from tests.gateway.planning.conftest import reader
    from tests.toy.rows import ANN, BOB

    text = "{ readers { nodes { name } } }"
    assert ask(gateway, reader(ANN), text).data["readers"]["nodes"] == [{"name": "Ann Ash"}]
    assert ask(gateway, reader(BOB), text).data["readers"]["nodes"] == [{"name": "Bob Birch"}]
    assert gateway.planner.built == 1
    ask(gateway, CLERK, text)
    assert gateway.planner.built == 2


def test_the_plans_that_are_kept_are_bounded(gateway: Gateway) -> None:
    gateway.planner.kept.number_max = 5
    texts = [f"{{ books {{ k{number}: totalCount }} }}" for number in range(12)]
    for text in texts:
        ask(gateway, LIBRARIAN, text)
    assert len(gateway.planner.kept) == 5
    ask(gateway, LIBRARIAN, texts[-1])
    assert gateway.planner.built == 12
    ask(gateway, LIBRARIAN, texts[0])
    assert gateway.planner.built == 13


def test_the_documents_that_are_kept_are_bounded(gateway: Gateway) -> None:
    gateway.documents.kept.number_max = 50
    read = gateway.documents.read
    first = read("{ k0: __typename }")
    for number in range(70):
        read(f"{{ k{number}: __typename }}")
    assert len(gateway.documents.kept) == 50
    assert read("{ k69: __typename }") is read("{ k69: __typename }")
    assert read("{ k0: __typename }") is not first


def test_long_documents_push_out_many_short_ones(gateway: Gateway) -> None:
    """Or else a stranger who sends two thousand of the longest would fill the memory."""
    kept = gateway.documents.kept
    kept.weight_max = 10_000
    for number in range(100):
        gateway.documents.read(f"{{ k{number:03d}: __typename }}")
    assert len(kept) == 100
    for letter in "abc":
        gateway.documents.read(f"{{ {letter}: __typename }} # {'x' * 4_000}")
    assert (len(kept), kept.weight <= 10_000) == (2, True)
    gateway.documents.read(f"{{ d: __typename }} # {'x' * 11_000}")
    assert (len(kept), kept.weight <= 10_000) == (2, True)
