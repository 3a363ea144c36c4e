"""What the venue is sent: an order to buy or sell a security, or units of a fund."""

from collections.abc import Mapping
from typing import Any

from domains.providers.adapter import Call

READABLE = frozenset({
    "status", "code", "reason", "reference", "provider_reference", "kind", "channel", "currency", "isin",
    "expires_at",
})  # fmt: skip


def instruct(request: Mapping[str, Any]) -> Call:
    """Make an order; amounts and units are text, times ISO 8601."""
    sent = {
        name: str(request[name])
        for name in ("reference", "kind", "channel", "amount", "currency", "isin", "expires_at", "notify_url")
    }
    for name in ("quantity", "price", "bo_id", "folio"):
        if request.get(name):
            sent[name] = str(request[name])
    return Call("POST", "payments", sent)
