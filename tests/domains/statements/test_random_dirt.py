"""Whatever dirt a statement carries: no traceback, nothing half-written, nothing twice, nobody shown."""

import json
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domains.customers.models import Customer
from domains.portfolios.models import Holding, UnitEntry
from domains.statements.importer import import_file
from domains.statements.report import FileReport, Outcome
from domains.transactions.models import Transaction
from tests.domains.statements.paper import ACTOR, EXAMPLES, Document, deposit, equities

WORDS = (
    *("", " ", ".......", "NaN", "-1", "0", "1e9", "9" * 50, "1,239.00", "12-13-2026", "2026-02-30", "DEBIT"),
    *("x" * 10_000, "\x00", "\ud800", "\u202e", "\u0661\u0662", "INE009A01022", "true", "<b>", "';--", "\n"),
)
OTHERS = (None, True, 0, -1, 1.5, 10**400, [], {}, [[]], ["x"], [{}], {"holding": []}, [None])
DIRT = st.one_of(st.sampled_from(WORDS), st.sampled_from(OTHERS), st.text(max_size=20))
PERSONAL = [
    "Ishita",
    "Kulkarni",
    "9000012345",
    "BQKPK4821M",
    "ishita.kulkarni",
    "Lake View",
    "1209990000456789",
]
often = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Return every place in a document, the whole first."""
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield from places(below, (*path, step))


def put(document: Any, path: tuple[str | int, ...], dirt: object) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = dirt


@st.composite
def dirty_documents(draw: st.DrawFn) -> str:
    document: Document = draw(st.sampled_from([equities, deposit]))()
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from([path for path in places(document) if path]))
        put(document, path, deepcopy(draw(DIRT)))
    return json.dumps(document, indent=1)


@st.composite
def damaged_texts(draw: st.DrawFn) -> str:
    """A clean file with lines cut out, told twice, or replaced by dots or anything."""
    text = draw(st.sampled_from([json.dumps(equities(), indent=1), (EXAMPLES / "equities.xml").read_text()]))
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        lines[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from([[], ["......."], [lines[at]] * 2, ["&amp;"], ['{"a": 1},'], ["<Holder/>"]])
        )
        if not lines:
            return ""
    return "\n".join(lines)


def count() -> tuple[int, int, int]:
    return Customer.objects.count(), UnitEntry.objects.count(), Transaction.objects.count()


def taken(report: FileReport) -> tuple[int, int, int]:
    what = [line.what.split()[0] for line in report.lines if line.outcome is Outcome.TAKEN]
    return what.count("customer"), what.count("holding"), what.count("transaction")


def check(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        file = Path(folder) / "statement"
        file.write_text(text, encoding="utf-8", errors="surrogatepass")
        first = import_file(file, actor=ACTOR)
        after_first = count()
        assert after_first == taken(first)
        if any(line.what.startswith("account (") for line in first.lines):
            assert after_first == (0, 0, 0)
        for holding in Holding.objects.annotate(told=Sum("entries__units")):
            assert holding.quantity == (holding.told or 0)
        assert not Holding.objects.exclude(portfolio__currency=F("currency")).exists()
        second = import_file(file, actor=ACTOR)
        assert count() == after_first
        assert Outcome.TAKEN not in {line.outcome for line in second.lines}
        shown = json.dumps([line.told() for line in first.lines + second.lines])
        assert not [word for word in PERSONAL if word in shown]
        transaction.set_rollback(True)


@pytest.mark.django_db
@often
@given(text=dirty_documents())
def test_a_document_with_dirt_anywhere_in_it(text: str) -> None:
    check(text)


@pytest.mark.django_db
@often
@given(text=damaged_texts())
def test_a_file_whose_lines_were_damaged(text: str) -> None:
    check(text)


@pytest.mark.django_db
@often
@given(content=st.binary(max_size=200))
def test_a_file_that_is_no_statement_at_all(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "statement"
        file.write_bytes(content)
        report = import_file(file, actor=ACTOR)
    assert count() == (0, 0, 0)
    assert report.lines
