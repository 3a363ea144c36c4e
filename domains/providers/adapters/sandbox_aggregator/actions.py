"""What the account aggregator can be asked: a consent, and the statement of an account under it."""

from collections.abc import Mapping
from typing import Any

from domains.providers.adapter import Action, Call

READABLE = frozenset({"status", "code", "consent_id", "fi_type"})


def _ask_consent(request: Mapping[str, Any]) -> Call:
    return Call("POST", "consents", {"mobile": str(request["mobile"]), "fi_type": str(request["fi_type"])})


def _statement(request: Mapping[str, Any]) -> Call:
    return Call("POST", "statements", {"consent_id": str(request["consent_id"])})


def _consented(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"consent_id": str(body["consent_id"])}


def _told(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the document of the account, in the shape of ReBIT's schemas as JSON."""
    if not isinstance(body["account"], dict):
        raise TypeError("An account is an object.")
    return {"account": body["account"]}


ACTIONS = {
    "ping": Action(lambda _: Call("GET", "ping"), lambda _: {}),
    "ask_consent": Action(_ask_consent, _consented),
    "statement": Action(_statement, _told),
}
