"""Payments by India's rails, and transfers for which the house chooses the rail. Rupees only, as the rails are."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from domains.customers.operations import lock_asked
from domains.kernel.actor import Actor
from domains.kernel.failures import Refused
from domains.kernel.identifiers import (
    mask_bank_account,
    mask_vpa,
    new_id,
    parse_bank_account,
    parse_ifsc,
    parse_vpa,
)
from domains.kernel.joining import joining
from domains.kernel.money import Currency, Money, parse_currency
from domains.kernel.prepared import ask
from domains.providers.words import Capability
from domains.transactions.beginning import TABLE, InvalidOrder, begin, beginning_asked
from domains.transactions.models import Channel, Direction, TransactionKind
from domains.transactions.permission import ACTIONS, customer_for, permission_asked, require_permission
from domains.vault.sealing import sealed_columns

RAILS = frozenset({Channel.UPI, Channel.IMPS, Channel.NEFT, Channel.RTGS})
IMPS_MOST = Decimal("500000")


class CurrencyNotCarried(Refused):
    """The rails carry rupees only."""

    code = "CURRENCY_NOT_CARRIED"

    def __init__(self) -> None:
        super().__init__("India's payment rails carry INR only.", path=("currency",))


@joining
def initiate_payment(
    *,
    actor: Actor,
    channel: str,
    amount: Decimal,
    currency: str = "INR",
    customer_id: UUID | None = None,
    account: str | None = None,
    ifsc: str | None = None,
    vpa: str | None = None,
    to_merchant: bool = False,
    narration: str = "",
) -> UUID:
    """Begin a payment to a UPI address (UPI) or to an account at a branch (IMPS, NEFT, RTGS); return its id.

    Raises InvalidOrder, InvalidCurrency, InvalidNumber, CurrencyNotCarried, InvalidVpa, InvalidBankAccount,
    InvalidIfsc, CustomerNotFound, CustomerClosed, CustomerFrozen, KycForbids, LimitExceeded or NoProviderNow.
    """
    if channel not in RAILS:
        raise InvalidOrder(f"A payment goes by {', '.join(sorted(RAILS))}.", path=("channel",))
    return _begin(
        actor, "initiate_payment", TransactionKind.PAYMENT, Channel(channel), _rupees(amount, currency),
        customer_id=customer_id, account=account, ifsc=ifsc, vpa=vpa, to_merchant=to_merchant,
        narration=narration,
    )  # fmt: skip


@joining
def transfer(
    *,
    actor: Actor,
    amount: Decimal,
    account: str,
    ifsc: str,
    currency: str = "INR",
    customer_id: UUID | None = None,
    narration: str = "",
) -> UUID:
    """Begin a transfer to an account at a branch, by IMPS or, above its limit, by RTGS; return its id.

    Raises as `initiate_payment` does.
    """
    money = _rupees(amount, currency)
    channel = Channel.IMPS if money.amount <= IMPS_MOST else Channel.RTGS
    return _begin(
        actor, "transfer", TransactionKind.TRANSFER, channel, money,
        customer_id=customer_id, account=account, ifsc=ifsc, vpa=None, to_merchant=False, narration=narration,
    )  # fmt: skip


def _begin(
    actor: Actor,
    operation_name: str,
    kind: TransactionKind,
    channel: Channel,
    money: Money,
    *,
    customer_id: UUID | None,
    account: str | None,
    ifsc: str | None,
    vpa: str | None,
    to_merchant: bool,
    narration: str,
) -> UUID:
    to, branch = _counterparty(channel, account, ifsc, vpa)
    owner = customer_for(actor=actor, customer_id=customer_id)
    may_begin = permission_asked(owner, Capability.PAYMENT_RAIL)
    must_fit = beginning_asked(customer_id=owner, channel=channel, currency=money.currency)
    answers = ask(*may_begin, *must_fit, locking=lock_asked(owner))
    require_permission(
        answers[: len(may_begin)],
        customer_id=owner,
        action=ACTIONS[kind],
        capability=Capability.PAYMENT_RAIL,
    )
    key = new_id()
    mask = mask_vpa if channel == Channel.UPI else mask_bank_account
    sealed: dict[str, Any] = sealed_columns(
        table=TABLE, column="counterparty_account", pk=key, value=to, mask=mask
    )
    return begin(
        actor=actor,
        operation_name=operation_name,
        customer_id=owner,
        kind=kind,
        direction=Direction.DEBIT,
        channel=channel,
        money=money,
        narration=narration,
        answers=answers[len(may_begin) :],
        key=key,
        counterparty_ifsc=branch,
        to_merchant=to_merchant,
        **sealed,
    )


def _counterparty(
    channel: Channel, account: str | None, ifsc: str | None, vpa: str | None
) -> tuple[str, str]:
    """Return the UPI address and '', or the account and its branch."""
    if channel == Channel.UPI:
        if account or ifsc:
            raise InvalidOrder("A UPI payment goes to a UPI address alone.", path=("account",))
        return parse_vpa(vpa or "", path=("vpa",)), ""
    if vpa:
        raise InvalidOrder(f"{channel} goes to an account, not to a UPI address.", path=("vpa",))
    return parse_bank_account(account or "", path=("account",)), parse_ifsc(ifsc or "", path=("ifsc",))


def _rupees(amount: Decimal, currency: str) -> Money:
    money = Money(amount, parse_currency(currency, path=("currency",)))
    if money.currency != Currency.INR:
        raise CurrencyNotCarried
    return money
