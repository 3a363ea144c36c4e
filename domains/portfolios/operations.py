"""Opening portfolios and moving units. Units move by `record_units` and by nothing else."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change, record_change
from domains.customers.operations import lock_open_customer
from domains.demat.queries import require_holder
from domains.kernel.actor import Actor
from domains.kernel.money import parse_currency
from domains.kernel.numbers import require_exact
from domains.kernel.text import tidy_line
from domains.kernel.violations import refused_as
from domains.portfolios.causes import EntryCause
from domains.portfolios.failures import (
    EntryDiffers,
    HoldingNotFound,
    InvalidEntry,
    InvalidPortfolio,
    NotEnoughUnits,
    PortfolioNotFound,
    SecurityNotFound,
)
from domains.portfolios.models import Holding, Portfolio, PortfolioKind, Security, UnitEntry

NAME_LENGTH_MAX = 200
FOLIO_LENGTH_MAX = 40
REFERENCE_LENGTH_MAX = 200


@transaction.atomic
def open_portfolio(
    *,
    actor: Actor,
    customer_id: UUID,
    name: str,
    kind: str,
    currency: str = "INR",
    demat_account_id: UUID | None = None,
) -> UUID:
    """Open a portfolio and return its id; one of this name that the customer has stays as it is.

    Raises InvalidPortfolio, InvalidCurrency, CustomerNotFound, CustomerClosed or DematAccountNotHeld.
    """
    line = tidy_line(name, length_max=NAME_LENGTH_MAX)
    if line is None:
        raise InvalidPortfolio("A portfolio's name has 1 to 200 printable characters.", path=("name",))
    if kind not in PortfolioKind.values:
        raise InvalidPortfolio("There is no such kind of portfolio.", path=("kind",))
    money = parse_currency(currency, path=("currency",))
    lock_open_customer(customer_id)
    known = Portfolio.objects.filter(customer_id=customer_id, name=line).first()
    if known is not None:
        return known.id
    if demat_account_id:
        require_holder(customer_id=customer_id, account_id=demat_account_id)
    portfolio = Portfolio(
        customer_id=customer_id, name=line, kind=kind, currency=money, demat_account_id=demat_account_id
    )
    portfolio.save(force_insert=True)
    change = Change("portfolios_portfolio", portfolio.id, "name", None, line)
    record_change(actor=actor, operation_name="open_portfolio", subjects=[customer_id], changes=[change])
    return portfolio.id


@transaction.atomic
def open_holding(*, portfolio_id: UUID, security_id: UUID, folio: str = "") -> UUID:
    """Return the id of the holding of this security (and folio) in a portfolio, opened at zero if need be.

    Raises PortfolioNotFound, SecurityNotFound or InvalidEntry.
    """
    line = "" if folio == "" else tidy_line(folio, length_max=FOLIO_LENGTH_MAX)
    if line is None:
        raise InvalidEntry("A folio has at most 40 printable characters.", path=("folio",))
    if not Portfolio.objects.filter(id=portfolio_id).exists():
        raise PortfolioNotFound
    currency = Security.objects.filter(id=security_id).values_list("currency", flat=True).first()
    if currency is None:
        raise SecurityNotFound
    holding, _created = Holding.objects.get_or_create(
        portfolio_id=portfolio_id, security_id=security_id, folio=line, defaults={"currency": currency}
    )
    return holding.id


@refused_as({"holding_not_negative": NotEnoughUnits})
@transaction.atomic
def record_units(
    *,
    actor: Actor,
    holding_id: UUID,
    units: Decimal,
    cause: EntryCause,
    source_reference: str,
    effective_on: date,
    price: Decimal | None = None,
    average_cost: Decimal | None = None,
) -> bool:
    """Move units into a holding (positive) or out of it (negative); the ledger moves its quantity.

    Return False when the same movement was told before: a movement is known by holding, cause and source's
    reference. `price` is per unit; `average_cost`, when given, becomes the holding's. Raises HoldingNotFound,
    InvalidEntry, InvalidNumber, EntryDiffers or NotEnoughUnits.
    """
    entry = UnitEntry(
        holding_id=holding_id,
        units=_parse_units(units),
        cause=_parse_cause(cause),
        source_reference=_parse_reference(source_reference),
        price=_parse_price(price, "price"),
        effective_on=effective_on,
    )
    cost = _parse_price(average_cost, "averageCost")
    holding = _locked(holding_id)
    told = UnitEntry.objects.filter(
        holding_id=holding_id, cause=entry.cause, source_reference=entry.source_reference
    ).first()
    if told is not None:
        if told.units != entry.units:
            raise EntryDiffers
        return False
    entry.save(force_insert=True)
    if cost is not None:
        Holding.objects.filter(id=holding_id).update(average_cost=cost)
    after = holding.quantity + entry.units
    change = Change("portfolios_holding", holding_id, "quantity", holding.quantity, after)
    customer_id = holding.portfolio.customer_id
    record_change(actor=actor, operation_name="record_units", subjects=[customer_id], changes=[change])
    return True


@transaction.atomic
def bring_units_to(
    *,
    actor: Actor,
    holding_id: UUID,
    quantity: Decimal,
    cause: EntryCause,
    source_reference: str,
    effective_on: date,
    average_cost: Decimal | None = None,
) -> Decimal:
    """Record the movement that makes a holding what a statement or a depository says, and return its units.

    Zero is returned, and nothing recorded, when the holding is that already. Raises as `record_units` does;
    a reference that moved other units before raises EntryDiffers.
    """
    if require_exact(quantity, digits=20, places=6, path=("quantity",)) < 0:
        raise InvalidEntry("A holding is never below zero.", path=("quantity",))
    moved = quantity - _locked(holding_id).quantity
    if moved != 0:
        record_units(
            actor=actor,
            holding_id=holding_id,
            units=moved,
            cause=cause,
            source_reference=source_reference,
            effective_on=effective_on,
            average_cost=average_cost,
        )
    return moved


def lock_holding(holding_id: UUID) -> Decimal:
    """Return how many units a holding has, which stay as they are until the transaction ends.

    Raises HoldingNotFound.
    """
    return _locked(holding_id).quantity


def _locked(holding_id: UUID) -> Holding:
    """Return the holding with its portfolio, locked until the transaction ends."""
    holdings = Holding.objects.select_for_update(of=("self",)).select_related("portfolio")
    holding = holdings.filter(id=holding_id).first()
    if holding is None:
        raise HoldingNotFound
    return holding


def _parse_units(units: Decimal) -> Decimal:
    exact = require_exact(units, digits=20, places=6, path=("units",))
    if exact == 0:
        raise InvalidEntry("A movement is of some units.", path=("units",))
    return exact


def _parse_price(price: Decimal | None, field: str) -> Decimal | None:
    if price is not None and require_exact(price, digits=20, places=4, path=(field,)) < 0:
        raise InvalidEntry("A price is not below zero.", path=(field,))
    return price


def _parse_cause(cause: str) -> EntryCause:
    try:
        return EntryCause(cause)
    except ValueError:
        raise InvalidEntry("Units don't move for this cause.", path=("cause",)) from None


def _parse_reference(text: str) -> str:
    reference = tidy_line(text, length_max=REFERENCE_LENGTH_MAX)
    if reference is None:
        raise InvalidEntry("A reference has 1 to 200 printable characters.", path=("sourceReference",))
    return reference
