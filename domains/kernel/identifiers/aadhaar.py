"""Aadhaar: the twelve-digit number of UIDAI, of which only the last four digits may be kept in clear."""

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
