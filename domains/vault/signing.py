"""The keys that sign: Ed25519, by key id, so that a new one can take over while older signatures still hold.

Two sets, each given by a variable or the file that `<variable>_FILE` names: BANKING_SIGNING_KEYS sign access
tokens, BANKING_AUDIT_KEYS the heads of the audit tree. A set is a JSON object `{"current": id, "keys": {id: base64
of the 32 private bytes}}`: the current key signs, and whatever names another one is verified with that. Without
any, demo keys are made under `var/` on first use, which production refuses.

A file may change while processes run: it is looked at again every few seconds, and when something names a key
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

UNKNOWN_LOOKED_UP_EVERY_S = 0.5  # tokens with made-up key ids must not turn into reading a file each


@dataclass(frozen=True)
class SigningKeys:
    """The private key that signs, and the public keys that verify, by key id."""

    current_id: str
    current: Ed25519PrivateKey
    public: dict[str, Ed25519PublicKey]

    def __repr__(self) -> str:
        return f"SigningKeys(current_id={self.current_id!r})"


class KeySet:
    """One set of signing keys: where it is given, and what it is called."""

    def __init__(self, variable: str, *, demo_file: str, command: str, kept_because: str = "") -> None:
        self.variable, self.demo_file, self.command = variable, demo_file, command
        self.kept_because = kept_because  # why none of its keys is ever retired
        self._remembered = Remembered(read=self._read, parse=_parsed)

    def keys(self, *, holding: str | None = None) -> SigningKeys:
        """Return the keys as they stand; `holding` names a key that is wanted, known or not.

        Raises ImproperlyConfigured when they are missing or unreadable.
        """
        known = self._remembered.keys()
        wanted = holding is not None and holding not in known.public
        if wanted and self._remembered.age_s() >= UNKNOWN_LOOKED_UP_EVERY_S:
            return self._remembered.reread()
        return known

    def forget(self) -> None:
        """Read the keys anew at their next use."""
        self._remembered.forget()

    def given(self) -> str:
        """Return the text of keys fit for production; raise ImproperlyConfigured. Needs no settings."""
        text = read_given(self.variable)
        if text is None:
            raise ImproperlyConfigured(
                f"Set {self.variable}_FILE: production does not start on demo keys. "
                f"`python manage.py {self.command} FILE` makes some."
            )
        _parsed(text)
        if json.loads(text).get("demo"):
            raise ImproperlyConfigured(
                f"The keys of {self.variable} were made for the demo: production needs its own."
            )
        return text

    def rotate(self, *, retire: str | None = None) -> tuple[str, list[str]]:
        """Let a new key sign, or retire one that no longer does; return the current id and the others'.

        The others verify on. Retire a key once nothing that it signed has to be verified. Raises
        ImproperlyConfigured when the keys are not in a file, and ValueError when the key to retire is current,
        unknown or of a set whose keys are kept.
        """
        file = self._file()
        content = json.loads(self._read())
        if retire is not None:
            if self.kept_because:
                raise ValueError(self.kept_because)
            if retire == content["current"]:
                raise ValueError("The current key can't be retired: rotate first.")
            if content["keys"].pop(retire, None) is None:
                raise ValueError("There is no signing key of this id.")
        else:
            content["current"], key = _new_key()
            content["keys"][content["current"]] = key
        replace(file, json.dumps(content))
        self.forget()
        return content["current"], sorted(set(content["keys"]) - {content["current"]})

    def _file(self) -> Path:
        """Return the file that holds the keys."""
        if given := os.environ.get(f"{self.variable}_FILE"):
            return Path(given)
        if os.environ.get(self.variable):
            raise ImproperlyConfigured(
                f"The signing keys are in the environment: put them into a file and set {self.variable}_FILE."
            )
        return Path(settings.VAR_DIR) / self.demo_file

    def _read(self) -> str:
        if settings.BANKING_ENVIRONMENT == "production":
            return self.given()
        given = read_given(self.variable)
        return self._demo() if given is None else given

    def _demo(self) -> str:
        file = Path(settings.VAR_DIR) / self.demo_file
        if not file.exists():
            write_once(file, make_signing_keys(demo=True))
        return file.read_text()


def make_signing_keys(*, demo: bool = False) -> str:
    """Return new signing keys, one and current, in the form that a set's variable takes."""
    key_id, key = _new_key()
    content = {"current": key_id, "keys": {key_id: key}}
    return json.dumps({"demo": True, **content} if demo else content)


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


TOKEN_KEYS = KeySet("BANKING_SIGNING_KEYS", demo_file="demo_signing_keys.json", command="make_signing_keys")
AUDIT_KEYS = KeySet(
    "BANKING_AUDIT_KEYS",
    demo_file="demo_audit_keys.json",
    command="make_signing_keys",
    kept_because="An audit key is kept: heads that it signed would not verify any more.",
)

signing_keys = TOKEN_KEYS.keys
forget_signing_keys = TOKEN_KEYS.forget
given_signing_keys = TOKEN_KEYS.given
rotate_signing_key = TOKEN_KEYS.rotate
