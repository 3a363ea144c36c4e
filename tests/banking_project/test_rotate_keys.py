"""Rotating keys by the command: alone on one machine, step by step, broken off and carried on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from banking_project.management.commands import rotate_keys
from domains.audit.models import AuditLog, Event
from domains.customers.models import Customer
from domains.customers.operations import create_customer
from domains.kernel.actor import Actor
from domains.kernel.identifiers import new_id
from domains.vault.keyring import forget_keyring, keyring
from domains.vault.keysets import key_ids, make_keyring
from domains.vault.redigesting import rows_behind
from domains.vault.rotation import rows_left, values_by_key
from domains.vault.sealing import open_sealed, sealed_columns
from tests.conftest import BASE_DIR, database_url

ACTOR = Actor.system("test")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the process a keyring of its own, and gateways that know of changes at once."""
    file = tmp_path / "keyring.json"
    file.write_text(make_keyring())
    monkeypatch.setenv("BANKING_KEYRING_FILE", str(file))
    monkeypatch.setattr(rotate_keys, "LOOKED_AT_EVERY_S", -2)
    forget_keyring()
    yield file
    monkeypatch.undo()
    forget_keyring()


@pytest.fixture
def emails(db: None, file: Path) -> dict[object, str]:
    addresses = [f"person{n}@example.com" for n in range(5)]
    return {
        create_customer(actor=ACTOR, full_name="A B", mobile=f"+9198200000{n:02d}", email=address): address
        for n, address in enumerate(addresses)
    }


def run(*options: object) -> str:
    said = StringIO()
    call_command("rotate_keys", *map(str, options), stdout=said)
    return said.getvalue()


def opened() -> dict[object, str]:
    return {
        row.id: open_sealed(table_column="customers_customer.email", pk=row.id, sealed=row.email_sealed)
        for row in Customer.objects.exclude(email_sealed=None)
        if row.email_sealed is not None
    }


def told() -> list[str]:
    events = AuditLog.objects.filter(event=Event.KEY).order_by("id")
    return [event.operation_name.removeprefix("rotate_keys ") for event in events]


def test_alone_it_adds_a_key_seals_everything_anew_and_keeps_the_old_key(
    emails: dict[object, str], file: Path
) -> None:
    old = keyring().value_keys.primary
    said = run()
    keys = key_ids(file.read_text(), keyset="values")
    assert keys.primary != old
    assert keys.others == (old,)
    assert values_by_key() == {keys.primary: 5}
    assert "5 values in 5 rows" in said
    assert "Nothing is left under an older key" in said
    assert opened() == emails
    assert told() == ["rotate", "re-encrypt", "re-encrypted"]
    assert AuditLog.objects.filter(event=Event.KEY).latest("id").row_count == 5


def test_with_several_gateways_each_step_changes_a_copy_that_is_handed_round(
    emails: dict[object, str], file: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.json"
    copy.write_text(file.read_text())
    old = keyring().value_keys.primary

    def hand_round() -> None:
        file.write_text(copy.read_text())
        forget_keyring()

    run("--add-key", "--file", copy)
    assert key_ids(copy.read_text(), keyset="values").primary == old
    assert keyring().value_keys.others == (), "the keyring in use is left alone"
    hand_round()
    run("--promote", "--file", copy)
    hand_round()
    assert opened() == emails
    with pytest.raises(CommandError, match="5 stored values need this key"):
        run("--retire", old, "--file", copy)
    run("--re-encrypt")
    run("--retire", old, "--file", copy)
    hand_round()
    assert keyring().value_keys.others == ()
    assert opened() == emails
    assert told() == ["add", "promote", "re-encrypt", "re-encrypted", "retire"]


def test_a_retired_key_can_be_restored_to_read_an_old_backup(emails: dict[object, str], file: Path) -> None:
    backup = {row.id: bytes(row.email_sealed or b"") for row in Customer.objects.all()}
    old = keyring().value_keys.primary
    run()
    run("--retire", old)
    for customer_id, sealed in backup.items():
        Customer.objects.filter(id=customer_id).update(email_sealed=sealed)
    assert f"{old}: missing; 5 stored values" in run("--status")
    retired = file.with_name(f"keyring.json.retired-{old}")
    assert retired.stat().st_mode & 0o777 == 0o600
    assert str(old) in run("--restore", retired)
    assert opened() == emails
    with pytest.raises(CommandError, match="already"):
        run("--restore", retired)


def test_status_tells_what_each_key_sealed_and_shows_no_key(emails: dict[object, str], file: Path) -> None:
    old = keyring().value_keys.primary
    run("--add-key")
    new = key_ids(file.read_text(), keyset="values").others[0]
    said = run("--status")
    assert f"{old}: seals and opens; 5 stored values" in said
    assert f"{new}: opens only; 0 stored values" in said
    material = [key["keyData"]["value"] for key in json.loads(file.read_text())["values"]["key"]]
    assert not any(value in said for value in material)
    tokens = json.loads(file.read_text())["tokens"]["primaryKeyId"]
    assert run("--status", "--keyset", "tokens") == f"{tokens}: seals and opens\n"


def test_the_key_of_cursors_is_rotated_in_steps(db: None, file: Path) -> None:
    old = key_ids(file.read_text(), keyset="tokens").primary
    with pytest.raises(CommandError, match="--add-key, wait"):
        run("--keyset", "tokens")
    for step in (["--add-key"], ["--promote"], ["--retire", old]):
        run("--keyset", "tokens", *step)
    assert key_ids(file.read_text(), keyset="tokens").primary != old


def test_a_keyring_in_the_environment_is_left_alone_and_the_steps_are_told(
    db: None, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANKING_KEYRING", file.read_text())
    monkeypatch.delenv("BANKING_KEYRING_FILE")
    forget_keyring()
    with pytest.raises(CommandError, match=r"in the environment.*--add-key --file COPY.*--retire KEY_ID"):
        run()
    assert told() == []


def test_a_keyring_file_that_can_not_be_written_is_left_alone_and_leaves_no_event(
    db: None, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(16, "Device or resource busy", str(file))

    before = file.read_text()
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(CommandError, match=r"busy.*--add-key --file COPY"):
        run()
    assert file.read_text() == before
    assert list(file.parent.iterdir()) == [file], "no draft of a keyring lies about"
    assert told() == []


@pytest.mark.parametrize(
    "options", [["--promote"], ["--promote", 1], ["--retire", 1], ["--restore", "no-such-file"]]
)
def test_what_can_not_be_done_is_one_sentence_and_changes_nothing(
    db: None, file: Path, options: list[object]
) -> None:
    before = file.read_text()
    with pytest.raises(CommandError) as refused:
        run(*options)
    assert str(refused.value).endswith(".")
    assert file.read_text() == before
    assert told() == []


def test_making_a_keyring_never_overwrites_one(tmp_path: Path) -> None:
    for command in ("make_keyring", "make_signing_keys"):
        file = tmp_path / command
        call_command(command, str(file), stderr=StringIO())
        assert file.stat().st_mode & 0o777 == 0o600
        with pytest.raises(CommandError, match="never overwritten"):
            call_command(command, str(file))
        with pytest.raises(CommandError, match="can't be written"):
            call_command(command, str(tmp_path / "none" / command))


def test_the_key_of_digests_is_rotated_alone_and_the_old_one_finds_on(
    emails: dict[object, str], file: Path
) -> None:
    old = key_ids(file.read_text(), keyset="digests").primary
    assert f"{old}: digests and finds; 0 rows" in run("--status", "--keyset", "digests")
    said = run("--keyset", "digests")
    keys = key_ids(file.read_text(), keyset="digests")
    assert keys.others == (old,)
    assert "Digested 5 rows anew" in said
    assert "Nothing that can be digested anew is left" in said
    assert rows_behind() == 0
    status = run("--status", "--keyset", "digests")
    assert status == f"{keys.primary}: digests and finds; 0 rows are not under it yet\n{old}: finds only\n"
    with pytest.raises(CommandError, match="is kept"):
        run("--keyset", "digests", "--retire", old)
    assert told() == ["add", "promote", "re-digest", "re-digested"]


def test_the_key_of_digests_is_rotated_in_steps_on_a_copy(
    emails: dict[object, str], file: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.json"
    copy.write_text(file.read_text())
    for step in ("--add-key", "--promote"):
        run("--keyset", "digests", step, "--file", copy)
        file.write_text(copy.read_text())
        forget_keyring()
    assert rows_behind() == 5
    assert "Digested 5 rows anew" in run("--keyset", "digests", "--re-encrypt")
    assert rows_behind() == 0


def test_a_key_of_digests_that_was_added_and_not_promoted_is_carried_on_with(
    emails: dict[object, str], file: Path
) -> None:
    run("--keyset", "digests", "--add-key")
    assert "carrying on" in run("--keyset", "digests")
    assert len(key_ids(file.read_text(), keyset="digests").others) == 1
    assert rows_behind() == 0


def test_digesting_anew_is_killed_in_the_middle_and_carries_on_with_the_same_key(
    own_database: str, file: Path
) -> None:
    store_customers(1_500)
    old = key_ids(file.read_text(), keyset="digests").primary
    run("--keyset", "digests", "--add-key")
    run("--keyset", "digests", "--promote")
    process = start(own_database, file, "--keyset", "digests", "--batch-rows", "1")
    while rows_behind() == 1_500:
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = rows_behind()
    assert 0 < left < 1_500
    said = run("--keyset", "digests")
    assert "carrying on" in said
    assert f"Digested {left:,} rows anew" in said
    assert rows_behind() == 0
    assert key_ids(file.read_text(), keyset="digests").others == (old,)
    assert told() == ["add", "promote", "re-digest", "re-digest", "re-digested"]


def store_customers(count: int) -> None:
    rows = []
    for n in range(count):
        customer = Customer(id=new_id(), full_name="A B", mobile=f"+919820{n:06d}")
        columns = sealed_columns(
            table="customers_customer",
            column="email",
            pk=customer.id,
            value=f"person{n}@example.com",
            mask=lambda _: "masked",
            digested=True,
        )
        for name, value in columns.items():
            setattr(customer, name, value)
        rows.append(customer)
    Customer.objects.bulk_create(rows)


def start(database: str, file: Path, *options: str) -> "subprocess.Popen[bytes]":
    environment = os.environ | {
        "BANKING_KEYRING_FILE": str(file),
        "DATABASE_URL": database_url(database, "banking_app"),
    }
    command = [sys.executable, "-W", "ignore", "manage.py", "rotate_keys", *options]
    return subprocess.Popen(
        command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_killed_in_the_middle_it_carries_on_and_adds_no_second_key(own_database: str, file: Path) -> None:
    store_customers(3_000)
    old = keyring().value_keys.primary
    process = start(own_database, file, "--batch-rows", "1")
    while values_by_key().get(old) == 3_000:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    forget_keyring()
    new = keyring().value_keys.primary
    left = rows_left()
    assert 0 < left < 3_000
    said = run()
    assert "carrying on" in said
    assert f"{left:,} values in {left:,} rows" in said
    assert keyring().value_keys.primary == new
    assert keyring().value_keys.others == (old,)
    assert values_by_key() == {new: 3_000}
    assert len(opened()) == 3_000
    assert told() == ["rotate", "re-encrypt", "re-encrypt", "re-encrypted"]
