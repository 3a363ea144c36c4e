"""What all interfaces of the sandbox share: a key as the bearer, signed answers, one place for the code."""

import base64
from collections.abc import Mapping
from typing import Any

from domains.providers.adapter import Credentials, Raw
from domains.providers.signatures import signature_holds

CREDENTIALS = frozenset({"api_key"})


def headers(credentials: Credentials, idempotency_key: str, _body: bytes) -> Mapping[str, str]:
    """Prove who asks, and name what must not be done twice."""
    sent = {"authorization": f"Bearer {credentials['api_key']}"}
    return sent | ({"idempotency-key": idempotency_key} if idempotency_key else {})


def genuine(credentials: Credentials, raw: Raw) -> bool:
    """Check the signature; only errors of what stands before the service come without one."""
    signature = raw.headers.get("x-sandbox-signature", "")
    if not signature and raw.status >= 400:
        return True
    return signature_holds(secret=credentials["api_key"], body=raw.body, signature=signature)


def code_with_reason(body: Mapping[str, Any]) -> str:
    """Find the code, which is the reason where something is rejected."""
    reason = body.get("reason")
    return reason if isinstance(reason, str) and reason else code_of(body)


def notice_secret(credentials: Credentials) -> str:
    """Return the secret under which the sandbox signs its notices (Standard Webhooks): the key itself."""
    return "whsec_" + base64.b64encode(credentials["api_key"].encode()).decode()


def code_of(body: Mapping[str, Any]) -> str:
    """Find the code: `status`, or `error.code` when there is an error, whatever HTTP said."""
    error = body.get("error")
    found = error.get("code", "") if isinstance(error, dict) else body.get("status", "")
    return found if isinstance(found, str) else ""
