"""Where keys come from, and that nothing of them is told."""

import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tink
from django.core.exceptions import ImproperlyConfigured
from tink import aead, json_proto_keyset_format, secret_key_access

from domains.kernel.identifiers import new_id
from domains.vault.keyring import keyring, make_keyring
from domains.vault.sealing import BrokenSeal, open_sealed, seal


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("BANKING_KEYRING", raising=False)
    monkeypatch.delenv("BANKING_KEYRING_FILE", raising=False)
    keyring.cache_clear()
    yield
    monkeypatch.undo()
    keyring.cache_clear()


def test_a_demo_keyring_is_made_once_even_by_many_at_once(settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: keyring.__wrapped__(), range(8)))
    files = list(settings.VAR_DIR.iterdir())
    assert [file.name for file in files] == ["demo_keyring.json"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    sealed = seal(table_column="a.b", pk=(pk := new_id()), value="kept")
    keyring.cache_clear()
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
    keyring.cache_clear()
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
    keyring.cache_clear()
    monkeypatch.setenv("BANKING_KEYRING", json.dumps(new))
    assert open_sealed(table_column="a.b", pk=pk, sealed=sealed) == "x"
    handle = json_proto_keyset_format.parse(json.dumps(old["values"]), secret_key_access.TOKEN)
    with pytest.raises(tink.TinkError):
        handle.primitive(aead.Aead).decrypt(seal(table_column="a.b", pk=pk, value="y"), f"a.b:{pk}".encode())
