"""Listing securities and keeping their last price; reference data, no one's in particular."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from domains.kernel.failures import Invalid
from domains.kernel.identifiers import parse_isin
from domains.kernel.money import parse_currency
from domains.kernel.numbers import require_exact
from domains.kernel.text import is_plain, tidy_line
from domains.portfolios.failures import InvalidSecurity
from domains.portfolios.models import Security, SecurityKind


class InvalidPrice(Invalid):
    """Below zero."""

    code = "INVALID_PRICE"


@transaction.atomic
def list_security(
    *,
    isin: str,
    name: str,
    kind: str,
    symbol: str = "",
    currency: str = "INR",
    last_price: Decimal | None = None,
    priced_at: datetime | None = None,
) -> UUID:
    """List a security and return its id; of one that is listed already only a newer price is taken.

    Raises InvalidIsin, InvalidSecurity, InvalidCurrency, InvalidNumber or InvalidPrice.
    """
    number = parse_isin(isin, path=("isin",))
    price = _parse_price(last_price)
    security, _created = Security.objects.get_or_create(
        isin=number,
        defaults={
            "name": _parse_name(name, "name", 200),
            "symbol": _parse_symbol(symbol),
            "kind": _parse_kind(kind),
            "currency": parse_currency(currency, path=("currency",)),
        },
    )
    if price is not None and priced_at is not None:
        security = Security.objects.select_for_update(no_key=True).get(id=security.id)
        if security.priced_at is None or security.priced_at < priced_at:
            security.last_price, security.priced_at = price, priced_at
            security.save(update_fields=["last_price", "priced_at"])
    return security.id


def _parse_price(price: Decimal | None) -> Decimal | None:
    if price is None:
        return None
    exact = require_exact(price, digits=20, places=4, path=("lastPrice",))
    if exact < 0:
        raise InvalidPrice("A price is not below zero.", path=("lastPrice",))
    return exact


def _parse_name(text: str, field: str, length_max: int) -> str:
    name = tidy_line(text, length_max=length_max)
    if name is None:
        raise InvalidSecurity(f"This has 1 to {length_max} printable characters.", path=(field,))
    return name


def _parse_symbol(text: str) -> str:
    if not is_plain(text):
        raise InvalidSecurity(
            "A symbol has plain letters, digits and signs, without quotation marks.", path=("symbol",)
        )
    return _parse_name(text, "symbol", 40) if text else ""


def _parse_kind(text: str) -> SecurityKind:
    try:
        return SecurityKind(text)
    except ValueError:
        raise InvalidSecurity("There is no such kind of security.", path=("kind",)) from None
