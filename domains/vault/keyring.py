"""The keyring of this process: for sealing values, for blind indexes, and for sealing tokens.

Given by BANKING_KEYRING_FILE (a file's path) or BANKING_KEYRING (the text, see `keysets`). Without either a
demo keyring is made under `var/` on first use, which production refuses. The file is looked at again every few
seconds, and when a value does not open, so that keys are rotated without a restart (see docs/keys.md).
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from tink import aead, prf

from domains.vault.files import read_given, write_once
from domains.vault.keysets import Keys, is_demo, key_ids, make_keyring, parse_keyring
from domains.vault.remembered import Remembered

VARIABLE = "BANKING_KEYRING"
MISSING = (
    "Set BANKING_KEYRING_FILE: production does not start on a demo keyring. "
    "`python manage.py make_keyring FILE` makes one."
)


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
    all_digests: tuple[Digester, ...]  # the present one first
    tokens: Cipher
    value_keys: Keys

    def __repr__(self) -> str:
        return f"Keyring(value_keys={self.value_keys})"


def keyring() -> Keyring:
    """Return the process's keyring; raise ImproperlyConfigured when it is missing or unreadable."""
    return _remembered.keys()


def reread_keyring() -> Keyring:
    """Return the keyring as it is given now: the same object when nothing changed."""
    return _remembered.reread()


def forget_keyring() -> None:
    """Read the keyring anew at its next use."""
    _remembered.forget()


def keyring_text() -> str:
    """Return the keyring's text as it is given now; raise ImproperlyConfigured when it is none."""
    text = _read()
    parse_keyring(text)
    return text


def keyring_file() -> Path:
    """Return the file that holds the keyring; raise ImproperlyConfigured when it is in no file."""
    if file := os.environ.get(f"{VARIABLE}_FILE"):
        return Path(file)
    if os.environ.get(VARIABLE):
        raise ImproperlyConfigured(
            f"The keyring is in the environment ({VARIABLE}), which no command can change."
        )
    return _demo_file()


def given_keyring() -> str:
    """Return the text of a keyring fit for production; raise ImproperlyConfigured. Needs no settings."""
    text = read_given(VARIABLE)
    if text is None:
        raise ImproperlyConfigured(MISSING)
    parse_keyring(text)
    if is_demo(text):
        raise ImproperlyConfigured("The keyring was made for the demo: production needs one of its own.")
    return text


def _read() -> str:
    if settings.BANKING_ENVIRONMENT == "production":
        return given_keyring()
    given = read_given(VARIABLE)
    return _demo() if given is None else given


def _parse(text: str) -> Keyring:
    handles = parse_keyring(text)
    digesters = handles["digests"].primitive(prf.PrfSet)
    former = key_ids(text, keyset="digests").others
    return Keyring(
        values=handles["values"].primitive(aead.Aead),
        digests=digesters.primary(),
        all_digests=(digesters.primary(), *(digesters.all()[key_id] for key_id in former)),
        tokens=handles["tokens"].primitive(aead.Aead),
        value_keys=key_ids(text, keyset="values"),
    )


def _demo_file() -> Path:
    return Path(settings.VAR_DIR) / "demo_keyring.json"


def _demo() -> str:
    file = _demo_file()
    if not file.exists():
        write_once(file, make_keyring(demo=True))
    return file.read_text()


_remembered = Remembered(read=_read, parse=_parse)
