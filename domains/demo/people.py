"""Inventing people: names, numbers that the parsers accept, and where their verification stands."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from domains.demo.names import CITIES, GIVEN_NAMES, HOUSES, STREETS, SURNAMES
from domains.demo.rows import DAY_MS, day, record_id

# Each number grows from the customer's place in the book by a one-to-one mapping, so none is given twice.
_NUMBERS = 10**8
_STRIDE = 48_271_973  # has no factor in common with _NUMBERS
_FIRST = 76_543_210
_PANS = 26**3 * 9_999
_PAN_STRIDE = 61_803_397  # has no factor in common with _PANS
_PAN_FIRST = 23_607_977
_FIRST_NAMES = ("Asha Rao", "Vikram Rao")

_STATUSES = ("ACTIVE",) * 94 + ("DORMANT",) * 4 + ("FROZEN",) * 2
_KYC_STATUSES = (
    ("VERIFIED",) * 74
    + ("SUBMITTED",) * 6
    + ("IN_VERIFICATION",) * 5
    + ("DRAFT",) * 5
    + ("EXPIRED",) * 4
    + ("ON_HOLD",) * 3
    + ("REJECTED",) * 3
)
_RISKS = ("LOW",) * 80 + ("MEDIUM",) * 15 + ("HIGH",) * 5
# Years until the next review, by risk (RBI Master Direction on KYC, paragraph on periodic updation).
_REVIEW_YEARS = {"LOW": 10, "MEDIUM": 8, "HIGH": 2}


@dataclass(frozen=True, slots=True)
class Verification:
    """Where the KYC profile stands, with what it holds in clear until it is sealed."""

    status: str
    risk: str
    pan: str | None
    aadhaar_last_four: str | None
    aadhaar_reference: str | None
    date_of_birth: str
    address: str | None
    verified_ms: int | None
    next_due_on: str | None


@dataclass(frozen=True, slots=True)
class Tenure:
    """A period in which a number was held; times in milliseconds since 1970."""

    mobile: str
    since_ms: int
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class Person:
    """A customer to be; times in milliseconds since 1970."""

    index: int
    id: str
    full_name: str
    email: str | None
    status: str
    tenures: tuple[Tenure, ...]
    created_ms: int
    closed_ms: int | None
    verification: Verification

    @property
    def mobile(self) -> str | None:
        """Return the number held now."""
        last = self.tenures[-1]
        return last.mobile if last.until_ms is None else None


def invent_person(*, index: int, random: Random, last_ms: int) -> Person:
    """Return the person at this place in a book whose last moment is `last_ms`."""
    created = last_ms - random.randrange(400 * DAY_MS, 2_900 * DAY_MS)
    given, surname = random.choice(GIVEN_NAMES), random.choice(SURNAMES)
    name = _FIRST_NAMES[index] if index < len(_FIRST_NAMES) else f"{given} {surname}"
    email = f"{name.lower().replace(' ', '.')}{index}@example.com"
    closed = _closed_ms(index, last_ms)
    status = "CLOSED" if closed else random.choice(_STATUSES)
    return Person(
        index=index,
        id=record_id(random, created),
        full_name=name,
        email=email if random.random() < 0.9 or index == 0 else None,
        status="ACTIVE" if index < len(_FIRST_NAMES) else status,
        tenures=_tenures(index, created, closed, last_ms),
        created_ms=created,
        closed_ms=closed,
        verification=_verify(index, name.split()[-1][0], random, created, last_ms),
    )


def _closed_ms(index: int, last_ms: int) -> int | None:
    """Return when the customer was closed; it follows from the place alone, since the next one asks too."""
    return last_ms - (300 + index % 89) * DAY_MS if index % 97 == 61 else None


def _tenures(index: int, created: int, closed: int | None, last_ms: int) -> tuple[Tenure, ...]:
    """Return the numbers held in turn; what a closed customer held is given to the next one in the book."""
    own = _mobile("98", index)
    released = _closed_ms(index - 1, last_ms)
    if released is not None:
        changed = released + 90 * DAY_MS  # telecoms keep a returned number back for that long
        return Tenure(own, created, changed), Tenure(_mobile("98", index - 1), changed, None)
    if index % 31 == 9 and closed is None:
        changed = last_ms - (100 + index % 200) * DAY_MS
        return Tenure(_mobile("97", index), created, changed), Tenure(own, changed, None)
    return (Tenure(own, created, closed),)


def _mobile(prefix: str, index: int) -> str:
    return f"+91{prefix}{(index * _STRIDE + _FIRST) % _NUMBERS:08d}"


def _verify(index: int, initial: str, random: Random, created: int, last_ms: int) -> Verification:
    status = "VERIFIED" if index == 0 else random.choice(_KYC_STATUSES)
    risk = "LOW" if index == 0 else random.choice(_RISKS)
    verified, due = _reviewed(status, risk, random, created, last_ms)
    told = status != "DRAFT"
    return Verification(
        status=status,
        risk=risk,
        pan=_pan(index, initial, random) if told else None,
        aadhaar_last_four=(last_four := f"{random.randrange(10_000):04d}") if told else None,
        aadhaar_reference=f"{last_four}{_timestamp(created)}" if verified else None,
        date_of_birth=day((random.randrange(-5_000, 12_500)) * DAY_MS),
        address=_address(random) if told else None,
        verified_ms=verified,
        next_due_on=due,
    )


def _reviewed(
    status: str, risk: str, random: Random, created: int, last_ms: int
) -> tuple[int | None, str | None]:
    """Return when it was verified and when it is due again; an expired one was due before the last day."""
    if status == "EXPIRED":
        due = date.fromisoformat(day(last_ms)) - timedelta(days=random.randrange(1, 300))
        return created, due.isoformat()
    if status != "VERIFIED":
        return None, None
    verified = last_ms - random.randrange(1, 390) * DAY_MS
    due = date.fromisoformat(day(verified)) + timedelta(days=365 * _REVIEW_YEARS[risk])
    return verified, due.isoformat()


def _pan(index: int, initial: str, random: Random) -> str:
    """Return a PAN: three letters, P for a person, the surname's initial, four digits, a letter."""
    series, number = divmod((index * _PAN_STRIDE + _PAN_FIRST) % _PANS, 9_999)
    letters = "".join(chr(65 + series // 26**place % 26) for place in (2, 1, 0))
    return f"{letters}P{initial}{number + 1:04d}{chr(65 + random.randrange(26))}"


def _timestamp(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%Y%m%d%H%M%S%f")[:17]


def _address(random: Random) -> str:
    city, state, pin = random.choice(CITIES)
    flat, house, street = random.randrange(1, 120), random.choice(HOUSES), random.choice(STREETS)
    return f"{flat}, {house}, {street}, {city} - {pin}{random.randrange(1, 100):03d}, {state}"
