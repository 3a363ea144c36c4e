"""The text of a keyring: three tink keysets in one JSON object, and what rotation does to them.

`values` seals what is stored, `tokens` seals cursors, `digests` makes blind indexes. A key is *added* (it opens or
finds, it does not seal or digest yet), *promoted* (it does from now on), and *retired* (it is gone; not of
`digests`, where some things are found by an old key for good). A keyring that was made for the demo says so in the
text, so that production can refuse it wherever it comes from.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tink
from django.core.exceptions import ImproperlyConfigured
from tink import aead, json_proto_keyset_format, prf, secret_key_access

from domains.kernel.failures import Refused

TEMPLATES = {
    "values": aead.aead_key_templates.AES256_GCM,
    "digests": prf.prf_key_templates.HMAC_SHA256,
    "tokens": aead.aead_key_templates.AES256_GCM,
}
SEALING = ("values", "tokens")


class KeyRefused(Refused):
    """What is asked of a key can't be done with it."""

    code = "KEY_REFUSED"


@dataclass(frozen=True, slots=True)
class Keys:
    """The ids of a keyset's keys: the one that seals, and those that only open, oldest first."""

    primary: int
    others: tuple[int, ...]


def make_keyring(*, demo: bool = False) -> str:
    """Return a new keyring in the form that BANKING_KEYRING takes."""
    content: dict[str, Any] = {"demo": True} if demo else {}
    return json.dumps(content | {name: _new_keyset(name) for name in TEMPLATES})


def parse_keyring(text: str) -> dict[str, tink.KeysetHandle]:
    """Return the handles of the three keysets by name; raise ImproperlyConfigured, which quotes nothing."""
    aead.register()
    prf.register()
    try:
        content = json.loads(text)
        handles = {name: _handle(content[name]) for name in TEMPLATES}
        prefixed = all(key["outputPrefixType"] == "TINK" for name in SEALING for key in content[name]["key"])
    except (ValueError, TypeError, KeyError, tink.TinkError):
        # Without the cause: it may quote a part of the keys.
        raise ImproperlyConfigured("The keyring can't be read: it must hold three tink keysets.") from None
    if not prefixed:
        raise ImproperlyConfigured("The keyring's keys must put their ids before what they seal (TINK).")
    return handles


def is_demo(text: str) -> bool:
    """Tell whether a keyring that can be read was made for the demo."""
    return bool(json.loads(text).get("demo"))


def key_ids(text: str, *, keyset: str) -> Keys:
    """Return the ids of a keyset's keys."""
    content = json.loads(text)[keyset]
    primary: int = content["primaryKeyId"]
    return Keys(primary, tuple(key["keyId"] for key in content["key"] if key["keyId"] != primary))


def waiting_key(text: str, *, keyset: str) -> int | None:
    """Return the id of the key that was added last, if it waits to be promoted."""
    content = json.loads(text)[keyset]
    newest: int = content["key"][-1]["keyId"]
    return None if newest == content["primaryKeyId"] else newest


def add_key(text: str, *, keyset: str) -> tuple[str, int]:
    """Return the keyring with one more key, which opens but does not seal yet, and the key's id."""
    added = _new_keyset(keyset)
    while added["primaryKeyId"] in _known_ids(text, keyset):  # ids are 32 random bits
        added = _new_keyset(keyset)

    def change(content: dict[str, Any]) -> None:
        content["key"] += added["key"]

    return _changed(text, keyset, change), added["primaryKeyId"]


def promote_key(text: str, *, keyset: str, key_id: int) -> str:
    """Return the keyring with this key as the one that seals; raise KeyRefused when it does not hold it."""
    _require(text, keyset, key_id)

    def change(content: dict[str, Any]) -> None:
        content["primaryKeyId"] = key_id

    return _changed(text, keyset, change)


def retire_key(text: str, *, keyset: str, key_id: int) -> tuple[str, str]:
    """Return the keyring without this key, and the key alone, in the form that `restore_keys` takes.

    Raises KeyRefused when the keyring does not hold the key, when it is the one that seals, or one of `digests`.
    """
    _require(text, keyset, key_id)
    if keyset not in SEALING:
        raise KeyRefused(
            "A key of digests is kept: API keys, evidence and imported accounts are found by it."
        )
    content = json.loads(text)[keyset]
    if content["primaryKeyId"] == key_id:
        raise KeyRefused("This is the key that seals: promote another one first.")
    [gone] = [key for key in content["key"] if key["keyId"] == key_id]

    def change(content: dict[str, Any]) -> None:
        content["key"] = [key for key in content["key"] if key["keyId"] != key_id]

    alone = {keyset: {"primaryKeyId": key_id, "key": [gone]}}
    return _changed(text, keyset, change), json.dumps(alone)


def restore_keys(text: str, *, retired: str, keyset: str) -> tuple[str, Sequence[int]]:
    """Return the keyring with the keys of a retired keyset, which open but do not seal, and their ids.

    Raises KeyRefused when the text holds no such keyset.
    """
    try:
        content = json.loads(retired)[keyset]
        _handle(content)
    except (ValueError, TypeError, KeyError, tink.TinkError):
        raise KeyRefused("This is no retired keyset.") from None
    known = _known_ids(text, keyset)
    missing = [key for key in content["key"] if key["keyId"] not in known]

    def change(content: dict[str, Any]) -> None:
        content["key"] = missing + content["key"]

    return _changed(text, keyset, change), [key["keyId"] for key in missing]


def _new_keyset(name: str) -> dict[str, Any]:
    aead.register()
    prf.register()
    handle = tink.new_keyset_handle(TEMPLATES[name])
    keyset: dict[str, Any] = json.loads(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    return keyset


def _handle(content: object) -> tink.KeysetHandle:
    return json_proto_keyset_format.parse(json.dumps(content), secret_key_access.TOKEN)


def _known_ids(text: str, keyset: str) -> set[int]:
    keys = key_ids(text, keyset=keyset)
    return {keys.primary, *keys.others}


def _require(text: str, keyset: str, key_id: int) -> None:
    if key_id not in _known_ids(text, keyset):
        raise KeyRefused("The keyring holds no key of this id.")


def _changed(text: str, keyset: str, change: Callable[[dict[str, Any]], None]) -> str:
    """Return the keyring after the change, which must have left something that can be read."""
    content = json.loads(text)
    change(content[keyset])
    changed = json.dumps(content)
    parse_keyring(changed)
    return changed
