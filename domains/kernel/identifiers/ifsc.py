"""IFSC: the Indian Financial System Code of a bank's branch (Reserve Bank of India); public."""

import re

from domains.kernel.failures import Invalid, Path

_IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")


class InvalidIfsc(Invalid):
    """Not of the form of an IFSC."""

    code = "INVALID_IFSC"


def parse_ifsc(text: str, *, path: Path = ()) -> str:
    """Return the canonical IFSC (`HDFC0000001`): bank, a zero, branch; raise InvalidIfsc otherwise."""
    code = text.strip().upper() if isinstance(text, str) else ""
    if not _IFSC.fullmatch(code):
        raise InvalidIfsc("This is not an IFSC: four letters, a zero and six letters or digits.", path=path)
    return code
