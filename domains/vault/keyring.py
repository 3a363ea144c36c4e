"""The keyring: three tink keysets, for sealing values, for blind indexes, and for sealing tokens.

A keyring is a JSON object of three keysets in tink's JSON form, given by BANKING_KEYRING_FILE (a file's path)
or BANKING_KEYRING (the text). Without either a demo keyring is made under `var/` on first use, which
production refuses. Rotation adds a key to a keyset and makes it primary: what older keys sealed stays
readable. The PRF keyset is the exception: a new primary changes every digest, so it is rotated only with a
rebuild of the digests.
"""

import json
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import tink
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from tink import aead, json_proto_keyset_format, prf, secret_key_access

_TEMPLATES = {
    "values": aead.aead_key_templates.AES256_GCM,
    "digests": prf.prf_key_templates.HMAC_SHA256,
    "tokens": aead.aead_key_templates.AES256_GCM,
}


@dataclass(frozen=True, slots=True)
class Keyring:
    """The primitives made of the keysets; safe to share between threads and across a fork."""

    values: aead.Aead
    digests: prf.PrfSet
    tokens: aead.Aead


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """Return the process's keyring; raise ImproperlyConfigured when it is missing or unreadable."""
    aead.register()
    prf.register()
    text = _given() or _demo()
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
        digests=handles["digests"].primitive(prf.PrfSet),
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


def _given() -> str | None:
    if file := os.environ.get("BANKING_KEYRING_FILE"):
        try:
            return Path(file).read_text()
        except OSError:
            raise ImproperlyConfigured("The file that BANKING_KEYRING_FILE names can't be read.") from None
    return os.environ.get("BANKING_KEYRING")


def _demo() -> str:
    if settings.BANKING_ENVIRONMENT == "production":
        raise ImproperlyConfigured("Set BANKING_KEYRING_FILE: production does not start on a demo keyring.")
    file = Path(settings.VAR_DIR) / "demo_keyring.json"
    if not file.exists():
        _write_once(file, make_keyring())
    return file.read_text()


def _write_once(file: Path, text: str) -> None:
    """Put `text` into `file`, whole or not at all, unless another process was first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "w") as draft:
            draft.write(text)
        os.link(name, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)
