"""Who saw what of a customer, when and why, in words that a person understands."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import strawberry

from domains.audit.history import histories
from gateway.scalars import DateTime

PAGE_DEFAULT, PAGE_MAX = 20, 100
ROLES = {
    "customer": "a customer who is not you",
    "relationship_manager": "a relationship manager",
    "kyc_officer": "an officer who verifies identities",
    "operations": "somebody of operations",
    "auditor": "an auditor",
    "administrator": "an administrator",
    "service": "a service",
}
THINGS = {
    "Customer": "who you are",
    "KYCProfile": "your identity",
    "KYCDocument": "the documents that you gave",
    "KYCStateChange": "the course of your verification",
    "KYCNotice": "notices to you",
    "MobileTenure": "your mobile numbers",
    "DematAccount": "your demat accounts",
    "DematHolder": "who holds your demat accounts",
    "Portfolio": "your portfolios",
    "Holding": "your holdings",
    "UnitEntry": "the movements of your holdings",
    "Transaction": "your transactions",
    "TransactionEvent": "the course of your transactions",
    "Attempt": "the course of your transactions",
}
# What a customer is not to learn of, not even that it changed (RBI, Master Direction on KYC).
UNTOLD = {
    "risk_category", "riskCategory", "reason", "evidence", "checksMissing", "checksUnderWay", "documentsMissing",
    "makerName", "checkerName",
}  # fmt: skip


@strawberry.type(description="One time that somebody saw or changed a customer's data.")
class AccessRecord:
    """One time that somebody saw or changed a customer's data."""

    at: DateTime = strawberry.field(description="When it was.")
    who: str = strawberry.field(description="Who it was, in words; never a name.")
    what: list[str] = strawberry.field(
        description="What of the customer was seen or changed, in words; never a value."
    )
    purpose: str = strawberry.field(description="Why, as it was stated; empty if it was not.")


def access_history(parents: Sequence[tuple[Any, ...]]) -> list[list[dict[str, Any]]]:
    """Return the history of each customer, for (key, how many, before when)."""
    asked = [(key, _size(first), before) for key, first, before in parents]
    return [[_record(event) for event in events] for events in histories(asked)]


def _size(first: str | None) -> int:
    return PAGE_DEFAULT if first is None else max(0, min(int(first), PAGE_MAX))


def _record(event: Mapping[str, Any]) -> dict[str, Any]:
    levels, changes = _json(event["levels"]) or {}, _json(event["changes"]) or []
    seen = _seen(levels, own=bool(event["own"]), places=event["places"])
    return {
        "at": event["at"],
        "who": _who(event["viewer_kind"], event["roles"], own=bool(event["own"])),
        "what": seen if event["event"] == "READ" else _changed(changes),
        "purpose": event["purpose"],
    }


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _who(kind: str, roles: Sequence[str], *, own: bool) -> str:
    if own:
        return "You"
    if kind == "SYSTEM":
        return "A program of ours"
    told = " and ".join(ROLES[role] for role in roles if role in ROLES) or "somebody"
    if kind == "API_KEY":
        told = f"a program that acts for {told}"
    if "break_glass" in roles:
        told += ", with access for an emergency that they stated"
    return told[0].upper() + told[1:]


def _seen(levels: Mapping[str, Any], *, own: bool, places: Sequence[str]) -> list[str]:
    """Return a line for each kind of thing: what of it was shown, and what masked."""
    found: dict[str, dict[str, str]] = {}
    for level in levels.values():
        if level.get("subjects_of") not in places:
            continue
        for coordinate, decisions in level["coordinates"].items():
            kind, _, name = coordinate.partition(".")
            decision = decisions[0 if own else 1]
            if decision != "HIDE" and kind in THINGS and name != "id" and name not in UNTOLD:
                shown = found.setdefault(THINGS[kind], {})
                shown[_words(name)] = "" if decision == "SHOW" else " (masked)"
    return [
        f"{thing}: {', '.join(f'{name}{masked}' for name, masked in sorted(names.items()))}"
        for thing, names in found.items()
    ]


def _changed(changes: Sequence[Mapping[str, Any]]) -> list[str]:
    names = dict.fromkeys(str(change["field"]) for change in changes)
    return [f"changed: {_words(name)}" for name in names if name not in UNTOLD]


def _words(name: str) -> str:
    """Return the words of a name: `dateOfBirth` and `date_of_birth` are `date of birth`."""
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", name).replace("_", " ").lower()
