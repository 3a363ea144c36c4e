"""The keys that sign access tokens: Ed25519, by key id, so that a new one can take over without a logout.

Given by BANKING_SIGNING_KEYS_FILE or BANKING_SIGNING_KEYS: a JSON object `{"current": id, "keys": {id: base64 of
the 32 private bytes}}`. Tokens are signed with the current key and verified with whichever they name. Without
either, demo keys are made under `var/` on first use, which production refuses.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from domains.vault.files import read_given, write_once


@dataclass(frozen=True)
class SigningKeys:
    """The private key that signs, and the public keys that verify, by key id."""

    current_id: str
    current: Ed25519PrivateKey
    public: dict[str, Ed25519PublicKey]


@lru_cache(maxsize=1)
def signing_keys() -> SigningKeys:
    """Return the process's signing keys; raise ImproperlyConfigured when they are missing or unreadable."""
    text = read_given("BANKING_SIGNING_KEYS") or _demo()
    try:
        content = json.loads(text)
        private = {
            key_id: Ed25519PrivateKey.from_private_bytes(base64.b64decode(key))
            for key_id, key in content["keys"].items()
        }
        current_id = content["current"]
        public = {key_id: key.public_key() for key_id, key in private.items()}
        return SigningKeys(current_id, private[current_id], public)
    except (ValueError, TypeError, KeyError):
        raise ImproperlyConfigured("The signing keys can't be read: see domains/vault/signing.py.") from None


def make_signing_keys() -> str:
    """Return new signing keys, one and current, in the form that BANKING_SIGNING_KEYS takes."""
    key_id = secrets.token_hex(4)
    return json.dumps(
        {"current": key_id, "keys": {key_id: base64.b64encode(secrets.token_bytes(32)).decode()}}
    )


def _demo() -> str:
    if settings.BANKING_ENVIRONMENT == "production":
        raise ImproperlyConfigured("Set BANKING_SIGNING_KEYS_FILE: production does not start on demo keys.")
    file = Path(settings.VAR_DIR) / "demo_signing_keys.json"
    if not file.exists():
        write_once(file, make_signing_keys())
    return file.read_text()
