"""Decimals at the edge: what is not finite or not exactly storable is refused, never rounded."""

import re
from decimal import Decimal

from domains.kernel.failures import Invalid, Path

_PLAIN = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")


class InvalidNumber(Invalid):
    """Not a plain decimal number, or more precise or larger than what is kept."""

    code = "INVALID_NUMBER"


def parse_decimal(text: str, *, digits: int, places: int, path: Path = ()) -> Decimal:
    """Return the exact decimal written in `text`.

    `digits` is the greatest number of digits in all, `places` of those after the point, as in
    numeric(digits, places). Exponents, NaN, infinities and digits of other scripts are refused.
    """
    if not isinstance(text, str) or not _PLAIN.fullmatch(text):
        raise InvalidNumber("This is not a plain decimal number.", path=path)
    return require_exact(Decimal(text), digits=digits, places=places, path=path)


def require_exact(value: Decimal, *, digits: int, places: int, path: Path = ()) -> Decimal:
    """Return `value` when numeric(digits, places) holds it exactly; raise InvalidNumber otherwise."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InvalidNumber("This is not a finite decimal number.", path=path)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -places:
        shorter = value.normalize()
        exponent = shorter.as_tuple().exponent
        if shorter != value or (isinstance(exponent, int) and exponent < -places):
            raise InvalidNumber(f"At most {places} digits after the point are kept.", path=path)
        value = shorter
    if value.adjusted() >= digits - places and value != 0:
        raise InvalidNumber(f"At most {digits - places} digits before the point are kept.", path=path)
    return value
