"""Signing keys rotate while processes run; what an older key signed verifies until that key is retired."""

import base64
import json
import stat
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from domains.vault import signing
from domains.vault.signing import (
    AUDIT_KEYS,
    forget_signing_keys,
    make_signing_keys,
    rotate_signing_key,
    signing_keys,
)


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / "keys.json"
    file.write_text(make_signing_keys())
    monkeypatch.setenv("BANKING_SIGNING_KEYS_FILE", str(file))
    forget_signing_keys()
    yield file
    monkeypatch.undo()
    forget_signing_keys()


def test_a_rotated_key_signs_and_the_one_before_verifies_on(key_file: Path) -> None:
    before = signing_keys()
    current, others = rotate_signing_key()
    after = signing_keys()
    assert after.current_id == current != before.current_id
    assert others == [before.current_id]
    after.public[before.current_id].verify(before.current.sign(b"text"), b"text")


def test_another_process_takes_a_new_key_up_when_a_token_names_it(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = signing_keys()
    content = json.loads(key_file.read_text())
    content["keys"]["new"] = base64.b64encode(bytes(32)).decode()
    key_file.write_text(json.dumps(content))
    assert signing_keys() is known
    monkeypatch.setattr(signing, "UNKNOWN_LOOKED_UP_EVERY_S", 0)
    assert "new" in signing_keys(holding="new").public


def test_a_retired_key_verifies_no_more_and_the_current_one_stays(key_file: Path) -> None:
    first = signing_keys().current_id
    rotate_signing_key()
    assert rotate_signing_key(retire=first)[1] == []
    assert first not in signing_keys().public
    for unknown in (signing_keys().current_id, first):
        with pytest.raises(ValueError, match="key"):
            rotate_signing_key(retire=unknown)


@pytest.mark.parametrize(("mode", "after"), [(0o600, 0o600), (0o640, 0o640), (0o644, 0o640)])
def test_others_than_owner_and_group_may_not_read_rotated_keys(key_file: Path, mode: int, after: int) -> None:
    key_file.chmod(mode)
    rotate_signing_key()
    assert stat.S_IMODE(key_file.stat().st_mode) == after


def test_the_command_names_keys_and_shows_none(key_file: Path) -> None:
    said = StringIO()
    call_command("rotate_signing_key", stdout=said)
    content = json.loads(key_file.read_text())
    assert all(key_id in said.getvalue() for key_id in content["keys"])
    assert not any(key in said.getvalue() for key in content["keys"].values())
    with pytest.raises(CommandError, match="can't be retired"):
        call_command("rotate_signing_key", retire=content["current"])


def test_no_audit_key_is_retired_for_its_heads_must_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "audit.json"
    call_command("make_signing_keys", str(file), stderr=StringIO())
    monkeypatch.setenv("BANKING_AUDIT_KEYS_FILE", str(file))
    AUDIT_KEYS.forget()
    first = AUDIT_KEYS.keys().current_id
    call_command("rotate_signing_key", audit=True, stdout=StringIO())
    with pytest.raises(CommandError, match="heads that it signed"):
        call_command("rotate_signing_key", audit=True, retire=first)
    assert first in AUDIT_KEYS.keys().public
    monkeypatch.undo()
    AUDIT_KEYS.forget()


def test_who_makes_keys_is_told_what_their_loss_costs_whichever_they_become(tmp_path: Path) -> None:
    said = StringIO()
    call_command("make_signing_keys", str(tmp_path / "keys.json"), stderr=said)
    assert "sign in again" in said.getvalue()
    assert "audit" in said.getvalue()


def test_keys_in_the_environment_are_not_rotated_but_told_where_they_belong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BANKING_SIGNING_KEYS_FILE", raising=False)
    monkeypatch.setenv("BANKING_SIGNING_KEYS", make_signing_keys())
    with pytest.raises(ImproperlyConfigured, match="BANKING_SIGNING_KEYS_FILE"):
        rotate_signing_key()


@pytest.mark.parametrize(
    "broken", ["", "[]", "{}", '{"current": "a", "keys": {}}', '{"current": "a", "keys": 1}']
)
def test_keys_that_can_not_be_read_are_refused_without_quoting_them(key_file: Path, broken: str) -> None:
    key_file.write_text(broken or "secret")
    forget_signing_keys()
    with pytest.raises(ImproperlyConfigured) as refused:
        signing_keys()
    assert "secret" not in str(refused.value)


def test_keys_do_not_show_in_their_representation(key_file: Path) -> None:
    assert "PrivateKey" not in repr(signing_keys())
