"""The keys that sign access tokens: Ed25519, by key id, so that a new one can take over without a logout.

Given by BANKING_SIGNING_KEYS_FILE or BANKING_SIGNING_KEYS: a JSON object `{"current": id, "keys": {id: base64 of
the 32 private bytes}}`. Tokens are signed with the current key and verified with whichever they name. Without
either, demo keys are made under `var/` on first use, which production refuses.

A file may change while processes run: it is looked at again every few seconds, and when a token names a key
that is not known yet. So keys are rotated by `manage.py rotate_signing_key` alone, without a restart.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from domains.vault.files import read_given, replace, write_once
from domains.vault.remembered import Remembered

VARIABLE = "BANKING_SIGNING_KEYS"
MISSING = (
    "Set BANKING_SIGNING_KEYS_FILE: production does not start on demo keys. "
    "`python manage.py make_signing_keys FILE` makes some."
)
UNKNOWN_LOOKED_UP_EVERY_S = 0.5  # tokens with made-up key ids must not turn into reading a file each


@dataclass(frozen=True)
class SigningKeys:
    """The private key that signs, and the public keys that verify, by key id."""

    current_id: str
    current: Ed25519PrivateKey
    public: dict[str, Ed25519PublicKey]

    def __repr__(self) -> str:
        return f"SigningKeys(current_id={self.current_id!r})"


def signing_keys(*, holding: str | None = None) -> SigningKeys:
    """Return the signing keys as they stand; `holding` names a key that is wanted, known or not.

    Raises ImproperlyConfigured when they are missing or unreadable.
    """
    known = _remembered.keys()
    wanted = holding is not None and holding not in known.public
    if wanted and _remembered.age_s() >= UNKNOWN_LOOKED_UP_EVERY_S:
        return _remembered.reread()
    return known


def forget_signing_keys() -> None:
    """Read the keys anew at their next use."""
    _remembered.forget()


def make_signing_keys(*, demo: bool = False) -> str:
    """Return new signing keys, one and current, in the form that BANKING_SIGNING_KEYS takes."""
    key_id, key = _new_key()
    content = {"current": key_id, "keys": {key_id: key}}
    return json.dumps({"demo": True, **content} if demo else content)


def given_signing_keys() -> str:
    """Return the text of keys fit for production; raise ImproperlyConfigured. Needs no settings."""
    text = read_given(VARIABLE)
    if text is None:
        raise ImproperlyConfigured(MISSING)
    _parsed(text)
    if json.loads(text).get("demo"):
        raise ImproperlyConfigured("The signing keys were made for the demo: production needs its own.")
    return text


def rotate_signing_key(*, retire: str | None = None) -> tuple[str, list[str]]:
    """Let a new key sign, or retire one that no longer does; return the current id and the others'.

    The others verify on. Retire a key once the tokens that it signed have expired. Raises ImproperlyConfigured
    when the keys are not in a file, and ValueError when the key to retire is current or unknown.
    """
    file = _file()
    content = json.loads(_read())
    if retire is not None:
        if retire == content["current"]:
            raise ValueError("The current key can't be retired: rotate first.")
        if content["keys"].pop(retire, None) is None:
            raise ValueError("There is no signing key of this id.")
    else:
        content["current"], key = _new_key()
        content["keys"][content["current"]] = key
    replace(file, json.dumps(content))
    forget_signing_keys()
    return content["current"], sorted(set(content["keys"]) - {content["current"]})


def _parsed(text: str) -> SigningKeys:
    try:
        content = json.loads(text)
        private = {
            key_id: Ed25519PrivateKey.from_private_bytes(base64.b64decode(key))
            for key_id, key in content["keys"].items()
        }
        current_id = content["current"]
        public = {key_id: key.public_key() for key_id, key in private.items()}
        return SigningKeys(current_id, private[current_id], public)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ImproperlyConfigured("The signing keys can't be read: see domains/vault/signing.py.") from None


def _new_key() -> tuple[str, str]:
    return secrets.token_hex(4), base64.b64encode(secrets.token_bytes(32)).decode()


def _file() -> Path:
    """Return the file that holds the keys."""
    if given := os.environ.get(f"{VARIABLE}_FILE"):
        return Path(given)
    if os.environ.get(VARIABLE):
        raise ImproperlyConfigured(
            "The signing keys are in the environment: put them into a file and set BANKING_SIGNING_KEYS_FILE."
        )
    return Path(settings.VAR_DIR) / "demo_signing_keys.json"


def _read() -> str:
    if settings.BANKING_ENVIRONMENT == "production":
        return given_signing_keys()
    given = read_given(VARIABLE)
    return _demo() if given is None else given


def _demo() -> str:
    file = Path(settings.VAR_DIR) / "demo_signing_keys.json"
    if not file.exists():
        write_once(file, make_signing_keys(demo=True))
    return file.read_text()


_remembered = Remembered(read=_read, parse=_parsed)
