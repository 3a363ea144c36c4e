"""Bank account numbers: 6 to 34 letters and digits (IBAN's greatest length), without a common check digit."""

import re

from domains.kernel.failures import Invalid, Path
from domains.kernel.identifiers.mask import keep_last

_ACCOUNT = re.compile(r"[A-Z0-9]{6,34}")


class InvalidBankAccount(Invalid):
    """Not of the form of an account number."""

    code = "INVALID_BANK_ACCOUNT"


def parse_bank_account(text: str, *, path: Path = ()) -> str:
    """Return the account number without spaces and hyphens; raise InvalidBankAccount otherwise."""
    number = re.sub(r"[ -]", "", text).upper() if isinstance(text, str) else ""
    if not _ACCOUNT.fullmatch(number):
        raise InvalidBankAccount("This is not an account number: 6 to 34 letters and digits.", path=path)
    return number


def mask_bank_account(value: str) -> str:
    """Return the account number with all but its last four characters hidden (`XXXXXX1234`)."""
    return keep_last(value, shown=4, least_hidden=2)
