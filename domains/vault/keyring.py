"""The keyring: three tink keysets, for sealing values, for blind indexes, and for sealing tokens.

A keyring is a JSON object of three keysets in tink's JSON form, given by BANKING_KEYRING_FILE (a file's path)
or BANKING_KEYRING (the text). Without either a demo keyring is made under `var/` on first use, which
production refuses. Rotation adds a key to a keyset and makes it primary: what older keys sealed stays
readable. The PRF keyset is the exception: a new primary changes every digest, so it is rotated only with a
rebuild of the digests.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import tink
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from tink import aead, json_proto_keyset_format, prf, secret_key_access

from domains.vault.files import read_given, write_once

_TEMPLATES = {
    "values": aead.aead_key_templates.AES256_GCM,
    "digests": prf.prf_key_templates.HMAC_SHA256,
    "tokens": aead.aead_key_templates.AES256_GCM,
}


class Cipher(Protocol):
    """tink's Aead, which is published without types."""

    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes:
        """Return the ciphertext, bound to the associated data."""

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        """Return the plaintext; raise TinkError when either was altered."""


class Digester(Protocol):
    """tink's Prf, which is published without types."""

    def compute(self, input_data: bytes, output_length: int) -> bytes:
        """Return that many bytes of the keyed digest."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The primitives made of the keysets; safe to share between threads and across a fork."""

    values: Cipher
    digests: Digester
    tokens: Cipher


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """Return the process's keyring; raise ImproperlyConfigured when it is missing or unreadable."""
    aead.register()
    prf.register()
    text = read_given("BANKING_KEYRING") or _demo()
    try:
        keysets = json.loads(text)
        handles = {
            name: json_proto_keyset_format.parse(json.dumps(keysets[name]), secret_key_access.TOKEN)
            for name in _TEMPLATES
        }
    except (ValueError, TypeError, KeyError, tink.TinkError):
        # Without the cause: it may quote a part of the keys.
        raise ImproperlyConfigured("The keyring can't be read: it must hold three tink keysets.") from None
    return Keyring(
        values=handles["values"].primitive(aead.Aead),
        digests=handles["digests"].primitive(prf.PrfSet).primary(),
        tokens=handles["tokens"].primitive(aead.Aead),
    )


def make_keyring() -> str:
    """Return a new keyring in the form that BANKING_KEYRING takes."""
    aead.register()
    prf.register()
    keysets = {}
    for name, template in _TEMPLATES.items():
        handle = tink.new_keyset_handle(template)
        keysets[name] = json.loads(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    return json.dumps(keysets)


def _demo() -> str:
    if settings.BANKING_ENVIRONMENT == "production":
        raise ImproperlyConfigured("Set BANKING_KEYRING_FILE: production does not start on a demo keyring.")
    file = Path(settings.VAR_DIR) / "demo_keyring.json"
    if not file.exists():
        write_once(file, make_keyring())
    return file.read_text()
