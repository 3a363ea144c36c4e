"""Aadhaar: the twelve-digit number of UIDAI, of which only the last four digits may be kept in clear."""

import re

from stdnum.exceptions import ValidationError
from stdnum.in_ import aadhaar

from domains.kernel.failures import Invalid, Path
from domains.kernel.identifiers.mask import HIDDEN


class InvalidAadhaar(Invalid):
    """Not of the form of an Aadhaar number, or its Verhoeff check digit is wrong."""

    code = "INVALID_AADHAAR"


def parse_aadhaar(text: str, *, path: Path = ()) -> str:
    """Return the twelve digits; raise InvalidAadhaar when the form or the check digit is wrong."""
    try:
        return str(aadhaar.validate(text))
    except (ValidationError, TypeError):
        raise InvalidAadhaar("This is not an Aadhaar number.", path=path) from None


def mask_aadhaar(value: str) -> str:
    """Return `XXXX XXXX 2346`: eight digits hidden, as UIDAI's circulars ask."""
    digits = value.replace(" ", "").replace("-", "")
    return f"XXXX XXXX {digits[-4:]}" if len(digits) == 12 else HIDDEN


class InvalidAadhaarReference(Invalid):
    """Not of the form of a reference of UIDAI's offline verification."""

    code = "INVALID_AADHAAR_REFERENCE"


def parse_aadhaar_reference(text: str, *, path: Path = ()) -> str:
    """Return UIDAI's reference id: the last four digits and a time of 17 digits (paperless e-KYC)."""
    if not isinstance(text, str) or not re.fullmatch("[0-9]{21}", text):
        raise InvalidAadhaarReference("This is not a reference id of UIDAI: 21 digits.", path=path)
    return text


def mask_aadhaar_reference(value: str) -> str:
    """Return the four digits that a masked Aadhaar shows too, and hide when it was made."""
    return value[:4] + "X" * 17 if len(value) == 21 else HIDDEN


def parse_aadhaar_last_four(text: str, *, path: Path = ()) -> str:
    """Return the last four digits of an Aadhaar number, all that may be kept of it."""
    if not isinstance(text, str) or not re.fullmatch("[0-9]{4}", text):
        raise InvalidAadhaar("These are not the last four digits of an Aadhaar number.", path=path)
    return text
