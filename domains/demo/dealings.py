"""Inventing transactions, each with the states that it went through."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from domains.demo.rows import DAY_MS
from domains.demo.securities import Listing

_HOUR_MS = DAY_MS // 24

# The states on the way to each state. What others booked and told arrives settled.
PATHS = {
    "INITIATED": ("INITIATED",),
    "PENDING": ("INITIATED", "PENDING"),
    "PROCESSING": ("INITIATED", "PROCESSING"),
    "UNKNOWN": ("INITIATED", "PROCESSING", "UNKNOWN"),
    "SETTLED": ("INITIATED", "PROCESSING", "SETTLED"),
    "REJECTED": ("INITIATED", "PROCESSING", "REJECTED"),
    "CANCELLED": ("INITIATED", "CANCELLED"),
    "REVERSED": ("INITIATED", "PROCESSING", "SETTLED", "REVERSED"),
}
TOLD = ("SETTLED",)
CAUSES = {
    "INITIATED": "asked for by the customer",
    "PENDING": "waits for the next cut-off",
    "PROCESSING": "sent to the provider",
    "UNKNOWN": "the provider did not answer in time",
    "SETTLED": "settled by the provider",
    "REJECTED": "rejected by the provider",
    "CANCELLED": "withdrawn by the customer",
    "REVERSED": "returned by the beneficiary's bank",
}
TOLD_CAUSE = "told by the bank"

_RECENT = ("INITIATED", "PENDING", "PROCESSING", "PROCESSING", "UNKNOWN", "SETTLED")
_PAST = ("SETTLED",) * 92 + ("REJECTED",) * 4 + ("CANCELLED",) * 2 + ("REVERSED",) * 2


class _Cash(NamedTuple):
    """A kind of dealing in money: how often in a hundred, which ways it takes, the amounts in rupees."""

    kind: str
    share: int
    direction: str
    channels: tuple[str, ...]
    least: int
    most: int
    narrations: tuple[str, ...]


_EVERYDAY = ("Groceries", "Electricity bill", "Rent", "School fees", "Mobile recharge")
_CASH = (
    _Cash("PAYMENT", 44, "DEBIT", ("UPI", "UPI", "UPI", "IMPS"), 50, 95_000, _EVERYDAY),
    _Cash("TRANSFER", 10, "DEBIT", ("IMPS", "NEFT"), 500, 190_000, ("To own account", "Family support")),
    _Cash("TRANSFER", 3, "DEBIT", ("RTGS",), 200_000, 900_000, ("To own account", "Advance for a flat")),
    _Cash("TRANSFER", 5, "CREDIT", ("IMPS", "NEFT"), 500, 190_000, ("From own account",)),
    _Cash("DEPOSIT", 16, "CREDIT", ("NEFT", "IMPS"), 18_000, 250_000, ("Salary",)),
    _Cash("WITHDRAWAL", 10, "DEBIT", ("OTHER",), 500, 20_000, ("Cash withdrawal",)),
    _Cash("INTEREST", 7, "CREDIT", ("INTERNAL",), 20, 9_000, ("Savings interest",)),
    _Cash("FEE", 5, "DEBIT", ("INTERNAL",), 100, 1_500, ("Annual maintenance charge",)),
)
_CASH_DEALT = tuple(cash for cash in _CASH for _ in range(cash.share))
_WITH_COUNTERPARTY = {"PAYMENT", "TRANSFER"}
_BOOKED_BY_OTHERS = {"DEPOSIT", "WITHDRAWAL", "INTEREST", "FEE", "DIVIDEND"}
_CASH_SHARE = 0.68
# The exchange's hours, 9:15 to 15:30 in India, in UTC.
_MARKET_OPENS_MS = 3 * _HOUR_MS + 45 * _HOUR_MS // 60
_MARKET_OPEN_MS = 6 * _HOUR_MS + 15 * _HOUR_MS // 60
_MONDAY_MS = 4 * DAY_MS  # the first one since 1970


@dataclass(frozen=True, slots=True)
class Dealing:
    """A transaction to be. Amounts in paise, units in thousandths, prices in ten-thousandths of a rupee."""

    at_ms: int
    kind: str
    direction: str
    channel: str
    amount: int
    narration: str
    path: tuple[str, ...]
    listing: Listing | None = None
    units: int | None = None
    price: int | None = None
    counterparty: str | None = None


def invent_dealing(*, random: Random, at_ms: int, last_ms: int, held: Sequence[Listing]) -> Dealing:
    """Return a transaction of this moment, in money or in one of the securities that the customer holds.

    What takes place on an exchange is moved back to the latest hours of trade.
    """
    if random.random() < _CASH_SHARE:
        return _deal_in_cash(random, at_ms, last_ms)
    listing = random.choice(held)
    if listing.is_fund:
        return _deal_in_fund(random, at_ms, last_ms, listing)
    if listing.kind == "EQUITY" and random.random() < 0.15:
        return _take_dividend(random, at_ms, listing)
    return _trade(random, _at_market(random, at_ms), last_ms, listing)


def _deal_in_cash(random: Random, at_ms: int, last_ms: int) -> Dealing:
    cash = random.choice(_CASH_DEALT)
    return Dealing(
        at_ms=at_ms,
        kind=cash.kind,
        direction=cash.direction,
        channel=random.choice(cash.channels),
        amount=cash.least * 100 + int((cash.most - cash.least) * 100 * random.random() ** 3),
        narration=random.choice(cash.narrations),
        path=TOLD if cash.kind in _BOOKED_BY_OTHERS else _path(random, last_ms - at_ms),
        counterparty=f"{random.randrange(10**10, 10**12)}" if cash.kind in _WITH_COUNTERPARTY else None,
    )


def _deal_in_fund(random: Random, at_ms: int, last_ms: int, listing: Listing) -> Dealing:
    out = random.random() < 0.2
    price, units = _price(random, listing, last_ms - at_ms), random.randrange(500, 20_000)
    return Dealing(
        at_ms=at_ms,
        kind="REDEMPTION" if out else "PURCHASE",
        direction="CREDIT" if out else "DEBIT",
        channel="OTHER",
        amount=(units * price + 50_000) // 100_000,
        narration="Redemption" if out else "SIP instalment",
        path=_path(random, last_ms - at_ms),
        listing=listing,
        units=units,
        price=price,
    )


def _take_dividend(random: Random, at_ms: int, listing: Listing) -> Dealing:
    return Dealing(
        at_ms=at_ms,
        kind="DIVIDEND",
        direction="CREDIT",
        channel="NEFT",
        amount=random.randrange(5_000, 900_000),
        narration=f"Dividend {listing.symbol}",
        path=TOLD,
        listing=listing,
    )


def _trade(random: Random, at_ms: int, last_ms: int, listing: Listing) -> Dealing:
    out = random.random() < 0.3
    price = _price(random, listing, last_ms - at_ms) // 100 * 100  # an exchange deals in whole paise
    count = random.randrange(1, 60)
    return Dealing(
        at_ms=at_ms,
        kind="SELL" if out else "BUY",
        direction="CREDIT" if out else "DEBIT",
        channel="EXCHANGE",
        amount=count * price // 100,
        narration=f"{'Sold' if out else 'Bought'} {listing.symbol} on NSE",
        path=_path(random, last_ms - at_ms),
        listing=listing,
        units=count * 1_000,
        price=price,
    )


def _price(random: Random, listing: Listing, age_ms: int) -> int:
    """Return a price near that of the last day; older ones were lower, on the whole."""
    return int(listing.price * (0.85 + 0.2 * random.random()) / (1 + age_ms / DAY_MS / 2_000))


def _at_market(random: Random, at_ms: int) -> int:
    """Return a moment of trade on the same day or the working day before (no holidays are known)."""
    days = at_ms // DAY_MS
    if at_ms % DAY_MS < _MARKET_OPENS_MS + _MARKET_OPEN_MS:
        days -= 1
    weekday = (days * DAY_MS - _MONDAY_MS) // DAY_MS % 7
    days -= max(0, weekday - 4)
    return days * DAY_MS + _MARKET_OPENS_MS + random.randrange(_MARKET_OPEN_MS)


def _path(random: Random, age_ms: int) -> tuple[str, ...]:
    return PATHS[random.choice(_RECENT if age_ms < 20 * _HOUR_MS else _PAST)]
