"""What the price source can be asked: the last prices of securities."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from domains.providers.adapter import Action, Call

READABLE = frozenset({"status", "code", "isins", "isin", "price", "currency", "as_of"})


def _prices(request: Mapping[str, Any]) -> Call:
    return Call("POST", "prices", {"isins": [str(isin) for isin in request["isins"]]})


def _priced(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return price, currency and moment (ISO 8601) by ISIN; one without a price is left out."""
    return {
        "prices": {
            str(each["isin"]): {
                "price": price(each["price"]),
                "currency": str(each["currency"]),
                "as_of": str(each["as_of"]),
            }
            for each in body["prices"]
        }
    }


def price(text: Any) -> Decimal:
    """Return an exact price; raise ValueError for what is none."""
    try:
        exact = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or exact <= 0:
        raise ValueError("A price is a decimal in text, above zero.")
    return exact


ACTIONS = {
    "ping": Action(lambda _: Call("GET", "ping"), lambda _: {}),
    "prices": Action(_prices, _priced),
}
