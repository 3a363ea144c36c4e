"""Holdings, transactions, dates and sums: what is taken of them and what is refused."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domains.portfolios.models import Holding, Security, UnitEntry
from domains.portfolios.operations import record_units
from domains.statements.report import Outcome
from domains.transactions.models import Transaction
from tests.domains.statements.paper import (
    ACTOR,
    Document,
    deposit,
    equities,
    holding,
    outcomes,
    refused,
    take_in,
    transaction,
)

pytestmark = pytest.mark.django_db


def told(units: str, ends: str) -> Document:
    """A statement of so many units on a later or an earlier day."""
    paper = equities()
    holding(paper)["units"] = units
    paper["summary"]["currentValue"] = str(Decimal(units) * Decimal("1495.60"))
    paper["summary"]["investmentValue"] = str(Decimal(units) * Decimal("1320.00"))
    paper["transactions"]["endDate"] = ends
    return paper


def held() -> Decimal:
    return Holding.objects.get().quantity


def test_units_come_in_by_the_ledger_on_the_day_that_is_told(tmp_path: Path) -> None:
    take_in(tmp_path, equities())
    entry = UnitEntry.objects.get()
    assert (entry.units, entry.cause, str(entry.effective_on)) == (Decimal(40), "IMPORT", "2026-09-30")
    assert held() == Decimal(40)
    assert Holding.objects.get().average_cost == Decimal("1320.00")


def test_without_a_period_the_day_is_that_of_the_last_movement_in_india(tmp_path: Path) -> None:
    paper = equities()
    del paper["transactions"]["endDate"]
    transaction(paper, 1)["transactionDateTime"] = "2026-07-02T00:30:00+05:30"  # 1 July, 19:00, in UTC
    take_in(tmp_path, paper)
    assert str(UnitEntry.objects.get().effective_on) == "2026-07-02"


def test_a_later_statement_moves_the_difference(tmp_path: Path) -> None:
    take_in(tmp_path, told("40", "2026-09-30"))
    take_in(tmp_path, told("55.5", "2026-10-31"))
    assert held() == Decimal("55.5")
    assert sorted(UnitEntry.objects.values_list("units", flat=True)) == [Decimal("15.5"), Decimal(40)]


def test_an_older_statement_does_not_bring_units_back(tmp_path: Path) -> None:
    take_in(tmp_path, told("55", "2026-10-31"))
    report = take_in(tmp_path, told("40", "2026-09-30"))
    assert "Units moved after the day" in refused(report)["holding INE009A01021"]
    assert held() == Decimal(55)


def test_a_statement_taken_before_stays_taken_when_units_have_moved_since(tmp_path: Path) -> None:
    take_in(tmp_path, equities())
    record_units(
        actor=ACTOR,
        holding_id=Holding.objects.get().id,
        units=Decimal(-10),
        cause="SETTLEMENT",
        source_reference="sold",
        effective_on=datetime(2026, 10, 5, tzinfo=UTC).date(),
    )
    assert outcomes(take_in(tmp_path, equities())) == {Outcome.KNOWN}
    assert held() == Decimal(30)


def test_a_statement_without_any_date_moves_no_units(tmp_path: Path) -> None:
    paper = equities()
    paper["transactions"] = {"endDate": "", "transaction": []}
    report = take_in(tmp_path, paper)
    assert "tells no date" in refused(report)["holding INE009A01021"]
    assert not Holding.objects.exists()
    assert not Security.objects.exists()  # undone with the holding


def test_the_price_of_a_security_that_is_listed_is_not_changed_by_a_statement(tmp_path: Path) -> None:
    take_in(tmp_path, equities())
    paper = told("40", "2026-10-31")
    holding(paper)["lastTradedPrice"] = "1.00"
    paper["summary"]["currentValue"] = "40.00"
    assert not refused(take_in(tmp_path, paper))
    assert Security.objects.get().last_price == Decimal("1495.60")


@pytest.mark.parametrize(
    ("field", "wrong", "what"),
    [
        ("isin", "INE009A01022", "isin “INE009A01022”"),
        ("isin", "INUS-000402625-0", "isin “INUS-000402625-0”"),
        ("units", "forty", "units"),
        ("units", "NaN", "units"),
        ("units", "1e3", "units"),
        ("units", "-40", "units"),
        ("units", "40.0000001", "units"),
        ("units", "1,000", "units"),
    ],
)
def test_a_holding_without_a_right_isin_or_number_is_refused_alone(
    tmp_path: Path, field: str, wrong: str, what: str
) -> None:
    paper = equities()
    holding(paper)[field] = wrong
    report = take_in(tmp_path, paper)
    assert {what, "holding"} <= set(refused(report))
    assert not Holding.objects.exists()
    assert Transaction.objects.count() == 2


@pytest.mark.parametrize("wrong", ["twelve", "-1", "1320.00001"])
def test_a_wrong_cost_is_refused_and_the_holding_is_taken_without_it(tmp_path: Path, wrong: str) -> None:
    paper = equities()
    holding(paper)["rate"] = wrong
    assert "rate" in refused(take_in(tmp_path, paper))
    assert Holding.objects.get().average_cost is None


def test_what_is_no_symbol_is_refused_and_the_holding_is_taken_without_it(tmp_path: Path) -> None:
    paper = equities()
    holding(paper)["symbol"] = 'INFY"}'
    assert "symbol" in refused(take_in(tmp_path, paper))
    assert Security.objects.get().symbol == ""


def test_a_total_that_does_not_add_up_is_refused_and_the_holdings_are_taken(tmp_path: Path) -> None:
    paper = equities()
    paper["summary"]["currentValue"] = "69824.00"
    report = take_in(tmp_path, paper)
    assert refused(report) == {
        "currentValue": "It is not what the holdings come to (off by 14 %); it is not relied on."
    }
    assert held() == Decimal(40)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"txnId": ""}, "txnId is missing or refused."),
        ({"type": "BONUS"}, "type is missing or refused."),
        ({"isin": "INE009A01022"}, "isin is missing or refused."),
        ({"transactionDateTime": "yesterday"}, "time is missing or refused."),
        ({"transactionDateTime": "2999-01-01T00:00:00+05:30"}, "time is missing or refused."),
        ({"transactionDateTime": "0001-01-01T00:00:00+05:30"}, "time is missing or refused."),
        ({"tradeValue": "0"}, "amount is missing or refused."),
        ({"tradeValue": "52800.005"}, "amount is missing or refused."),
        ({"tradeValue": "82800.00"}, "amount is missing or refused."),
        ({"tradeValue": "", "rate": ""}, "amount is missing or refused."),
        ({"equityCategory": "CURRENCY_DERIVATIVES"}, "A trade in derivatives; "),
    ],
)
def test_a_transaction_that_is_not_whole_is_refused_alone(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    paper = equities()
    transaction(paper).update(change)
    report = take_in(tmp_path, paper)
    reasons = [line.why for line in report.lines if line.what.startswith("transaction")]
    assert any(reason.startswith(why) for reason in reasons)
    assert Transaction.objects.get().source_reference == "EQ2"
    assert held() == Decimal(40)


def test_an_amount_that_is_not_told_is_reckoned_and_noted(tmp_path: Path) -> None:
    paper = equities()
    transaction(paper)["tradeValue"] = ""
    report = take_in(tmp_path, paper)
    assert [line.what for line in report.lines if line.outcome is Outcome.NOTED] == ["amount"]
    assert Transaction.objects.get(source_reference="EQ1").amount == Decimal("52800.00")


def test_a_reference_told_twice_in_one_document_is_taken_once(tmp_path: Path) -> None:
    paper = equities()
    transaction(paper, 1)["txnId"] = "EQ1"
    assert "has the same txnId" in refused(take_in(tmp_path, paper))["transaction “EQ1”"]
    assert Transaction.objects.get().amount == Decimal("52800.00")


def test_a_transaction_told_again_with_another_amount_is_refused(tmp_path: Path) -> None:
    take_in(tmp_path, equities())
    paper = equities()
    transaction(paper, 1)["amount"] = "8400.00"
    report = take_in(tmp_path, paper)
    assert refused(report) == {"transaction “EQ2”": "This transaction is known with another amount."}
    assert Transaction.objects.get(source_reference="EQ2").amount == Decimal("840.00")


def test_relinking_the_account_does_not_tell_its_transactions_again(tmp_path: Path) -> None:
    take_in(tmp_path, equities())
    paper = equities()
    paper["link_ref_number"] = "another-link"
    assert outcomes(take_in(tmp_path, paper)) == {Outcome.KNOWN}


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-04-07T10:42:11+05:30", datetime(2026, 4, 7, 5, 12, 11, tzinfo=UTC)),
        ("2026-04-07T10:42:11Z", datetime(2026, 4, 7, 10, 42, 11, tzinfo=UTC)),
        ("2026-04-07T10:42:11.250-05:00", datetime(2026, 4, 7, 15, 42, 11, 250_000, tzinfo=UTC)),
        ("2026-04-07T10:42:11", datetime(2026, 4, 7, 5, 12, 11, tzinfo=UTC)),
        ("2026-04-07", datetime(2026, 4, 6, 18, 30, tzinfo=UTC)),
        ("07-04-2026", datetime(2026, 4, 6, 18, 30, tzinfo=UTC)),
        ("07/04/2026", datetime(2026, 4, 6, 18, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_kept_in_utc_and_read_as_indian_time_when_it_has_no_offset(
    tmp_path: Path, written: str, moment: datetime
) -> None:
    paper = equities()
    transaction(paper)["transactionDateTime"] = written
    assert not refused(take_in(tmp_path, paper))
    assert Transaction.objects.get(source_reference="EQ1").created_at == moment


def test_what_goes_in_and_out_of_a_deposit_is_taken(tmp_path: Path) -> None:
    assert not refused(take_in(tmp_path, deposit()))
    rows = Transaction.objects.order_by("created_at").values_list("kind", "direction", "channel", "amount")
    assert list(rows) == [
        ("DEPOSIT", "CREDIT", "NEFT", Decimal("85000.00")),
        ("WITHDRAWAL", "DEBIT", "UPI", Decimal("1239.00")),
        ("WITHDRAWAL", "DEBIT", "IMPS", Decimal("22000.00")),
        ("INTEREST", "CREDIT", "OTHER", Decimal("612.40")),
    ]
    assert not Holding.objects.exists()


def test_a_balance_that_does_not_follow_is_refused(tmp_path: Path) -> None:
    paper = deposit()
    transaction(paper, 2)["transactionalBalance"] = "109211.76"
    report = take_in(tmp_path, paper)
    places = [line.place.path for line in report.lines if line.what == "balance"]
    assert places == ["transactions.transaction[2]", "transactions.transaction[3]"]
    assert Transaction.objects.count() == 4


def test_a_deposit_in_an_unknown_currency_gives_no_transaction(tmp_path: Path) -> None:
    paper = deposit()
    paper["summary"]["currency"] = "XXX"
    assert {"currency “XXX”", "amounts"} <= set(refused(take_in(tmp_path, paper)))
    assert not Transaction.objects.exists()


def test_two_accounts_of_one_customer_may_use_the_same_references(tmp_path: Path) -> None:
    take_in(tmp_path, deposit())
    other = deposit()
    other["masked_account_number"] = "XXXXXXX9999"
    assert not refused(take_in(tmp_path, other))
    assert Transaction.objects.count() == 8


def test_a_deposit_that_nothing_tells_apart_gives_no_transaction(tmp_path: Path) -> None:
    paper = deposit()
    del paper["masked_account_number"], paper["link_ref_number"]
    assert len(refused(take_in(tmp_path, paper))) == 4
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("type", ["insurance_policies", "", "nps"])
def test_an_account_of_a_type_that_is_not_kept_is_refused(tmp_path: Path, type: str) -> None:
    paper = equities() | {"type": type}
    assert len(refused(take_in(tmp_path, paper))) == 1


def test_several_accounts_in_one_file_are_each_taken_by_themselves(tmp_path: Path) -> None:
    broken = deposit()
    broken["profile"]["holders"]["holder"][0]["mobile"] = "12345"
    report = take_in(tmp_path, [equities(), broken])
    assert "account (deposit)" in refused(report)
    assert held() == Decimal(40)
    assert Transaction.objects.count() == 2


def test_units_times_price_beyond_every_amount_are_refused_like_any_other_number(tmp_path: Path) -> None:
    paper = equities()
    trade = transaction(paper)
    del trade["tradeValue"]
    trade["units"], trade["rate"] = "99999999999999", "9999999999999999"
    report = take_in(tmp_path, paper)
    assert "amount" in refused(report)
    assert Transaction.objects.count() == 1
