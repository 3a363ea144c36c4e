"""`manage.py store_documents FILE …`: store documents, so that clients may call them by their identifier.

All of them are read and validated first: either every file is stored or, with status 1, nothing is.
"""

import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from gateway.failures import RequestError
from gateway.manifests import Entry, Unreadable, read_documents
from gateway.stored import Clash, store
from schema.root import gateway


class Command(BaseCommand):
    """Store the documents of the files."""

    help = "Store documents from .graphql files, Apollo's persisted query manifests and Relay's query maps."
    requires_system_checks = []  # its own output is what is to be read

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the files, and whether they are all that shall be stored."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--replace",
            action="store_true",
            dest="alone",
            help="remove what is stored and not in these files",
        )

    def handle(self, *, files: list[Path], alone: bool, **_options: Any) -> None:
        """Validate, store, and say what was done, or what is wrong with each document."""
        entries: list[Entry] = []
        faults: list[str] = []
        for file in files:
            try:
                found = read_documents(file)
            except Unreadable as error:
                faults.append(f"{file}: {error}.")
                continue
            for entry in found:
                try:
                    entries.append(_validated(entry, file))
                except RequestError as error:
                    faults += [f"{file}: {entry.id}: {one.message}" for one in error.errors]
        if not faults:
            try:
                done = store(entries, replace=alone)
            except Clash as error:
                faults.append(str(error))
        if faults:
            self.stderr.write("\n".join([*faults, "Nothing was stored."]))
            sys.exit(1)
        self.stdout.write(f"{done.added} stored, {done.unchanged} there already, {done.removed} removed.")


def _validated(entry: Entry, file: Path) -> Entry:
    """Return the entry with the names of its operations; raise RequestError when it is not valid here."""
    document = gateway().documents.read(entry.text)
    return replace(entry, name=", ".join(filter(None, document.operations)), origin=file.name)
