"""UPI addresses (virtual payment addresses, NPCI): a name, an @, and the handle of the bank or app."""

import re

from domains.kernel.failures import Invalid, Path

_VPA = re.compile(r"[a-z0-9][a-z0-9.\-]{1,254}@[a-z][a-z0-9]{1,63}")


class InvalidVpa(Invalid):
    """Not of the form of a UPI address."""

    code = "INVALID_VPA"


def parse_vpa(text: str, *, path: Path = ()) -> str:
    """Return the canonical UPI address (`asha.rao@okbank`); raise InvalidVpa otherwise."""
    address = text.strip().lower() if isinstance(text, str) else ""
    if not address.isascii() or not _VPA.fullmatch(address):
        raise InvalidVpa(
            "This is not a UPI address: a name, an @ and a handle, as in asha@okbank.", path=path
        )
    return address


def mask_vpa(value: str) -> str:
    """Return the address with all of its name but the first letter hidden (`aXXXX@okbank`)."""
    name, _, handle = value.partition("@")
    return f"{name[:1]}XXXX@{handle}"
