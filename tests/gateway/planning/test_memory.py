"""What is remembered of documents and plans stays small: strangers choose what is remembered."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

import pytest

from gateway.pipeline import Gateway
from tests.gateway.asking import ask
from tests.gateway.planning.conftest import CLERK, LIBRARIAN

BYTES_OF_A_CHARACTER = 60
BYTES_OF_A_FIELD = 1_000
FIELDS = "title pages shouted length shelf { label } loans { totalCount nodes { number fine } }"


def grown(work: Callable[[], None]) -> int:
    """Return how many bytes more are in use when work is done."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_documents_take_no_more_than_their_bound_says(gateway: Gateway) -> None:
    """The densest ones are the dearest: short names, with a literal each."""
    kept = gateway.documents.kept
    kept.weight_max = 20_000
    many = " ".join(f"k{number:02d}: totalCount" for number in range(20))

    def fill() -> None:
        for number in range(80):
            gateway.documents.read(f"{{ books(first: {number}) {{ {many} }} }}")

    gateway.documents.read(f"{{ books {{ {many} }} }}")  # what is made once
    taken = grown(fill)
    assert kept.weight > 19_000

    assert taken < kept.weight_max * BYTES_OF_A_CHARACTER


def test_plans_take_no_more_than_their_bound_says(gateway: Gateway) -> None:
    kept = gateway.planner.kept
    kept.weight_max = 1_000
    gateway.documents.kept.number_max = 1  # not to be counted

    def plan(text: str) -> None:
        document = gateway.documents.read(text)
        operation, profile = document.operation(None), LIBRARIAN.profile
        sketch = gateway.planner.sketch(document, operation, profile=profile, variables={})
        gateway.planner.plan(sketch, document, operation, profile=profile)

    texts = [f"{{ k{number}: books {{ nodes {{ {FIELDS} }} }} }}" for number in range(100)]
    plan(texts.pop())
    taken = grown(lambda: [plan(text) for text in texts].clear())
    assert kept.weight > 900

    assert taken < kept.weight_max * BYTES_OF_A_FIELD


def test_a_plan_weighs_every_field_that_fragments_repeat(gateway: Gateway) -> None:
    """Or else a short text with fragments in fragments would weigh little and take much."""
    ask(gateway, LIBRARIAN, "{ books { nodes { title } } }")
    flat = gateway.planner.kept.weight
    doubled = "fragment A on Book { a: title b: title } fragment B on Shelf { a: books { nodes { ...A } } }"
    ask(
        gateway,
        LIBRARIAN,
        f"{{ books {{ nodes {{ shelf {{ ...B b: books {{ nodes {{ ...A }} }} }} }} }} }} {doubled}",
    )
    assert (flat, gateway.planner.kept.weight - flat) == (13, 21)


def test_an_error_at_a_variable_tells_its_place_however_often_it_is_asked(gateway: Gateway) -> None:
    text = "query (\n  $first: Int) { books(first: $first) { totalCount } }"
    answers = [ask(gateway, CLERK, text, {"first": "x"}) for _ in range(2)]
    assert [[error["locations"] for error in answer.errors] for answer in answers] == [
        [[{"line": 2, "column": 3}]]
    ] * 2


SECRET = "Secrets of the House"


def reached(start: object) -> Iterator[object]:
    """Yield every object that is kept alive by one, but for modules, classes and the schema."""
    seen, left = {id(start)}, [start]
    while left:
        yield (found := left.pop())
        if isinstance(found, (ModuleType, type)) or type(found).__name__ in (
            "SchemaMapping",
            "GraphQLSchema",
        ):
            continue
        referents: list[Any] = (
            [found.__closure__] if isinstance(found, FunctionType) else gc.get_referents(found)
        )
        for referent in referents:
            if id(referent) not in seen:
                seen.add(id(referent))
                left.append(referent)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("query ($n: String) { readers(filter: {name: {eq: $n}}) { nodes { name } } }", {"n": SECRET}),
        (f'{{ readers(filter: {{name: {{in: ["{SECRET}", "b"]}}}}) {{ nodes {{ name }} }} }}', {}),
        (f'{{ loans(filter: {{or: [{{note: {{eq: "{SECRET}"}}}}]}}) {{ totalCount }} }}', {}),
        ("query ($f: LoanFilter) { loans(filter: $f) { totalCount } }", {"f": {"note": {"in": [SECRET]}}}),
        ("query ($i: ID!) { anyThing(id: $i) { id } }", {"i": f"{SECRET}:1"}),
        ("query ($t: String!) { book(title: $t) { title } }", {"t": SECRET}),
        (
            "mutation ($i: NoteInput!) { changeReader(input: $i) { told } }",
            {"i": {"name": "Ann Ash", "phone": SECRET}},
        ),
    ],
)
def test_a_plan_keeps_nothing_of_what_was_asked_for(
    gateway: Gateway, text: str, variables: dict[str, Any]
) -> None:
    kept = gateway.planner.kept
    assert ask(gateway, LIBRARIAN, text, variables).status == 200
    assert len(kept) == 1
    assert not [found for found in reached(kept) if isinstance(found, str) and SECRET in found]
