"""Dates of birth, sealed as ISO 8601 dates."""

from datetime import date

from domains.kernel.failures import Invalid, Path


class InvalidDateOfBirth(Invalid):
    """Not a date, or not one on which a living person was born."""

    code = "INVALID_DATE_OF_BIRTH"


def parse_date_of_birth(text: str, *, today: date, path: Path = ()) -> str:
    """Return the date as `YYYY-MM-DD`; raise InvalidDateOfBirth when it lies in the future or before 1900."""
    try:
        born = date.fromisoformat(text)
    except (ValueError, TypeError):
        raise InvalidDateOfBirth("This is not a date (YYYY-MM-DD).", path=path) from None
    if not date(1900, 1, 1) <= born <= today:
        raise InvalidDateOfBirth("A date of birth lies between 1900 and today.", path=path)
    return born.isoformat()


def mask_date_of_birth(_value: str) -> str:
    """Return a form that hides the year too."""
    return "XXXX-XX-XX"
