"""What the rails are sent: a payment, or the return of one."""

from collections.abc import Mapping
from typing import Any

from domains.providers.adapter import Call

READABLE = frozenset({
    "status", "code", "reason", "reference", "provider_reference", "kind", "channel", "currency", "expires_at",
})  # fmt: skip


def instruct(request: Mapping[str, Any]) -> Call:
    """Make the instruction of a payment; amounts are text, times ISO 8601."""
    sent = {
        name: str(request[name])
        for name in ("reference", "kind", "channel", "amount", "currency", "expires_at", "notify_url")
    }
    for name in ("account", "ifsc", "vpa", "returns"):
        if request.get(name):
            sent[name] = str(request[name])
    return Call("POST", "payments", sent)
