"""Changing the file of a keyring: one change at a time, each with its event in the audit trail."""

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.kernel.actor import Actor
from domains.vault.files import replace
from domains.vault.keyring import forget_keyring, keyring_file, keyring_text
from domains.vault.keysets import parse_keyring

_LOCK = 7_301_246  # any number, the same for every change
Edit = Callable[[str], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class KeyChanges:
    """Changes of one keyset of a keyring: of the file given, or of the keyring that this program uses."""

    keyset: str
    given_file: Path | None = None

    def text(self) -> str:
        """Return the keyring's text; raise ImproperlyConfigured when it is none."""
        if self.given_file is None:
            return keyring_text()
        text = self.given_file.read_text()
        parse_keyring(text)
        return text

    def file(self) -> Path:
        """Return the keyring's file; raise ImproperlyConfigured when it is in no file."""
        return self.given_file or keyring_file()

    def make(self, step: str, edit: Edit) -> int:
        """Put what `edit` makes of the keyring in its place; return the id of the key concerned.

        The event is written first and committed last: without it the file stays as it is.
        """
        file = self.file()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            text, key_id = edit(self.text())
            self.record(step, key_id)
            replace(file, text)
        forget_keyring()
        return key_id

    def record(self, step: str, key_id: int, *, row_count: int | None = None) -> None:
        """Append a step, done with this key by whoever runs the program, to the audit trail."""
        place = f"{self.keyset}.{step}"
        record(
            event=Event.KEY,
            actor=Actor.system(f"rotate keys, run by {getpass.getuser()}"),
            operation_name=f"rotate_keys {step}",
            row_count=row_count,
            changes=[Change("vault_keyring", UUID(int=key_id), place, None, key_id, in_clear=True)],
        )
