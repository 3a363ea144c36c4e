"""Where keys come from, and that nothing of them is told."""

import json
import logging
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tink
from django.core.exceptions import ImproperlyConfigured
from tink import aead, json_proto_keyset_format, secret_key_access

from domains.kernel.identifiers import new_id
from domains.vault import remembered
from domains.vault.keyring import forget_keyring, keyring, reread_keyring
from domains.vault.keysets import add_key, make_keyring, promote_key
from domains.vault.sealing import BrokenSeal, open_sealed, seal


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("BANKING_KEYRING", raising=False)
    monkeypatch.delenv("BANKING_KEYRING_FILE", raising=False)
    forget_keyring()
    yield
    monkeypatch.undo()
    forget_keyring()


def test_a_demo_keyring_is_made_once_even_by_many_at_once(settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: (forget_keyring(), keyring()), range(8)))
    files = list(settings.VAR_DIR.iterdir())
    assert [file.name for file in files] == ["demo_keyring.json"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    sealed = seal(table_column="a.b", pk=(pk := new_id()), value="kept")
    forget_keyring()
    assert open_sealed(table_column="a.b", pk=pk, sealed=sealed) == "kept"


def test_production_does_not_start_on_a_demo_keyring(settings, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.BANKING_ENVIRONMENT = tmp_path, "production"
    with pytest.raises(ImproperlyConfigured, match="BANKING_KEYRING_FILE"):
        keyring()
    assert not list(tmp_path.iterdir())


def test_production_takes_the_keyring_that_it_is_given(settings, tmp_path: Path, monkeypatch) -> None:
    settings.BANKING_ENVIRONMENT = "production"
    file = tmp_path / "keyring.json"
    file.write_text(make_keyring())
    monkeypatch.setenv("BANKING_KEYRING_FILE", str(file))
    pk = new_id()
    assert open_sealed(table_column="a.b", pk=pk, sealed=seal(table_column="a.b", pk=pk, value="x")) == "x"


@pytest.mark.parametrize("text", ["", "{}", "no json", '{"values": 1}', "[]"])
def test_a_broken_keyring_is_refused_without_quoting_it(monkeypatch, text: str) -> None:
    monkeypatch.setenv("BANKING_KEYRING", text or " ")
    with pytest.raises(ImproperlyConfigured) as refused:
        keyring()
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_what_another_keyring_sealed_does_not_open(monkeypatch) -> None:
    pk = new_id()
    monkeypatch.setenv("BANKING_KEYRING", make_keyring())
    sealed = seal(table_column="a.b", pk=pk, value="x")
    forget_keyring()
    monkeypatch.setenv("BANKING_KEYRING", make_keyring())
    with pytest.raises(BrokenSeal):
        open_sealed(table_column="a.b", pk=pk, sealed=sealed)


def test_a_rotated_keyring_still_opens_what_the_old_key_sealed(monkeypatch) -> None:
    """The keyset of a rotation holds the old key beside the new, primary one."""
    old, new, pk = json.loads(make_keyring()), json.loads(make_keyring()), new_id()
    monkeypatch.setenv("BANKING_KEYRING", json.dumps(old))
    sealed = seal(table_column="a.b", pk=pk, value="x")
    new["values"]["key"] += old["values"]["key"]
    new["digests"] = old["digests"]
    forget_keyring()
    monkeypatch.setenv("BANKING_KEYRING", json.dumps(new))
    assert open_sealed(table_column="a.b", pk=pk, sealed=sealed) == "x"
    handle = json_proto_keyset_format.parse(json.dumps(old["values"]), secret_key_access.TOKEN)
    with pytest.raises(tink.TinkError):
        handle.primitive(aead.Aead).decrypt(seal(table_column="a.b", pk=pk, value="y"), f"a.b:{pk}".encode())


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "keyring.json"
    file.write_text(make_keyring())
    monkeypatch.setenv("BANKING_KEYRING_FILE", str(file))
    forget_keyring()
    return file


def rotate(file: Path) -> int:
    text, key_id = add_key(file.read_text(), keyset="values")
    file.write_text(promote_key(text, keyset="values", key_id=key_id))
    return key_id


def test_a_changed_file_is_taken_up_after_a_few_seconds(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keyring()
    key_id = rotate(file)
    assert keyring() is before
    monkeypatch.setattr(remembered, "LOOKED_AT_EVERY_S", 0)
    assert keyring().value_keys.primary == key_id
    assert keyring() is keyring(), "an unchanged file makes no new primitives"


def test_a_value_of_a_key_added_a_moment_ago_opens_at_once(file: Path) -> None:
    keyring()
    text = file.read_text()
    rotate(file)
    reread_keyring()
    sealed = seal(table_column="a.b", pk=(pk := new_id()), value="x")
    rotated = file.read_text()
    file.write_text(text)
    reread_keyring()
    with pytest.raises(BrokenSeal):
        open_sealed(table_column="a.b", pk=pk, sealed=sealed)
    file.write_text(rotated)
    assert open_sealed(table_column="a.b", pk=pk, sealed=sealed) == "x"


@pytest.mark.parametrize("damage", ["", "{", '{"values": 1}', None])
def test_a_file_that_breaks_while_the_process_runs_leaves_the_known_keys_in_use(
    file: Path, damage: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    before = keyring()
    if damage is None:
        file.unlink()
    else:
        file.write_text(damage)
    with caplog.at_level(logging.ERROR):
        assert reread_keyring() is before
    assert "The keys that are known are used on." in caplog.text


def test_production_refuses_a_keyring_that_was_made_for_the_demo_wherever_it_is(settings, file: Path) -> None:
    file.write_text(make_keyring(demo=True))
    assert keyring()
    forget_keyring()
    settings.BANKING_ENVIRONMENT = "production"
    with pytest.raises(ImproperlyConfigured, match="made for the demo"):
        keyring()


def test_keys_without_an_id_before_their_ciphertexts_are_refused(file: Path) -> None:
    """What a key sealed could not be told from what another one did."""
    content = json.loads(file.read_text())
    content["values"]["key"][0]["outputPrefixType"] = "RAW"
    file.write_text(json.dumps(content))
    with pytest.raises(ImproperlyConfigured, match="TINK"):
        keyring()


def test_a_keyring_shows_ids_and_no_key(file: Path) -> None:
    keys = [
        key["keyData"]["value"] for keyset in json.loads(file.read_text()).values() for key in keyset["key"]
    ]
    shown = repr(keyring())
    assert str(keyring().value_keys.primary) in shown
    assert not any(key in shown for key in keys)
