"""What a document tells of one account, once it is read: only parts that are whole and valid."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from domains.statements.report import Place, quote

DEMAT_TYPES = {"equities", "etf"}
FUND_TYPES = {"mutual_funds", "sip"}
DEPOSIT_TYPES = {"deposit", "term_deposit", "recurring_deposit"}
TYPES = DEMAT_TYPES | FUND_TYPES | DEPOSIT_TYPES


@dataclass(frozen=True, slots=True)
class Holder:
    """A person who holds the account; identifiers are canonical."""

    place: Place
    name: str
    mobile: str
    email: str | None = None
    pan: str | None = None
    date_of_birth: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """How much of one security the account holds."""

    place: Place
    isin: str
    name: str
    symbol: str
    folio: str
    units: Decimal
    average_cost: Decimal | None
    price: Decimal | None
    priced_on: date | None


@dataclass(frozen=True, slots=True)
class Movement:
    """A transaction that the statement tells, known by the teller's reference."""

    place: Place
    reference: str
    kind: str
    direction: str
    channel: str
    amount: Decimal
    occurred_at: datetime
    value_date: date | None = None
    isin: str | None = None
    security_name: str = ""
    units: Decimal | None = None
    price: Decimal | None = None
    narration: str = ""

    @property
    def what(self) -> str:
        """Return what a report calls it."""
        return f"transaction {quote(self.reference)}"


@dataclass(slots=True)
class Account:
    """One account of one type. `holders` is empty when any of them could not be read.

    `key` tells the account from others of the same customer and stays the same from statement to statement: if it
    was imported before the key of digests was changed, it is one of `former_keys`. `told_on` is the day whose
    state the statement tells, if it tells any.
    """

    place: Place
    type: str
    key: str
    currency: str
    former_keys: list[str] = field(default_factory=list)
    told_on: date | None = None
    holders: list[Holder] = field(default_factory=list)
    bo_id: str | None = None
    participant: str = ""
    positions: list[Position] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)

    @property
    def is_demat(self) -> bool:
        """Tell whether it lies with a depository."""
        return self.type in DEMAT_TYPES

    @property
    def source(self) -> str:
        """Return who tells: it goes with each reference, and is the same whenever the account is told of."""
        return self._source(self.key)

    @property
    def former_sources(self) -> dict[str, str]:
        """Return who tells under each of the former keys."""
        return {key: self._source(key) for key in self.former_keys}

    def _source(self, key: str) -> str:
        family = "mutual_funds" if self.type in FUND_TYPES else self.type
        return f"statement:{family}:{key}"
