"""Dates and times as statements write them: ISO 8601, and day-month-year for dates."""

import re
from datetime import UTC, date, datetime, timedelta

from domains.kernel.clock import now
from domains.kernel.days import INDIA
from domains.kernel.failures import Invalid

RIGHT_DATE = "YYYY-MM-DD or DD-MM-YYYY"
RIGHT_MOMENT = "ISO 8601, as in 2026-03-31T18:30:00+05:30"
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INDIAN_DATE = re.compile(r"([0-9]{2})[-/]([0-9]{2})[-/]([0-9]{4})")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


class InvalidDate(Invalid):
    """No date or time that a statement can tell."""

    code = "INVALID_DATE"


def parse_day(text: str) -> date:
    """Return the date written as YYYY-MM-DD, DD-MM-YYYY, or at the front of a time; raise InvalidDate."""
    try:
        if _MOMENT.fullmatch(text):
            return _sane(date.fromisoformat(text[:10]))
        if _ISO_DATE.fullmatch(text):
            return _sane(date.fromisoformat(text))
        if match := _INDIAN_DATE.fullmatch(text):
            day, month, year = map(int, match.groups())
            return _sane(date(year, month, day))
    except ValueError:
        pass
    raise InvalidDate("This is no date on which something can have happened.")


def parse_moment(text: str) -> datetime:
    """Return the moment in UTC; one without an offset, and a date alone, are Indian time. Raise InvalidDate."""
    if not _MOMENT.fullmatch(text):
        return datetime.combine(parse_day(text), datetime.min.time(), INDIA).astimezone(UTC)
    try:
        moment = datetime.fromisoformat(text)
        _sane(moment.date())
    except ValueError:
        raise InvalidDate("This is no time at which something can have happened.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=INDIA)).astimezone(UTC)


def _sane(day: date) -> date:
    """Return the date, which lies between 1900 and tomorrow: somewhere it is tomorrow already."""
    if not date(1900, 1, 1) <= day <= now().date() + timedelta(days=1):
        raise InvalidDate("A date in a statement lies between 1900 and today.")
    return day
