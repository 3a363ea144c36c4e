"""Mobile numbers in E.164, the key that a customer is found by."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from domains.kernel.failures import Invalid, Path
from domains.kernel.identifiers.mask import HIDDEN, keep_last

_TEXT = re.compile(r"\+?[0-9][0-9 ()-]{3,30}")
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


class InvalidMobile(Invalid):
    """Not a number that a mobile line can have."""

    code = "INVALID_MOBILE"


def parse_mobile(text: str, *, region: str = "IN", path: Path = ()) -> str:
    """Return the number in E.164 (`+919876543210`); raise InvalidMobile when no mobile line can have it.

    A number without `+` is read as a national one of `region` (ISO 3166).
    """
    try:
        if not isinstance(text, str) or not _TEXT.fullmatch(text):
            raise ValueError
        number = phonenumbers.parse(text, region)
        if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _MOBILE:
            raise ValueError
    except (ValueError, NumberParseException):
        message = (
            "This is not a mobile number; write it with its country code, as in +91 followed by ten digits."
        )
        raise InvalidMobile(message, path=path) from None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mask_mobile(value: str) -> str:
    """Return the country code and the last four digits (`+91XXXXXX3210`)."""
    try:
        country_code = str(phonenumbers.parse(value, None).country_code)
    except NumberParseException:
        return HIDDEN
    return f"+{country_code}{keep_last(value[len(country_code) + 1 :], shown=4)}"
