"""PAN: the Permanent Account Number of the Indian income tax department (ten characters)."""

from stdnum.exceptions import ValidationError
from stdnum.in_ import pan

from domains.kernel.failures import Invalid, Path
from domains.kernel.identifiers.mask import HIDDEN


class InvalidPan(Invalid):
    """Not of the form of a PAN."""

    code = "INVALID_PAN"


def parse_pan(text: str, *, path: Path = ()) -> str:
    """Return the canonical PAN (`AAPPV8261K`); raise InvalidPan when it is none.

    The fourth character names the kind of holder. The check letter's algorithm is not published.
    """
    try:
        return str(pan.validate(text))
    except (ValidationError, TypeError):
        raise InvalidPan("This is not a PAN: five letters, four digits and a letter.", path=path) from None


def mask_pan(value: str) -> str:
    """Return the PAN as the Central Board of Direct Taxes masks it (`AAPPVXXXXK`)."""
    return f"{value[:5]}XXXX{value[-1]}" if len(value) == 10 else HIDDEN
