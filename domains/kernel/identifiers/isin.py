"""ISIN: the number of a security (ISO 6166), public, with a check digit."""

from stdnum import isin
from stdnum.exceptions import ValidationError

from domains.kernel.failures import Invalid, Path


class InvalidIsin(Invalid):
    """Not of the form of an ISIN, an unknown country, or a wrong check digit."""

    code = "INVALID_ISIN"


def parse_isin(text: str, *, path: Path = ()) -> str:
    """Return the canonical ISIN (`INE009A01021`); raise InvalidIsin when it is none."""
    try:
        return str(isin.validate(text))
    except (ValidationError, TypeError):
        raise InvalidIsin("This is not an ISIN, or its check digit is wrong.", path=path) from None
