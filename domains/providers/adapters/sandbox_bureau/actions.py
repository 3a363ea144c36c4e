"""What the bureau can be asked: whether a PAN, an Aadhaar reference or a bank account belongs to a name."""

from collections.abc import Mapping
from typing import Any

from domains.providers.adapter import Action, Call

READABLE = frozenset({"status", "code", "request_id", "confidence", "match"})


def _verify_pan(request: Mapping[str, Any]) -> Call:
    return Call("POST", "pan/verify", {"pan": str(request["pan"]), "name": str(request["name"])})


def _verify_aadhaar(request: Mapping[str, Any]) -> Call:
    return Call(
        "POST", "aadhaar/verify", {"reference": str(request["reference"]), "name": str(request["name"])}
    )


def _verify_bank_account(request: Mapping[str, Any]) -> Call:
    return Call(
        "POST",
        "bank-account/verify",
        {"account": str(request["account"]), "ifsc": str(request["ifsc"]), "name": str(request["name"])},
    )


def _match_names(request: Mapping[str, Any]) -> Call:
    return Call("POST", "names/match", {"one": str(request["one"]), "other": str(request["other"])})


def _screen(request: Mapping[str, Any]) -> Call:
    return Call(
        "POST",
        "screening",
        {"name": str(request["name"]), "date_of_birth": str(request.get("date_of_birth") or "")},
    )


def _verified(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return whether it belongs to the name, and how sure the bureau is: 0 to 100."""
    return {
        "match": bool(body["match"]),
        "confidence": _percent(body["confidence"]),
        "registered_name": str(body.get("registered_name") or ""),
        "request_id": str(body["request_id"]),
    }


def _screened(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the names on lists that resemble the one that was asked for."""
    return {
        "match": bool(body["match"]),
        "confidence": _percent(body["confidence"]),
        "hits": [{"list": str(hit["list"]), "name": str(hit["name"])} for hit in body["hits"]],
        "request_id": str(body["request_id"]),
    }


def _percent(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise ValueError("A confidence is a whole number from 0 to 100.")
    return value


ACTIONS = {
    "ping": Action(lambda _: Call("GET", "ping"), lambda _: {}),
    "verify_pan": Action(_verify_pan, _verified),
    "verify_aadhaar": Action(_verify_aadhaar, _verified),
    "verify_bank_account": Action(_verify_bank_account, _verified),
    "match_names": Action(_match_names, _verified),
    "screen": Action(_screen, _screened),
}
