"""The scalars of the edge: what may come in is decided here, before anything is planned.

PostgreSQL writes the outgoing forms itself; `serialize` is for arguments' defaults and mutations' payloads.
A refusal is a GraphQL error that says what would be right, and never the value; `misfits` and `variables` add its
place.
"""

import datetime
import decimal
import re
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

DECIMAL_DIGITS_MAX = 20
DECIMAL_PLACES_MAX = 6
TEXT_LENGTH_MAX = 10_000

_SURROGATE = re.compile("[\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


def parse_text(value: Any) -> str:
    """Accept a text that PostgreSQL can hold: no NUL, no half of a surrogate pair, at most 10,000 long."""
    if not isinstance(value, str):
        raise GraphQLError("expected a text")
    if "\x00" in value:
        raise GraphQLError("a text may not hold the character NUL")
    if len(value) > TEXT_LENGTH_MAX:
        raise GraphQLError(f"a text may be {TEXT_LENGTH_MAX} characters long, this one has {len(value)}")
    if not value.isascii() and _SURROGATE.search(value):
        raise GraphQLError("a text may not hold half of a surrogate pair")
    return value


def fault_in(value: Any) -> str | None:
    """Return what is wrong with a coerced value's texts, led by the place inside it; None if nothing is."""
    if isinstance(value, str):
        try:
            parse_text(value)
        except GraphQLError as error:
            return error.message
    parts: Any = ()
    if isinstance(value, dict):
        parts = ((f".{name}", item) for name, item in value.items())
    elif isinstance(value, list):
        parts = ((f"[{number}]", item) for number, item in enumerate(value))
    for place, item in parts:
        if (fault := fault_in(item)) is not None:
            return f"{place}: {fault}" if isinstance(item, str) else place + fault
    return None


def parse_decimal(value: Any) -> decimal.Decimal:
    """Accept an exact decimal, as a text or an integer; floats, NaN, infinities and exponents are refused."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise GraphQLError('expected an exact decimal as a text, such as "1500.25"')
    number = decimal.Decimal(value)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > DECIMAL_PLACES_MAX:
        raise GraphQLError(f"a decimal may have {DECIMAL_PLACES_MAX} places, this one has {-exponent}")
    if len(number.as_tuple().digits) > DECIMAL_DIGITS_MAX:
        raise GraphQLError(f"a decimal may have {DECIMAL_DIGITS_MAX} digits in all")
    return number


def parse_datetime(value: Any) -> datetime.datetime:
    """Accept an ISO 8601 time with its offset; it is converted to UTC."""
    try:
        if not isinstance(value, str):
            raise ValueError
        moment = datetime.datetime.fromisoformat(parse_text(value))
        if moment.tzinfo is None:
            raise GraphQLError("a time needs its offset, such as 2026-03-01T09:30:00Z")
        return moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise GraphQLError('expected a time as a text, such as "2026-03-01T09:30:00Z"') from None


def parse_date(value: Any) -> datetime.date:
    """Accept an ISO 8601 date."""
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(
            value
        ):  # the library also takes weeks, and 20260301
            raise ValueError
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise GraphQLError('expected a date as a text, such as "2026-03-01"') from None


ExactDecimal = NewType("ExactDecimal", decimal.Decimal)
DateTime = NewType("DateTime", datetime.datetime)
Date = NewType("Date", datetime.date)

SCALARS: dict[Any, Any] = {
    ExactDecimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number, as a text: no float ever touches it.",
        serialize=str,
        parse_value=parse_decimal,
    ),
    DateTime: strawberry.scalar(
        name="DateTime",
        description="A point in time, ISO 8601 in UTC.",
        serialize=lambda moment: moment.isoformat(),
        parse_value=parse_datetime,
    ),
    Date: strawberry.scalar(
        name="Date",
        description="A date, ISO 8601.",
        serialize=lambda day: day.isoformat(),
        parse_value=parse_date,
    ),
}
