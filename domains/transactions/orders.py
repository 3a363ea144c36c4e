"""Orders: securities bought and sold in a demat account, units of funds bought and redeemed in a folio.

Units of a sale that is not over are held back: what is held less what is being sold is what can be sold.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from domains.customers.operations import lock_asked
from domains.demat.queries import require_dealable
from domains.kernel.actor import Actor
from domains.kernel.failures import Refused
from domains.kernel.identifiers import parse_isin
from domains.kernel.money import Money, parse_currency
from domains.kernel.numbers import require_exact
from domains.kernel.prepared import ask
from domains.portfolios.failures import NotEnoughUnits, SecurityNotFound
from domains.portfolios.operations import lock_holding, open_holding
from domains.portfolios.queries import Dealt, dealt_security, portfolio_of
from domains.providers.words import Capability
from domains.transactions.beginning import InvalidOrder, begin
from domains.transactions.models import Channel, Direction, Transaction, TransactionKind
from domains.transactions.permission import ACTIONS, customer_for, permission_asked, require_permission
from domains.transactions.states import HOLDS_UNITS

PAISA = Decimal("0.01")
FUNDS = frozenset({"MUTUAL_FUND"})
SALES = (TransactionKind.SELL, TransactionKind.REDEMPTION)


class PriceUnknown(Refused):
    """No price of the fund is known, so that nobody can tell what the units are worth."""

    code = "PRICE_UNKNOWN"

    def __init__(self) -> None:
        super().__init__("No price of this fund is known: its units can't be redeemed now.", path=("isin",))


@dataclass(frozen=True, slots=True)
class Order:
    """What is dealt in, for whom, and where its units lie."""

    customer_id: UUID
    security: Dealt
    portfolio_id: UUID
    demat_account_id: UUID | None
    folio: str = ""


@transaction.atomic
def place_order(
    *,
    actor: Actor,
    kind: str,
    portfolio_id: UUID,
    isin: str,
    quantity: Decimal,
    price: Decimal,
    customer_id: UUID | None = None,
) -> UUID:
    """Begin an order to buy or sell a security at a price, in the portfolio's demat account; return its id.

    Raises InvalidOrder, InvalidIsin, SecurityNotFound, PortfolioNotFound, InvalidNumber, DematAccountNotHeld,
    DematAccountNotActive, NotEnoughUnits, and as `initiate_payment` does.
    """
    if kind not in ("BUY", "SELL"):
        raise InvalidOrder("An order is to BUY or to SELL.", path=("kind",))
    order = _order(actor, kind, customer_id, portfolio_id, isin, folio="")
    if order.security.kind in FUNDS:
        raise InvalidOrder("Units of a fund are ordered by a fund order.", path=("isin",))
    if order.demat_account_id is None:
        raise InvalidOrder("This portfolio has no demat account.", path=("portfolioId",))
    require_dealable(customer_id=order.customer_id, account_id=order.demat_account_id)
    units = _units(quantity)
    if units != units.to_integral_value():
        raise InvalidOrder("Securities are dealt in whole units.", path=("quantity",))
    if require_exact(price, digits=20, places=4, path=("price",)) <= 0:
        raise InvalidOrder("A price is above zero.", path=("price",))
    money = _money(_worth(units, price), order.security.currency)
    return _begin(actor, "place_order", TransactionKind(kind), Channel.EXCHANGE, order, money, units, price)


@transaction.atomic
def place_fund_order(
    *,
    actor: Actor,
    kind: str,
    portfolio_id: UUID,
    isin: str,
    amount: Decimal | None = None,
    units: Decimal | None = None,
    folio: str = "",
    customer_id: UUID | None = None,
) -> UUID:
    """Begin to buy units of a fund for an amount, or to redeem so many units of a folio; return its id.

    Raises as `place_order` does, and PriceUnknown.
    """
    if kind not in ("PURCHASE", "REDEMPTION"):
        raise InvalidOrder("A fund order is a PURCHASE or a REDEMPTION.", path=("kind",))
    order = _order(actor, kind, customer_id, portfolio_id, isin, folio=folio)
    if order.security.kind not in FUNDS:
        raise InvalidOrder("This is not a fund.", path=("isin",))
    if kind == "PURCHASE":
        if amount is None or units is not None:
            raise InvalidOrder("A purchase is for an amount.", path=("amount",))
        money = _money(amount, order.security.currency)
        return _begin(
            actor, "place_fund_order", TransactionKind.PURCHASE, Channel.DEPOSITORY, order, money, None, None
        )
    if units is None or amount is not None:
        raise InvalidOrder("A redemption is of units.", path=("units",))
    redeemed, price = _units(units), order.security.last_price
    if not price:
        raise PriceUnknown
    money = _money(_worth(redeemed, price), order.security.currency)
    return _begin(
        actor,
        "place_fund_order",
        TransactionKind.REDEMPTION,
        Channel.DEPOSITORY,
        order,
        money,
        redeemed,
        None,
    )


def units_left(*, holding_id: UUID) -> Decimal:
    """Return how many units can be sold: those held, less those of sales that are not over. Locks the holding."""
    held = lock_holding(holding_id)
    selling = Transaction.objects.filter(holding_id=holding_id, kind__in=SALES, status__in=HOLDS_UNITS)
    found: Decimal | None = selling.aggregate(sum=Sum("quantity"))["sum"]
    return held - (found or Decimal(0))


def _order(
    actor: Actor, kind: str, customer_id: UUID | None, portfolio_id: UUID, isin: str, *, folio: str
) -> Order:
    number = parse_isin(isin, path=("isin",))
    owner = customer_for(actor=actor, customer_id=customer_id)
    require_permission(
        ask(*permission_asked(owner, Capability.ORDER_VENUE), locking=lock_asked(owner)),
        customer_id=owner,
        action=ACTIONS[TransactionKind(kind)],
        capability=Capability.ORDER_VENUE,
    )
    security = dealt_security(number)
    if security is None:
        raise SecurityNotFound
    demat_account_id = portfolio_of(customer_id=owner, portfolio_id=portfolio_id)
    return Order(owner, security, portfolio_id, demat_account_id, folio)


def _begin(
    actor: Actor,
    operation_name: str,
    kind: TransactionKind,
    channel: Channel,
    order: Order,
    money: Money,
    quantity: Decimal | None,
    price: Decimal | None,
) -> UUID:
    holding_id = open_holding(
        portfolio_id=order.portfolio_id, security_id=order.security.id, folio=order.folio
    )
    sells = kind in SALES
    if sells and quantity is not None and quantity > units_left(holding_id=holding_id):
        raise NotEnoughUnits
    return begin(
        actor=actor,
        operation_name=operation_name,
        customer_id=order.customer_id,
        kind=kind,
        direction=Direction.CREDIT if sells else Direction.DEBIT,
        channel=channel,
        money=money,
        demat_account_id=order.demat_account_id,
        security_id=order.security.id,
        holding_id=holding_id,
        quantity=quantity,
        price=price,
    )


def _units(quantity: Decimal) -> Decimal:
    units = require_exact(quantity, digits=20, places=6, path=("quantity",))
    if units <= 0:
        raise InvalidOrder("A quantity is above zero.", path=("quantity",))
    return units


def _worth(units: Decimal, price: Decimal) -> Decimal:
    """Return what units are worth, to the paisa, half to even; no digit before that is lost."""
    with localcontext(prec=60):  # twenty digits times twenty
        return (units * price).quantize(PAISA)


def _money(amount: Decimal, currency: str) -> Money:
    return Money(amount, parse_currency(currency, path=("currency",)))
