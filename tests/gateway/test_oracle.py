"""Whatever is asked, the gateway answers what graphql-core's own execution over naive resolvers answers.

And whatever was answered, the receipts name exactly the persons whose rows were shown.

`ORACLE_OPERATIONS` says how many operations are tried (150 in an ordinary run, 2,000 and more in a full one),
`ORACLE_SEED` repeats a run: the seed of each is printed.
"""

import os
import random
import sys
from collections.abc import Iterator

import pytest
from graphql import get_named_type, is_composite_type, parse, validate
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from domains.audit.models import AuditLog
from gateway.pipeline import Gateway
from tests.gateway.asking import ask
from tests.gateway.conftest import EVERYTHING
from tests.gateway.operations import Operation, Writer
from tests.gateway.oracle import CONNECTIONS, LOOKUPS, MODELS, NOT_ASKED, TO_ONE, Book, Oracle, differences

OPERATIONS = int(os.environ.get("ORACLE_OPERATIONS", "150"))
SEED = int(os.environ.get("ORACLE_SEED", random.SystemRandom().randrange(2**32)))
SHARE_WITH_ROWS_MIN = 0.7


class Tally:
    """How many operations were asked, and how many of them found rows."""

    def __init__(self) -> None:
        self.asked = self.with_rows = self.rows = 0

    def __str__(self) -> str:
        return f"{self.asked} operations, {self.with_rows} with rows, {self.rows} rows, ORACLE_SEED={SEED}"


@pytest.fixture(scope="module")
def oracle(written_book: str, clear_gateway: Gateway) -> Oracle:
    return Oracle(clear_gateway.schema, Book())


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Count, and print the count and the seed although pytest captures what is printed."""
    tally = Tally()
    yield tally
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write(f"\noracle: {tally}\n")


@seed(SEED)
@settings(
    max_examples=OPERATIONS,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
@given(data=st.data())
def test_an_operation_is_answered_as_by_graphql_core(
    data: st.DataObject, oracle: Oracle, clear_gateway: Gateway, tally: Tally
) -> None:
    operation = Writer(data.draw, oracle.schema, oracle.book).operation()
    check(operation, oracle, clear_gateway, tally)


def check(operation: Operation, oracle: Oracle, gateway: Gateway, tally: Tally) -> None:
    told = f"{operation.text}\nvariables: {operation.variables!r}\noperationName: {operation.name}"
    assert not (faults := validate(oracle.schema, parse(operation.text))), f"invalid: {faults}\n{told}"
    before = oracle.rows_answered
    oracle.persons.clear()
    expected = oracle.answer(operation.text, operation.variables, operation.name)
    assert expected.errors is None, f"the oracle failed: {expected.errors}\n{told}"
    tally.asked += 1
    tally.with_rows += oracle.rows_answered > before
    tally.rows += oracle.rows_answered - before
    mark = f"operation-{tally.asked}"
    ours = ask(
        gateway,
        EVERYTHING,
        operation.text,
        operation.variables,
        operation_name=operation.name,
        correlation_id=mark,
    )
    assert not ours.errors, f"{ours.errors}\n{told}"
    found = list(differences(ours.data, expected.data))
    assert not found, "\n".join([*found[:10], told])
    receipts = AuditLog.objects.filter(correlation_id=mark).values_list("subjects", flat=True)
    assert {person for subjects in receipts for person in subjects} == oracle.persons, told


def test_most_operations_find_rows(tally: Tally) -> None:
    """Keys and cursors come from the book; operations over nothing would prove nothing."""
    assert tally.asked >= OPERATIONS
    assert tally.with_rows / tally.asked >= SHARE_WITH_ROWS_MIN, str(tally)


def test_the_oracle_knows_every_way_in_and_every_relation(oracle: Oracle) -> None:
    """What it does not know would never be asked, and so never proved."""
    known = {*CONNECTIONS, *TO_ONE, *(f"Query.{name}" for name in LOOKUPS), "Query.node"}
    known |= NOT_ASKED
    known |= {"Transaction.amount", "Query.explainAccess", "Query.me"}  # columns; questions to it
    known |= {"Query.auditProof", "Query.auditConsistency", "Query.auditTreeHeads"}  # likewise
    missing = [
        f"{name}.{field}"
        for name in ("Query", *MODELS)
        for field, definition in oracle.schema.type_map[name].fields.items()  # type: ignore[attr-defined]
        if is_composite_type(get_named_type(definition.type)) and f"{name}.{field}" not in known
    ]
    assert missing == []
    entities = {kind.name for kind in oracle.schema.get_possible_types(oracle.schema.type_map["Node"])}  # type: ignore[arg-type]
    assert entities == MODELS.keys()
