"""E-mail addresses: kept as written but for the domain's case, compared without regard to case."""

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from domains.kernel.failures import Invalid, Path
from domains.kernel.identifiers.mask import HIDDEN

LENGTH_MAX = 254  # RFC 5321
_is_email = EmailValidator()


class InvalidEmail(Invalid):
    """Not of the form of an e-mail address."""

    code = "INVALID_EMAIL"


def parse_email(text: str, *, path: Path = ()) -> str:
    """Return the address in lower case; raise InvalidEmail when it is none.

    The local part is lower-cased too: no provider in use distinguishes case, and the blind index must not.
    """
    address = text.strip() if isinstance(text, str) else ""
    try:
        if len(address) > LENGTH_MAX:
            raise ValidationError("too long")
        _is_email(address)
    except ValidationError:
        raise InvalidEmail("This is not an e-mail address.", path=path) from None
    return address.lower()


def mask_email(value: str) -> str:
    """Return the first letter and the domain (`p***@example.com`)."""
    local, at, domain = value.rpartition("@")
    if not at or not domain:
        return HIDDEN
    return f"{local[0]}***@{domain}" if len(local) > 1 else f"***@{domain}"
