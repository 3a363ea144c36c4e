"""The books tie out at any moment, and what does not is told."""

from collections.abc import Callable
from uuid import UUID

import pytest

from domains.jobs.models import Job
from domains.transactions.books import breaks
from domains.transactions.models import Attempt, Transaction
from tests.domains.transactions.conftest import Pay, ended, work


def test_they_tie_out_at_every_step(pay: Pay, rail: str) -> None:
    assert breaks() == []
    paid = pay()
    assert breaks() == []
    work(until=ended(paid))
    assert breaks() == []


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda: Transaction.objects.update(status="REJECTED"), "an attempt may have been done"),
        (lambda: Transaction.objects.update(status="REJECTED"), "its last event says SETTLED"),
        (lambda: Attempt.objects.update(outcome="RETRYABLE"), "with 0 attempts that settled"),
        (lambda: Transaction.objects.update(status="REVERSED"), "is REVERSED by 0 settled returns"),
        (lambda: Transaction.objects.update(kind="BUY"), "does not move its units exactly once"),
        (
            lambda: (Transaction.objects.update(status="UNKNOWN"), Job.objects.all().delete()),
            "looks after it",
        ),
    ],
)
def test_what_does_not_is_told(pay: Pay, rail: str, spoil: Callable[[], object], told: str) -> None:
    paid: UUID = pay()
    work(until=ended(paid))
    spoil()
    assert any(told in each for each in breaks()), breaks()
