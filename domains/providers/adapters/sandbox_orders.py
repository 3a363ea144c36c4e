"""What the sandbox's rails and its venue share: instruct once, ask what became of it, fetch the settlement file.

`instruct` answers what became of the instruction. `status` never does so by its own outcome, which only tells
whether the question was answered: what became of it stands in the body, `state` (a Outcome's name, or
NOT_FOUND) with its codes, so that a failing question is never taken for a failed payment.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from domains.providers.adapter import Action, Call
from domains.providers.meanings import Meaning
from domains.providers.words import PROBE, Outcome

NOT_FOUND = "NOT_FOUND"
FINAL_OR_TAKEN = (Outcome.SETTLED, Outcome.ACCEPTED, Outcome.REJECTED)


def actions_of(
    instruct: Callable[[Mapping[str, Any]], Call], meanings: Mapping[str, Meaning]
) -> Mapping[str, Action]:
    """Return the actions of a rail or venue whose codes mean this."""

    def state(payment: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if payment is None:
            return {
                "state": NOT_FOUND,
                "raw_code": NOT_FOUND,
                "iso_code": "",
                "message": "Nothing is known of it.",
            }
        if not isinstance(payment, Mapping):
            raise TypeError("What became of it is an object.")
        raw = str(payment.get("reason") or payment["status"])
        meaning = meanings[raw]
        if meaning.outcome not in FINAL_OR_TAKEN:
            raise ValueError(f"{raw} is no state of an instruction.")
        return {
            "state": meaning.outcome.value,
            "raw_code": raw,
            "iso_code": meaning.iso,
            "message": meaning.message,
            "reference": str(payment["reference"]),
            "provider_reference": str(payment["provider_reference"]),
            "amount": _decimal(payment.get("amount")),
            "units": _decimal(payment.get("units")),
            "price": _decimal(payment.get("price")),
        }

    return {
        PROBE: Action(lambda _: Call("GET", "ping"), lambda _: {}),
        "instruct": Action(instruct, state),
        "status": Action(
            lambda request: Call("GET", f"payments/{request['reference']}"),
            lambda body: state(body["payment"]),
        ),
        "notice": Action(_never_sent, state),
        "settlements": Action(lambda _: Call("GET", "settlements"), lambda body: {"csv": str(body["csv"])}),
    }


def _never_sent(_: Mapping[str, Any]) -> Call:
    raise ValueError("A notice comes; it is not sent.")


def _decimal(text: Any) -> Decimal | None:
    if text in (None, ""):
        return None
    try:
        number = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise ValueError("An amount is a decimal in text, not below zero.")
    return number
