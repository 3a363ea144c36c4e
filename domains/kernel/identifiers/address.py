"""Postal addresses: free text, shown to others not even in part."""

from domains.kernel.failures import Invalid, Path
from domains.kernel.text import tidy_line

LENGTH_MAX = 500


class InvalidAddress(Invalid):
    """Empty, too long, or with control characters."""

    code = "INVALID_ADDRESS"


def parse_address(text: str, *, path: Path = ()) -> str:
    """Return the address with runs of white space made one space; raise InvalidAddress otherwise."""
    address = tidy_line(text, length_max=LENGTH_MAX)
    if address is None:
        raise InvalidAddress(f"An address has 1 to {LENGTH_MAX} printable characters.", path=path)
    return address


def mask_address(_value: str) -> str:
    """Return a constant: a city alone can identify a person."""
    return "[address withheld]"
