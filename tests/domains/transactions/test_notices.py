"""Notices from providers: genuine, young and once; in whatever order, they change nothing that they should not."""

import json
import time
from uuid import UUID

import pytest

from domains.jobs.models import Job
from domains.kernel.failures import Failure
from domains.transactions.models import Attempt, Case, ProviderNotice, Transaction
from domains.transactions.notices import InvalidNotice, NoSuchSource, NotGenuine, receive
from sandbox.notices import signed
from tests.conftest import Sandbox
from tests.domains.transactions.conftest import KEY, Pay, attempts, ended, in_state, story, work


def notice(transaction_id: UUID, status: str = "SETTLED", **given: str) -> dict[str, str]:
    told = Transaction.objects.get(id=transaction_id)
    parts = {"reference": told.reference, "status": status, "reason": "", "provider_reference": "SB1"}
    return parts | {"amount": str(told.amount)} | given


def send(
    body: dict[str, str] | bytes,
    *,
    event_id: str = "event-1",
    key: str = KEY,
    age_s: int = 0,
    to: str = "first",
) -> bool:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = signed(event_id=event_id, body=raw, secret=key, moment=int(time.time()) - age_s)
    return receive(
        provider_code=to, headers={name.lower(): value for name, value in headers.items()}, body=raw
    )


def work_off() -> None:
    work(until=lambda: not ProviderNotice.objects.filter(state="RECEIVED").exists())


@pytest.fixture
def unanswered(pay: Pay, rail: str, sandbox: Sandbox) -> UUID:
    """A payment that the rail took and did not answer, and of which it says nothing yet."""
    sandbox.misbehave("silent", where=rail, match='"amount"', seconds=2)
    paid = pay(channel="NEFT", vpa=None, account="5010001234", ifsc="HDFC0000001")
    work(until=in_state(paid, "UNKNOWN"))
    (entry,) = sandbox.world.ledger(rail).all()
    entry.known_at = entry.settles_at = time.time() + 60
    return paid


def test_a_notice_settles_what_was_not_answered(unanswered: UUID) -> None:
    assert send(notice(unanswered))
    work(until=ended(unanswered))
    assert story(unanswered)[-2:] == ["UNKNOWN", "SETTLED"]
    assert ProviderNotice.objects.get().state == "APPLIED"
    assert Attempt.objects.get().provider_reference == "SB1"


def test_told_twice_it_is_one(unanswered: UUID) -> None:
    assert send(notice(unanswered))
    assert not send(notice(unanswered))
    work_off()
    assert (ProviderNotice.objects.get().times, story(unanswered)[-1]) == (2, "SETTLED")
    assert send(notice(unanswered), event_id="event-2")
    work_off()
    assert ProviderNotice.objects.get(event_id="event-2").state == "IGNORED"
    assert story(unanswered).count("SETTLED") == 1


def test_pending_after_settled_changes_nothing(unanswered: UUID) -> None:
    send(notice(unanswered))
    work_off()
    before = story(unanswered)
    send(notice(unanswered, "PENDING"), event_id="event-2")
    work_off()
    assert ProviderNotice.objects.get(event_id="event-2").state == "IGNORED"
    assert (story(unanswered), Transaction.objects.get().status) == (before, "SETTLED")
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "other",
    [{"status": "REJECTED", "reason": "NOT_COVERED"}, {"status": "REJECTED", "reason": "NO_SUCH_ACCOUNT"}],
)
def test_what_contradicts_is_a_case_for_a_person(unanswered: UUID, other: dict[str, str]) -> None:
    send(notice(unanswered))
    work_off()
    send(notice(unanswered, **other), event_id="event-2")
    work_off()
    assert ProviderNotice.objects.get(event_id="event-2").state == "CONTRADICTS"
    assert (Case.objects.get().kind, Transaction.objects.get().status) == ("CONTRADICTS", "SETTLED")


@pytest.mark.parametrize("other", [{"amount": "250000.00"}, {"amount": ""}])
def test_settled_once_more_with_another_amount_is_a_case_too(unanswered: UUID, other: dict[str, str]) -> None:
    send(notice(unanswered))
    work_off()
    send(notice(unanswered, **other), event_id="event-2")
    work_off()
    assert ProviderNotice.objects.get(event_id="event-2").state == "CONTRADICTS"
    assert (Case.objects.get().kind, Transaction.objects.get().status) == ("CONTRADICTS", "SETTLED")


def test_another_amount_settles_nothing(unanswered: UUID) -> None:
    send(notice(unanswered, amount="1.00"))
    work_off()
    assert (ProviderNotice.objects.get().state, Transaction.objects.get().status) == (
        "CONTRADICTS",
        "UNKNOWN",
    )


def test_a_notice_before_the_answer_wins_and_the_answer_adds_nothing(
    pay: Pay, rail: str, sandbox: Sandbox
) -> None:
    from domains.transactions import dispatch

    paid = pay()
    step = dispatch._next_step(paid)
    assert step is not None
    assert step.request is not None
    send(notice(paid))
    work_off()
    assert Transaction.objects.get(id=paid).status == "SETTLED"
    dispatch._send(step, step.request)
    assert (story(paid), attempts(paid)) == (["INITIATED", "PROCESSING", "SETTLED"], [("first", "SETTLED")])
    assert Attempt.objects.get().latency_ms is not None


def test_an_unknown_reference_is_kept_for_a_person(unanswered: UUID) -> None:
    send(notice(unanswered, reference="TX-OF-NOBODY"))
    work_off()
    kept = ProviderNotice.objects.get()
    assert (kept.state, kept.reference) == ("UNMATCHED", "TX-OF-NOBODY")


@pytest.mark.parametrize(
    ("given", "failure"),
    [
        ({"key": "another-key"}, NotGenuine),
        ({"age_s": 301}, NotGenuine),
        ({"age_s": -301}, NotGenuine),
        ({"to": "nobody"}, NoSuchSource),
    ],
)
def test_what_is_not_genuine_is_refused(
    unanswered: UUID, given: dict[str, object], failure: type[Failure]
) -> None:
    with pytest.raises(failure):
        send(notice(unanswered), **given)  # type: ignore[arg-type]
    assert not ProviderNotice.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"status": "SETTLED"}', b'{"status": "NEW", "reference": "x", "provider_reference": "y"}',
     b'{"status": "SETTLED", "reference": "a\\u0000b", "provider_reference": "y"}',
     b'{"status": "SETTLED", "reference": "a\\ud800b", "provider_reference": "y"}',
     b'{"status": "SETTLED", "reference": "a", "provider_reference": "\\udfff"}', b"[" * 20_000,
     b'{"status": "SETTLED", "reference": "a", "provider_reference": "y", "amount": "NaN"}'],
)  # fmt: skip
def test_what_can_not_be_understood_is_refused(rail: str, body: bytes) -> None:
    with pytest.raises(InvalidNotice):
        send(body)
    assert not ProviderNotice.objects.exists()


def test_a_lost_connection_between_keeping_and_working_off_loses_nothing(unanswered: UUID) -> None:
    send(notice(unanswered))
    assert Job.objects.filter(kind="transactions.notice").count() == 1
