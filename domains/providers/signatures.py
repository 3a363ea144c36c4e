"""Signatures over bodies: HMAC-SHA-256 in hex under a shared secret, as most providers do it."""

import hashlib
import hmac


def signature_of(*, secret: str, body: bytes) -> str:
    """Return the signature of a body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signature_holds(*, secret: str, body: bytes, signature: str) -> bool:
    """Tell whether a signature is that of the body, in constant time."""
    return hmac.compare_digest(
        signature_of(secret=secret, body=body).encode(), signature.encode("utf-8", "replace")
    )
