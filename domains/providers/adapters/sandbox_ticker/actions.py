"""What the second price source can be asked: the last prices of securities, in the same words as the first."""

from collections.abc import Mapping
from typing import Any

from domains.providers.adapter import Action, Call
from domains.providers.adapters.sandbox_prices.actions import price

READABLE = frozenset({"rc", "rows", "code"})


def _quotes(request: Mapping[str, Any]) -> Call:
    return Call("GET", "quotes", query={"symbols": ",".join(str(isin) for isin in request["isins"])})


def _quoted(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return price, currency and moment (ISO 8601) by ISIN; one without a price is left out."""
    return {
        "prices": {
            str(isin): {"price": price(text), "currency": str(currency), "as_of": str(moment)}
            for isin, text, currency, moment in body["rows"]
        }
    }


ACTIONS = {
    "ping": Action(lambda _: Call("GET", "ping"), lambda _: {}),
    "prices": Action(_quotes, _quoted),
}
