"""What the depository can be asked: what an account holds."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from domains.providers.adapter import Action, Call

READABLE = frozenset({"status", "code", "isin", "as_of", "request_id"})


def _holdings(request: Mapping[str, Any]) -> Call:
    return Call("POST", "holdings", {"bo_id": str(request["bo_id"])})


def _held(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the units of each security, and the moment that they are of (ISO 8601)."""
    return {
        "as_of": str(body["as_of"]),
        "holdings": [
            {"isin": str(each["isin"]), "units": _units(each["units"])} for each in body["holdings"]
        ],
    }


def _units(text: Any) -> Decimal:
    try:
        units = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        units = Decimal("NaN")
    if not units.is_finite() or units < 0:
        raise ValueError("Units are a decimal in text, not below zero.")
    return units


ACTIONS = {
    "ping": Action(lambda _: Call("GET", "ping"), lambda _: {}),
    "holdings": Action(_holdings, _held),
}
