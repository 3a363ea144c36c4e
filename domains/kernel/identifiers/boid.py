"""BO ID: the number of a beneficial owner's demat account with one of India's two depositories."""

import re

from django.db import models

from domains.kernel.failures import Invalid, Path
from domains.kernel.identifiers.mask import keep_last

CDSL_FORM = "[0-9]{16}"
NSDL_FORM = "IN[0-9]{6}[0-9]{8}"


class Depository(models.TextChoices):
    """The depositories registered with SEBI."""

    CDSL = "CDSL"
    NSDL = "NSDL"


class InvalidBoid(Invalid):
    """Of the form of neither depository."""

    code = "INVALID_BO_ID"


def parse_boid(text: str, *, path: Path = ()) -> str:
    """Return the canonical BO ID: CDSL's 16 digits, or NSDL's `IN`, 6 (participant) and 8 digits (client)."""
    number = re.sub(r"[ -]", "", text).upper() if isinstance(text, str) else ""
    if not re.fullmatch(f"{CDSL_FORM}|{NSDL_FORM}", number):
        raise InvalidBoid("This is not a BO ID: 16 digits (CDSL), or IN and 14 digits (NSDL).", path=path)
    return number


def depository_of(boid: str) -> Depository:
    """Return the depository that issued a canonical BO ID."""
    return Depository.NSDL if boid.startswith("IN") else Depository.CDSL


def mask_boid(value: str) -> str:
    """Return the BO ID with all but its last four characters hidden."""
    return keep_last(value, shown=4)
