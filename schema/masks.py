"""Masked forms that PostgreSQL computes, in the forms accepted in India; encrypted columns carry their own."""

from django.db.models import Case, F, TextField, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Left, Length, Right
from django.db.models.lookups import GreaterThanOrEqual

from gateway.planning.expressions import Concatenation


def masked_mobile(path: str) -> Combinable:
    """Keep the country code and the last four of ten digits, `+91XXXXXX3210`; of a shorter number less."""
    country = Left(path, Length(path) - 10, output_field=TextField())
    long = Concatenation(country, "XXXXXX", Right(path, 4))
    short = Concatenation(Left(path, 2), "XXXXXX", Right(path, 2))
    is_long = GreaterThanOrEqual(Length(path), 12)
    return Case(When(is_long, then=long), default=short, output_field=TextField())


def masked_account(path: str) -> Combinable:
    """Keep the last four characters: `XXXXXXXXXXXX3210`."""
    return Concatenation("XXXXXXXXXXXX", Right(path, 4))


def masked_name(path: str) -> Combinable:
    """Keep the first letter: `A•••`."""
    return Concatenation(Left(path, 1), "•••")


def masked_aadhaar() -> Combinable:
    """Write the last four digits, which are all that is kept, in the printed form: `XXXX XXXX 2346`."""
    return Concatenation("XXXX XXXX ", F("aadhaar_last_four"))
