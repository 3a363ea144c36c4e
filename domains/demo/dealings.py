"""Inventing transactions, each with the states that it went through."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

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

# Kind, how often in a hundred, direction (None: either), channels, narrations. Trades come from the holdings.
_CASH = (
    (
        "PAYMENT",
        34,
        "DEBIT",
        ("UPI", "UPI", "UPI", "IMPS"),
        ("Groceries", "Electricity bill", "Rent", "School fees"),
    ),
    (
        "TRANSFER",
        14,
        None,
        ("IMPS", "NEFT", "RTGS"),
        ("To own account", "Family support", "From own account"),
    ),
    ("DEPOSIT", 8, "CREDIT", ("NEFT", "IMPS"), ("Salary", "Refund")),
    ("WITHDRAWAL", 6, "DEBIT", ("OTHER",), ("Cash withdrawal",)),
    ("INTEREST", 4, "CREDIT", ("INTERNAL",), ("Savings interest",)),
    ("FEE", 3, "DEBIT", ("INTERNAL",), ("Annual maintenance charge",)),
)
_CASH_DEALT = tuple(row for row in _CASH for _ in range(row[1]))
_WITH_COUNTERPARTY = {"PAYMENT", "TRANSFER"}
_BOOKED_BY_OTHERS = {"DEPOSIT", "WITHDRAWAL", "INTEREST", "FEE", "DIVIDEND"}
_CASH_SHARE = 0.68


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
    """Return a transaction of this moment, in cash or in one of the securities that the customer holds."""
    deal = _cash if random.random() < _CASH_SHARE else _trade
    return deal(random, at_ms, last_ms - at_ms, held)


def _cash(random: Random, at_ms: int, age_ms: int, _held: Sequence[Listing]) -> Dealing:
    kind, _share, direction, channels, narrations = random.choice(_CASH_DEALT)
    channel = random.choice(channels)
    least = 20_000_000 if channel == "RTGS" else 5_000  # RBI: RTGS from two lakh rupees on
    return Dealing(
        at_ms=at_ms,
        kind=kind,
        direction=direction or random.choice(("DEBIT", "CREDIT")),
        channel=channel,
        amount=least + int(random.random() ** 3 * 9_500_000),
        narration=random.choice(narrations),
        path=TOLD if kind in _BOOKED_BY_OTHERS else PATHS[_status(random, age_ms)],
        counterparty=f"{random.randrange(10**10, 10**12)}" if kind in _WITH_COUNTERPARTY else None,
    )


def _trade(random: Random, at_ms: int, age_ms: int, held: Sequence[Listing]) -> Dealing:
    listing = random.choice(held)
    out = random.random() < 0.3
    direction = "CREDIT" if out else "DEBIT"
    # Older prices were lower, on the whole; whole paise for what is listed.
    price = int(listing.price * (0.85 + 0.2 * random.random()) / (1 + age_ms / DAY_MS / 2_000))
    if listing.is_fund:
        units = random.randrange(500, 20_000)
        amount = (units * price + 50_000) // 100_000
        kind, channel = ("REDEMPTION" if out else "PURCHASE"), "OTHER"
        narration = "Redemption" if out else "SIP instalment"
    elif random.random() < 0.15:
        units, price = 0, 0
        amount = random.randrange(5_000, 900_000)
        kind, channel, direction, narration = "DIVIDEND", "NEFT", "CREDIT", f"Dividend {listing.symbol}"
    else:
        price -= price % 100
        units = random.randrange(1, 60) * 1_000
        amount = units // 1_000 * price // 100
        kind, channel = ("SELL" if out else "BUY"), "EXCHANGE"
        narration = f"{'Sold' if out else 'Bought'} {listing.symbol} on NSE"
    return Dealing(
        at_ms=at_ms,
        kind=kind,
        direction=direction,
        channel=channel,
        amount=amount,
        narration=narration,
        path=TOLD if kind in _BOOKED_BY_OTHERS else PATHS[_status(random, age_ms)],
        listing=listing,
        units=units or None,
        price=price or None,
    )


def _status(random: Random, age_ms: int) -> str:
    return random.choice(_RECENT if age_ms < 20 * _HOUR_MS else _PAST)
