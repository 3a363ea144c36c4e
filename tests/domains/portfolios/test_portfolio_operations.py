"""Opening portfolios and holdings, listing securities, moving units."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domains.audit.queries import entries_about
from domains.kernel.actor import Actor
from domains.kernel.failures import Conflict, Invalid, NotFound, Refused
from domains.kernel.identifiers import new_id
from domains.portfolios.models import Holding, Portfolio, Security, UnitEntry
from domains.portfolios.operations import bring_units_to, open_holding, open_portfolio, record_units
from domains.portfolios.queries import quantity_held, security_id_for_isin
from domains.portfolios.securities import list_security
from tests.domains.conftest import ISIN
from tests.domains.refusal import breaks

DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def told(officer: Actor, holding_id: UUID) -> dict[str, object]:
    return {
        "actor": officer,
        "holding_id": holding_id,
        "units": Decimal("10"),
        "cause": "IMPORT",
        "source_reference": "statement-1",
        "effective_on": DAY,
    }


def test_units_move_and_leave_an_entry_and_a_change(told, holding_id: UUID, owner_id: UUID) -> None:
    assert record_units(**told, price=Decimal("1500.25"), average_cost=Decimal("1400")) is True
    holding = Holding.objects.get(id=holding_id)
    assert (holding.quantity, holding.average_cost) == (10, 1400)
    assert UnitEntry.objects.get().price == Decimal("1500.25")
    assert entries_about(owner_id)[0].operation_name == "record_units"


def test_the_same_movement_told_again_changes_nothing(told, holding_id: UUID, owner_id: UUID) -> None:
    record_units(**told)
    assert record_units(**told) is False
    assert quantity_held(holding_id) == 10
    assert [entry.operation_name for entry in entries_about(owner_id)].count("record_units") == 1


def test_the_same_movement_told_with_other_units_is_a_conflict(told, holding_id: UUID) -> None:
    record_units(**told)
    with pytest.raises(Conflict) as refused:
        record_units(**(told | {"units": Decimal("11")}))
    assert refused.value.code == "ENTRY_DIFFERS"
    assert quantity_held(holding_id) == 10


def test_more_units_than_are_held_never_go_out(told, holding_id: UUID) -> None:
    record_units(**told)
    with pytest.raises(Refused) as refused:
        record_units(**(told | {"units": Decimal("-10.000001"), "source_reference": "sale"}))
    assert (refused.value.code, refused.value.path) == ("NOT_ENOUGH_UNITS", ("units",))
    assert quantity_held(holding_id) == 10
    assert UnitEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"units": Decimal("0")}, ("units",)),
        ({"units": Decimal("NaN")}, ("units",)),
        ({"units": Decimal("0.0000001")}, ("units",)),
        ({"cause": "MAGIC"}, ("cause",)),
        ({"source_reference": " "}, ("sourceReference",)),
        ({"price": Decimal("-1")}, ("price",)),
        ({"average_cost": Decimal("1.00001")}, ("averageCost",)),
    ],
)
def test_what_is_no_movement_is_refused(told, given: dict[str, object], path: tuple[str]) -> None:
    with pytest.raises(Invalid) as refused:
        record_units(**(told | given))
    assert refused.value.path == path
    assert not UnitEntry.objects.exists()


def test_a_holding_that_is_not_there_does_not_move(told) -> None:
    with pytest.raises(NotFound):
        record_units(**(told | {"holding_id": new_id()}))


def test_a_statement_brings_a_holding_to_what_it_says(officer: Actor, holding_id: UUID) -> None:
    def bring(quantity: str, reference: str) -> Decimal:
        return bring_units_to(
            actor=officer,
            holding_id=holding_id,
            quantity=Decimal(quantity),
            cause="IMPORT",
            source_reference=reference,
            effective_on=DAY,
        )

    assert bring("12.5", "statement-1") == Decimal("12.5")
    assert bring("12.5", "statement-1") == 0
    assert bring("2", "statement-2") == Decimal("-10.5")
    assert quantity_held(holding_id) == 2
    with pytest.raises(Conflict):
        bring("7", "statement-2")
    with pytest.raises(Invalid):
        bring("-1", "statement-3")


def test_a_portfolio_is_opened_once_by_name(owner_id: UUID, account_id: UUID, officer: Actor) -> None:
    first, second = (
        open_portfolio(
            actor=officer,
            customer_id=owner_id,
            name=name,
            kind="EQUITY",
            demat_account_id=account_id,
        )
        for name in ("Long term", " Long  term ")
    )
    assert first == second
    assert Portfolio.objects.get().demat_account_id == account_id


def test_a_portfolio_is_not_opened_on_someone_elses_account(
    stranger_id: UUID, account_id: UUID, officer: Actor
) -> None:
    with pytest.raises(Refused) as refused:
        open_portfolio(
            actor=officer, customer_id=stranger_id, name="P", kind="EQUITY", demat_account_id=account_id
        )
    assert refused.value.code == "DEMAT_ACCOUNT_NOT_HELD"


def test_a_holding_is_opened_once_at_zero(holding_id: UUID) -> None:
    holding = Holding.objects.get(id=holding_id)
    again = open_holding(portfolio_id=holding.portfolio_id, security_id=holding.security_id)
    other = open_holding(portfolio_id=holding.portfolio_id, security_id=holding.security_id, folio="12/3")
    assert again == holding_id
    assert other != holding_id
    assert holding.quantity == 0


def test_a_holding_needs_its_portfolio_and_its_security(holding_id: UUID) -> None:
    holding = Holding.objects.get(id=holding_id)
    with pytest.raises(NotFound) as no_portfolio:
        open_holding(portfolio_id=new_id(), security_id=holding.security_id)
    with pytest.raises(NotFound) as no_security:
        open_holding(portfolio_id=holding.portfolio_id, security_id=new_id())
    assert no_portfolio.value.code == "PORTFOLIO_NOT_FOUND"
    assert no_security.value.code == "SECURITY_NOT_FOUND"


def test_a_security_is_listed_once_and_takes_newer_prices_only(db: None) -> None:
    def listed(price: str, priced_at: datetime) -> UUID:
        return list_security(
            isin=ISIN, name="Infosys", kind="EQUITY", last_price=Decimal(price), priced_at=priced_at
        )

    first = listed("1500.50", NOON)
    assert listed("1400", NOON - timedelta(days=1)) == first
    assert Security.objects.get().last_price == Decimal("1500.50")
    listed("1600", NOON + timedelta(days=1))
    assert Security.objects.get().last_price == 1600
    assert security_id_for_isin(ISIN) == first


def test_a_bad_isin_is_refused(db: None) -> None:
    with pytest.raises(Invalid) as refused:
        list_security(isin="INUS-000402625-0", name="Nothing", kind="EQUITY")
    assert (refused.value.code, refused.value.path) == ("INVALID_ISIN", ("isin",))


def test_a_symbol_with_quotation_marks_is_refused(db: None) -> None:
    with pytest.raises(Invalid) as refused:
        list_security(isin=ISIN, name="Infosys", kind="EQUITY", symbol='INFY"}')
    assert (refused.value.code, refused.value.path) == ("INVALID_SECURITY", ("symbol",))


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"isin": "INE009A0102X"}, "security_isin_form"),
        ({"symbol": 'INFY"}'}, "security_symbol_plain"),
        ({"kind": "CRYPTO"}, "security_kind_known"),
        ({"currency": ""}, "security_currency_known"),
        ({"last_price": -1}, "security_price_not_negative"),
    ],
)
def test_the_database_refuses_a_security_that_can_not_be(
    db: None, given: dict[str, object], constraint: str
) -> None:
    with breaks(constraint):
        Security.objects.create(**({"isin": ISIN, "name": "Infosys", "kind": "EQUITY"} | given))


@pytest.mark.parametrize(
    ("given", "constraint"),
    [({"kind": "CRYPTO"}, "portfolio_kind_known"), ({"currency": "XXX"}, "portfolio_currency_known")],
)
def test_the_database_refuses_a_portfolio_that_can_not_be(
    owner_id: UUID, given: dict[str, str], constraint: str
) -> None:
    with breaks(constraint):
        Portfolio.objects.create(**({"customer_id": owner_id, "name": "P", "kind": "EQUITY"} | given))


def test_the_database_refuses_two_of_one(holding_id: UUID) -> None:
    holding = Holding.objects.get(id=holding_id)
    with breaks("holding_once"):
        Holding.objects.create(portfolio=holding.portfolio, security=holding.security)
    with breaks("portfolio_name_once"):
        Portfolio.objects.create(customer=holding.portfolio.customer, name="Long term", kind="EQUITY")
    with breaks("security_isin_once"):
        Security.objects.create(isin=ISIN, name="Again", kind="EQUITY")
