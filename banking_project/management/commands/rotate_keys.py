"""`manage.py rotate_keys`: a new key seals or digests, and all that is stored is done anew; see docs/keys.md.

Alone it does all of it on one machine. With several, each step has its option, and the keyring's file is
handed round between the steps. Every step is one event in the audit trail, written before it takes effect.
"""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from banking_project.key_changes import KeyChanges
from domains.kernel.failures import Failure
from domains.vault.files import write_new
from domains.vault.keyring import keyring
from domains.vault.keysets import (
    TEMPLATES,
    add_key,
    key_ids,
    promote_key,
    restore_keys,
    retire_key,
    waiting_key,
)
from domains.vault.redigesting import Redigested, digested_rows, redigest, rows_behind
from domains.vault.remembered import LOOKED_AT_EVERY_S
from domains.vault.rotation import BATCH_ROWS, reseal, rows_left, values_by_key

IN_STEPS = (
    "Rotate in steps on a copy: rotate_keys --add-key --file COPY, hand it to every gateway; "
    "--promote --file COPY, hand it round again; --re-encrypt; --retire KEY_ID --file COPY (docs/keys.md)."
)


class Command(BaseCommand):
    """Rotate the keys that seal values or cursors, or make digests, in one go or step by step."""

    help = "Add a key, let it seal from now on, and seal all stored values anew; online and restartable."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take at most one step, and where the keyring lies."""
        steps = parser.add_mutually_exclusive_group()
        steps.add_argument("--status", action="store_true", help="which keys there are and what they sealed")
        steps.add_argument("--add-key", action="store_true", help="1: add a key that opens but does not seal")
        steps.add_argument(
            "--promote",
            nargs="?",
            type=int,
            const=0,
            metavar="KEY_ID",
            help="2: let the key seal (default: the newest)",
        )
        steps.add_argument(
            "--re-encrypt", action="store_true", help="3: do anew what older keys sealed or digested"
        )
        steps.add_argument("--retire", type=int, metavar="KEY_ID", help="4: remove a key that is not needed")
        steps.add_argument("--restore", type=Path, metavar="RETIRED_FILE", help="bring a retired key back")
        parser.add_argument("--file", type=Path, help="the keyring to change (default: the one in use)")
        parser.add_argument(
            "--keyset",
            choices=tuple(TEMPLATES),
            default="values",
            help="tokens: what seals cursors; digests: what makes blind indexes",
        )
        parser.add_argument("--batch-rows", type=int, default=BATCH_ROWS, help="rows done anew at a time")

    def handle(self, **options: Any) -> None:
        """Do the step, or all of them; every fault is one sentence."""
        self.keyset, self.batch_rows = options["keyset"], max(1, options["batch_rows"])
        self.changes = KeyChanges(self.keyset, options["file"])
        try:
            self._do(options)
        except (Failure, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None

    def _do(self, options: dict[str, Any]) -> None:
        if options["status"]:
            self._tell_status()
        elif options["add_key"]:
            self._add()
        elif options["promote"] is not None:
            self._promote(options["promote"])
        elif options["re_encrypt"]:
            self._re_encrypt()
        elif options["retire"] is not None:
            self._retire(options["retire"])
        elif options["restore"]:
            self._restore(options["restore"])
        else:
            self._rotate()

    def _tell_status(self) -> None:
        keys = key_ids(self.changes.text(), keyset=self.keyset)
        if self.keyset == "digests":
            self.stdout.write(
                f"{keys.primary}: digests and finds; {rows_behind():,} rows are not under it yet"
            )
            for key_id in keys.others:
                self.stdout.write(f"{key_id}: finds only")
            return
        counts = values_by_key() if self.keyset == "values" else {}
        for key_id in (keys.primary, *keys.others):
            said = "seals and opens" if key_id == keys.primary else "opens only"
            sealed = f"; {counts.pop(key_id, 0):,} stored values" if self.keyset == "values" else ""
            self.stdout.write(f"{key_id}: {said}{sealed}")
        for key_id, count in counts.items():
            self.stdout.write(f"{key_id}: missing; {count:,} stored values do not open without it")

    def _add(self) -> None:
        key_id = self.changes.make("add", lambda text: add_key(text, keyset=self.keyset))
        self.stdout.write(f"Added key {key_id}. Promote it once every gateway has the keyring.")

    def _promote(self, key_id: int) -> None:
        def edit(text: str) -> tuple[str, int]:
            others = key_ids(text, keyset=self.keyset).others
            if not key_id and not others:
                raise CommandError("There is no other key to promote: --add-key adds one.")
            chosen = key_id or others[-1]
            return promote_key(text, keyset=self.keyset, key_id=chosen), chosen

        does, do = ("digests", "find") if self.keyset == "digests" else ("seals", "open")
        self.stdout.write(f"Key {self.changes.make('promote', edit)} {does} from now on; older ones {do}.")

    def _retire(self, key_id: int) -> None:
        if self.keyset == "values" and (needed := values_by_key().get(key_id)):
            raise CommandError(f"{needed:,} stored values need this key: --re-encrypt first.")
        file = self.changes.file()
        retired = file.with_name(f"{file.name}.retired-{key_id}")

        def edit(text: str) -> tuple[str, int]:
            rest, alone = retire_key(text, keyset=self.keyset, key_id=key_id)
            with suppress(FileExistsError):  # of an attempt that failed
                write_new(retired, alone)
            return rest, key_id

        self.changes.make("retire", edit)
        self.stdout.write(f"Retired key {key_id} into {retired}: keep it as long as backups that need it.")

    def _restore(self, retired: Path) -> None:
        def edit(text: str) -> tuple[str, int]:
            after, ids = restore_keys(text, retired=retired.read_text(), keyset=self.keyset)
            if not ids:
                raise CommandError("The keyring holds this key already.")
            return after, ids[0]

        self.stdout.write(f"Key {self.changes.make('restore', edit)} opens again.")

    def _rotate(self) -> None:
        """Add and promote, unless a rotation was broken off; seal everything anew."""
        if self.keyset == "digests":
            self._rotate_digests()
            return
        if self.keyset != "values":
            raise CommandError("Nothing stored is sealed by `tokens`: --add-key, wait, then --promote.")
        if rows_left():
            self.stdout.write("A rotation was broken off: carrying on with it.")
            self._re_encrypt()
            return

        def edit(text: str) -> tuple[str, int]:
            after, key_id = add_key(text, keyset="values")
            return promote_key(after, keyset="values", key_id=key_id), key_id

        try:
            key_id = self.changes.make("rotate", edit)
        except (ImproperlyConfigured, OSError) as error:
            raise CommandError(f"The keyring can't be changed here: {error} {IN_STEPS}") from None
        self.stdout.write(f"Key {key_id} seals from now on.")
        self._re_encrypt(until=time.monotonic() + LOOKED_AT_EVERY_S + 1)

    def _rotate_digests(self) -> None:
        """Add a key, wait until every gateway finds by it, let it digest, and digest everything anew.

        A gateway that did not know the key yet would not find what another one wrote with it.
        """
        waiting = waiting_key(self.changes.text(), keyset="digests")
        behind = 0 if waiting else rows_behind()
        if waiting or behind:
            self.stdout.write("A rotation was broken off: carrying on with it.")
        if behind:
            self._digest_anew()
            return
        try:
            if waiting is None:
                waiting = self.changes.make("add", lambda text: add_key(text, keyset="digests"))
                self.stdout.write(f"Added key {waiting}; waiting until every gateway finds by it.")
            time.sleep(max(0.0, LOOKED_AT_EVERY_S + 1))
            self._promote(waiting)
        except (ImproperlyConfigured, OSError) as error:
            raise CommandError(f"The keyring can't be changed here: {error} {IN_STEPS}") from None
        self._digest_anew(until=time.monotonic() + LOOKED_AT_EVERY_S + 1)

    def _digest_anew(self, *, until: float = 0.0) -> None:
        """Digest anew; `until` (monotonic) running gateways may still digest with the key before."""
        primary = key_ids(self.changes.text(), keyset="digests").primary
        self.changes.record("re-digest", primary)
        done = Redigested()
        with _bar(digested_rows(), "Looking through rows") as advance:
            redigest(done, progress=advance, batch_rows=self.batch_rows, until=until)
        self.changes.record("re-digested", primary, row_count=done.rows)
        self.stdout.write(f"Digested {done.rows:,} rows anew under key {primary}.")
        if done.left or done.broken:
            broken = f"; {done.broken:,} can't be done (the log names them)" if done.broken else ""
            raise CommandError(
                f"{done.left + done.broken:,} rows are not under key {primary}{broken}. Run it again."
            )
        self.stdout.write("Nothing that can be digested anew is left under an older key, which finds on.")

    def _re_encrypt(self, *, until: float = 0.0) -> None:
        """Seal anew; `until` (monotonic) running gateways may still seal with the key before."""
        if self.keyset == "digests":
            self._digest_anew()
            return
        if self.keyset != "values":
            raise CommandError("Nothing stored is sealed by `tokens`.")
        primary = keyring().value_keys.primary
        self.changes.record("re-encrypt", primary)
        with _bar(rows_left(), "Sealing rows anew") as advance:
            done = reseal(progress=advance, batch_rows=self.batch_rows, until=until)
        self.changes.record("re-encrypted", primary, row_count=done.rows)
        self.stdout.write(f"Sealed {done.values:,} values in {done.rows:,} rows anew under key {primary}.")
        if left := rows_left():
            broken = f"; {done.broken:,} hold a value that does not open (the log names them)"
            raise CommandError(
                f"{left:,} rows are not under key {primary}{broken if done.broken else ''}. Run it again."
            )
        self.stdout.write("Nothing is left under an older key.")


@contextmanager
def _bar(rows: int, doing: str) -> Iterator[Callable[[int], None]]:
    """Give what takes the number of rows that were done: a bar on a terminal, else its last state."""
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=rows)
        yield lambda count: bar.advance(task, count)
