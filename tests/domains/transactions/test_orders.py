"""Orders settle through the ledger of units and no other way."""

from decimal import Decimal
from uuid import UUID

import pytest

from domains.jobs.models import Job
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.numbers import InvalidNumber
from domains.portfolios.causes import EntryCause
from domains.portfolios.models import Holding, UnitEntry
from domains.portfolios.operations import open_holding, open_portfolio, record_units
from domains.portfolios.securities import list_security
from domains.providers.models import Provider
from domains.transactions.books import breaks
from domains.transactions.changing import reverse
from domains.transactions.models import Attempt, Case, Transaction
from domains.transactions.orders import place_fund_order, place_order, units_left
from tests.domains.transactions.conftest import Pay, attempts, ended, work

SHARE, FUND = "INE009A01021", "INF200K01VA2"


@pytest.fixture
def portfolio_id(customer: Actor, account_id: UUID) -> UUID:
    assert customer.customer_id is not None
    portfolio = open_portfolio(
        actor=customer,
        customer_id=customer.customer_id,
        name="All",
        kind="MIXED",
        demat_account_id=account_id,
    )
    for isin, kind in ((SHARE, "EQUITY"), (FUND, "MUTUAL_FUND")):
        security = list_security(
            isin=isin, name=isin, kind=kind, last_price=Decimal("20.00"), priced_at=now()
        )
        record_units(
            actor=customer, holding_id=open_holding(portfolio_id=portfolio, security_id=security),
            units=Decimal(10), cause=EntryCause.OPENING, source_reference="opening", effective_on=now().date(),
        )  # fmt: skip
    return portfolio


def held(isin: str) -> Decimal:
    return Holding.objects.get(security__isin=isin).quantity


def test_what_is_worth_more_than_any_amount_is_refused(
    customer: Actor, portfolio_id: UUID, venue: str
) -> None:
    """Python rounds to 28 digits by itself, which do not hold every product."""
    with pytest.raises(InvalidNumber):
        place_order(
            actor=customer, kind="BUY", portfolio_id=portfolio_id, isin=SHARE,
            quantity=Decimal("9" * 14), price=Decimal(f"{'9' * 16}.9999"),
        )  # fmt: skip


@pytest.mark.parametrize(("kind", "left"), [("BUY", Decimal(14)), ("SELL", Decimal(6))])
def test_units_move_when_an_order_settles_and_not_before(
    customer: Actor, portfolio_id: UUID, venue: str, kind: str, left: Decimal
) -> None:
    placed = place_order(
        actor=customer,
        kind=kind,
        portfolio_id=portfolio_id,
        isin=SHARE,
        quantity=Decimal(4),
        price=Decimal("5.5"),
    )
    assert held(SHARE) == 10
    work(until=ended(placed))
    order = Transaction.objects.get(id=placed)
    assert (order.status, order.amount, held(SHARE)) == ("SETTLED", Decimal("22.00"), left)
    entry = UnitEntry.objects.get(cause="SETTLEMENT")
    assert (entry.source_reference, entry.price) == (order.reference, Decimal("5.5"))
    assert breaks() == []


def test_units_that_are_not_there_any_more_are_a_case_and_settle_nothing(
    customer: Actor, portfolio_id: UUID, venue: str
) -> None:
    """The depository may tell of a sale before the venue does."""
    placed = place_order(
        actor=customer, kind="SELL", portfolio_id=portfolio_id, isin=SHARE, quantity=Decimal(8), price=Decimal(5)
    )  # fmt: skip
    told = {"units": Decimal(-7), "cause": EntryCause.SYNC, "source_reference": "the depository's"}
    record_units(
        actor=customer, holding_id=Holding.objects.get(security__isin=SHARE).id, effective_on=now().date(), **told
    )  # type: ignore[arg-type]  # fmt: skip
    work(until=Case.objects.exists)
    assert (Case.objects.get().kind, Case.objects.get().transaction_id) == ("CONTRADICTS", placed)
    assert (held(SHARE), Transaction.objects.get(id=placed).ended_at) == (Decimal(3), None)
    assert Job.objects.get(kind="transactions.dispatch").failure == ""
    assert breaks() == []


def test_a_purchase_gets_the_units_that_the_fund_allots(
    customer: Actor, portfolio_id: UUID, venue: str
) -> None:
    bought = place_fund_order(
        actor=customer, kind="PURCHASE", portfolio_id=portfolio_id, isin=FUND, amount=Decimal(1000)
    )
    work(until=ended(bought))
    order = Transaction.objects.get(id=bought)
    assert (order.quantity, order.price, held(FUND)) == (Decimal(40), Decimal(25), Decimal(50))
    assert breaks() == []


def test_a_refused_sale_gives_its_units_back(customer: Actor, portfolio_id: UUID, venue: str) -> None:
    holding = Holding.objects.get(security__isin=FUND)
    record_units(
        actor=customer, holding_id=holding.id, units=Decimal(10), cause=EntryCause.IMPORT,
        source_reference="more", effective_on=now().date(),
    )  # fmt: skip
    sold = place_fund_order(
        actor=customer, kind="REDEMPTION", portfolio_id=portfolio_id, isin=FUND, units=Decimal("13")
    )
    assert units_left(holding_id=holding.id) == 7
    work(until=ended(sold))
    assert (Transaction.objects.get(id=sold).status, units_left(holding_id=holding.id)) == ("REJECTED", 20)
    assert Attempt.objects.get().iso_code == "AG01"
    assert breaks() == []


def test_a_payment_is_returned_by_who_carried_it(
    pay: Pay, rail: str, second_rail: str, officer: Actor
) -> None:
    Provider.objects.filter(code="first").update(enabled=False)
    paid = pay()
    work(until=ended(paid))
    Provider.objects.update(enabled=True)
    returned = reverse(actor=officer, transaction_id=paid)
    work(until=ended(returned))
    assert attempts(returned) == [("second", "SETTLED")]
    assert Transaction.objects.get(id=paid).status == "REVERSED"
    assert breaks() == []
