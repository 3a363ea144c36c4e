"""What rotation does to a keyring's text: add, promote, retire, restore; the other keysets stay."""

import json

import pytest
import tink
from tink import aead

from domains.vault.keysets import (
    SEALING,
    KeyRefused,
    Keys,
    add_key,
    key_ids,
    make_keyring,
    parse_keyring,
    promote_key,
    restore_keys,
    retire_key,
)

rotated = pytest.mark.parametrize("keyset", SEALING)


def cipher(text: str, keyset: str) -> aead.Aead:
    return parse_keyring(text)[keyset].primitive(aead.Aead)


@rotated
def test_an_added_key_opens_but_does_not_seal_yet(keyset: str) -> None:
    before = make_keyring()
    after, added = add_key(before, keyset=keyset)
    primary = key_ids(before, keyset=keyset).primary
    assert key_ids(after, keyset=keyset) == Keys(primary, (added,))
    assert cipher(before, keyset).decrypt(cipher(after, keyset).encrypt(b"x", b""), b"") == b"x"
    promoted = promote_key(after, keyset=keyset, key_id=added)
    assert cipher(after, keyset).decrypt(cipher(promoted, keyset).encrypt(b"x", b""), b"") == b"x"


@rotated
def test_a_promoted_key_seals_and_the_one_before_opens_on(keyset: str) -> None:
    before = make_keyring()
    after, added = add_key(before, keyset=keyset)
    after = promote_key(after, keyset=keyset, key_id=added)
    assert cipher(after, keyset).decrypt(cipher(before, keyset).encrypt(b"x", b""), b"") == b"x"
    sealed = cipher(after, keyset).encrypt(b"x", b"")
    assert sealed[:5] == b"\x01" + added.to_bytes(4)
    with pytest.raises(tink.TinkError):
        cipher(before, keyset).decrypt(sealed, b"")


@rotated
def test_a_retired_key_opens_no_more_until_it_is_restored(keyset: str) -> None:
    before = make_keyring()
    old = key_ids(before, keyset=keyset).primary
    sealed = cipher(before, keyset).encrypt(b"x", b"")
    after, added = add_key(before, keyset=keyset)
    after, alone = retire_key(promote_key(after, keyset=keyset, key_id=added), keyset=keyset, key_id=old)
    assert key_ids(after, keyset=keyset).others == ()
    with pytest.raises(tink.TinkError):
        cipher(after, keyset).decrypt(sealed, b"")
    restored, ids = restore_keys(after, retired=alone, keyset=keyset)
    assert ids == [old]
    assert key_ids(restored, keyset=keyset).primary == added
    assert cipher(restored, keyset).decrypt(sealed, b"") == b"x"
    assert restore_keys(restored, retired=alone, keyset=keyset)[1] == [], "known keys are not restored twice"


def test_a_rotation_leaves_the_other_keysets_and_the_mark_of_the_demo_alone() -> None:
    before = json.loads(make_keyring(demo=True))
    after = json.loads(add_key(json.dumps(before), keyset="values")[0])
    assert after.pop("values") != before.pop("values")
    assert after == before


def test_the_key_that_seals_and_keys_that_are_not_there_are_refused() -> None:
    text = make_keyring()
    primary = key_ids(text, keyset="values").primary
    with pytest.raises(KeyRefused, match="promote another"):
        retire_key(text, keyset="values", key_id=primary)
    for change in (promote_key, retire_key):
        with pytest.raises(KeyRefused, match="no key of this id"):
            change(text, keyset="values", key_id=primary + 1)
    for nonsense in ("", "[]", "{}", make_keyring()[:100], '{"values": 3}'):
        with pytest.raises(KeyRefused, match="no retired keyset"):
            restore_keys(text, retired=nonsense, keyset="values")
