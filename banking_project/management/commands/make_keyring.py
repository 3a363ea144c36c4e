"""`manage.py make_keyring [FILE]`: make the keys that seal what is stored. Needs no database and no settings."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from domains.vault.files import write_new
from domains.vault.keysets import make_keyring


class Command(BaseCommand):
    """Write a new keyring into a file of its own, or print it."""

    help = "Make a new keyring: into FILE, which only its owner may read, or on standard output."
    requires_system_checks = []
    make = staticmethod(make_keyring)
    loss = "Keep a copy in a safe: without it nothing that is sealed can be read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", nargs="?", type=Path, help="is made; one that is there is left alone")

    def handle(self, *, file: Path | None, **_options: Any) -> None:
        """Write the keys, never over others."""
        if file is None:
            self.stdout.write(self.make())
            return
        try:
            write_new(file, self.make())
        except FileExistsError:
            raise CommandError(f"{file} is there already: keys are never overwritten.") from None
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}.") from None
        self.stderr.write(f"Wrote {file}. {self.loss}")
