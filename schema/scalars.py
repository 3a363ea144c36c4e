"""Scalars of the banking world."""

import re
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

from domains.kernel.failures import Invalid
from domains.kernel.identifiers import parse_mobile
from gateway.scalars import SCALARS as EDGE_SCALARS
from gateway.scalars import parse_text
from gateway.uploads import UPLOAD

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def _parse_mobile(value: Any) -> str:
    """Return the number in E.164; whether a line can have it is asked where a number is stored."""
    if not isinstance(value, str):
        raise GraphQLError('expected a mobile number as a text, such as "+919876543210"')
    text = parse_text(value)
    if _E164.fullmatch(text):
        return text
    try:
        return parse_mobile(text)
    except Invalid as refusal:
        raise GraphQLError(refusal.message) from None


MobileNumber = NewType("MobileNumber", str)

SCALARS: dict[Any, Any] = {
    **EDGE_SCALARS,
    **UPLOAD,
    MobileNumber: strawberry.scalar(
        name="MobileNumber",
        description="A mobile number in E.164, such as +919876543210; Indian ones may leave out +91.",
        serialize=str,
        parse_value=_parse_mobile,
    ),
}
