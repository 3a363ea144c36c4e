"""A provider's book against ours: what matches, and every way in which it may not."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Failure
from domains.transactions import cases
from domains.transactions.models import Case, Transaction
from domains.transactions.reconciliation import (
    InvalidSettlementFile,
    ProviderNotFound,
    Report,
    fetch_settlements,
    read_settlements,
    reconcile,
)
from tests.conftest import Sandbox
from tests.domains.transactions.conftest import Pay, ended, in_state, work

HEADER = "reference,status,amount,currency\n"


@pytest.fixture
def paid(pay: Pay, rail: str) -> Transaction:
    key: UUID = pay()
    work(until=ended(key))
    return Transaction.objects.get(id=key)


def matched(text: str, *, later: bool = True) -> Report:
    """Reconcile as if it were tomorrow, so that everything settled must be told."""
    as_of = now() + timedelta(days=1) if later else None
    return reconcile(actor=Actor.system("test"), provider_code="first", text=text, as_of=as_of)


def test_what_the_provider_itself_tells_matches(paid: Transaction) -> None:
    report = matched(fetch_settlements(provider_code="first"))
    assert (report.lines, report.matched, report.breaks) == (1, 1, {})
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("TXNOBODY,SETTLED,250.00,INR\n{ref},SETTLED,250.00,INR\n", "MISSING_HERE"),
        ("", "MISSING_THERE"),
        ("{ref},SETTLED,250.01,INR\n", "AMOUNT_DIFFERS"),
        ("{ref},SETTLED,250.00,USD\n", "AMOUNT_DIFFERS"),
        ("{ref},REJECTED,250.00,INR\n", "STATUS_DIFFERS"),
        ("{ref},SETTLED,250.00,INR\n{ref},SETTLED,250.00,INR\n", "CONTRADICTS"),
    ],
)
def test_every_break_is_one_case_however_often_it_is_found(paid: Transaction, line: str, kind: str) -> None:
    text = HEADER + line.format(ref=paid.reference)
    assert matched(text).breaks == {kind: 1}
    again = matched(text)
    assert (again.breaks, again.new_cases) == ({kind: 1}, 0)
    case = Case.objects.get()
    assert (case.kind, case.closed_at) == (kind, None)
    assert case.due_at > now()
    paid.refresh_from_db()
    assert paid.status == "SETTLED"


def test_what_settled_a_moment_ago_may_be_told_by_the_next_file(paid: Transaction) -> None:
    assert matched(HEADER, later=False).breaks == {}


def test_what_is_settled_there_and_on_its_way_here_is_no_break_for_a_while(
    pay: Pay, rail: str, sandbox: Sandbox
) -> None:
    """The rail has paid and did not answer; five minutes later it would be a break."""
    sandbox.misbehave("mute", where=rail, match='"amount"', seconds=2)
    key: UUID = pay()
    work(until=in_state(key, "UNKNOWN"))
    text = fetch_settlements(provider_code="first")
    report = matched(text, later=False)
    assert (report.lines, report.matched, report.on_the_way, report.breaks) == (1, 0, 1, {})
    assert not Case.objects.exists()
    assert matched(text).breaks == {"STATUS_DIFFERS": 1}


def test_what_another_provider_settled_for_us_is_settled_twice(paid: Transaction, second_rail: str) -> None:
    text = f"{HEADER}{paid.reference},SETTLED,250.00,INR\n"
    report = reconcile(actor=Actor.system("test"), provider_code="second", text=text)
    assert (report.matched, report.breaks) == (0, {"STATUS_DIFFERS": 1})
    case = Case.objects.get()
    assert case.provider is not None
    assert (case.provider.code, case.transaction_id, case.ours) == (
        "second", paid.id, "not settled by this provider: SETTLED 250.00 INR",
    )  # fmt: skip


def test_what_is_settled_there_and_not_here_is_a_break(paid: Transaction) -> None:
    Transaction.objects.update(status="UNKNOWN")
    assert matched(f"{HEADER}{paid.reference},SETTLED,250,INR\n").breaks == {"STATUS_DIFFERS": 1}


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n1,2\n", f"{HEADER},SETTLED,1,INR\n", f"{HEADER}TX1,SETTLED,NaN,INR\n",
     f"{HEADER}TX1,SETTLED,1.001,INR\n",
     f"{HEADER}TX1,SETTLED\n", f"{HEADER}TX1,SETTLED\x00,1,INR\n", f"{HEADER}TX1,SETTLED,1,I\x00R\n",
     f"{HEADER}TX1,\ud800,1,INR\n", f'{HEADER}"TX1,SETTLED,1,INR\n', f"{HEADER}T\x00X,SETTLED,1,INR\n"],
)  # fmt: skip
def test_what_is_no_settlement_file_is_refused_and_opens_nothing(paid: Transaction, text: str) -> None:
    with pytest.raises(InvalidSettlementFile):
        matched(text)
    assert not Case.objects.exists()


def test_a_file_that_a_spreadsheet_saved_is_read(paid: Transaction) -> None:
    report = matched(f"\ufeff{HEADER}{paid.reference},settled, 250.00 ,INR\r\n")
    assert (report.matched, report.breaks) == (1, {})


def test_a_header_with_other_names_is_told_which_there_must_be() -> None:
    with pytest.raises(
        InvalidSettlementFile, match="lacks amount: the first line names the columns reference, status"
    ):
        list(read_settlements("reference,status,sum,currency\n"))


def test_an_unknown_provider_is_told(db: None) -> None:
    with pytest.raises(ProviderNotFound):
        matched(HEADER)


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        lines = list(read_settlements(HEADER + text))
    except Failure:
        return
    assert all(line.reference and line.amount >= Decimal("-1e20") for line in lines)


def test_a_case_is_taken_by_one_and_closed_with_a_reason(paid: Transaction, officer: Actor) -> None:
    matched(HEADER)
    case = Case.objects.get()
    other = Actor.system("somebody else")
    cases.take_case(actor=officer, case_id=case.id)
    with pytest.raises(cases.CaseTaken):
        cases.close_case(actor=other, case_id=case.id, resolution="mine")
    with pytest.raises(cases.InvalidResolution):
        cases.close_case(actor=officer, case_id=case.id, resolution=" ")
    cases.close_case(actor=officer, case_id=case.id, resolution="in the file of the next day")
    case.refresh_from_db()
    assert (case.owner_id, case.closed_by, case.resolution) == (
        officer.id,
        officer.id,
        "in the file of the next day",
    )
    with pytest.raises(cases.CaseClosed):
        cases.take_case(actor=officer, case_id=case.id)
    assert matched(HEADER).new_cases == 1
