"""`manage.py export_audit FILE`: entries of the trail with their proofs, for who checks them without us."""

import getpass
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from domains.audit.events import Event
from domains.audit.exports import Selection, export
from domains.kernel.actor import Actor
from domains.kernel.failures import Failure
from domains.vault.files import write_new

ENTRIES_MAX = 1_000_000


class Command(BaseCommand):
    """Export entries into a new file that its owner alone may read."""

    help = (
        "Export entries of the audit trail with proofs: JSON lines, or CSV if FILE ends so (its head beside)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, and which entries."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--purpose", required=True, help="why; it stands in the trail")
        parser.add_argument("--subject", type=UUID, metavar="CUSTOMER", help="whose data they concern")
        parser.add_argument("--viewer", type=UUID, metavar="ID", help="who did it")
        parser.add_argument("--event", choices=Event.values)
        parser.add_argument("--operation", metavar="NAME")
        parser.add_argument(
            "--since", type=_time, metavar="TIME", help="2026-01-31 or 2026-01-31T09:30, in UTC"
        )
        parser.add_argument("--until", type=_time, metavar="TIME", help="likewise, not included")

    def handle(self, *args: Any, file: Path, purpose: str, **options: Any) -> None:
        """Export and say what was written."""
        names = ("subject", "viewer", "event", "operation", "since", "until")
        actor = Actor.system(f"{purpose} (export, run by {getpass.getuser()})")
        head_file = file.with_name(f"{file.name}.head.json") if file.suffix == ".csv" else None
        try:
            selection = Selection(**{name: options[name] for name in names})
            found = export(actor=actor, selection=selection, limit=ENTRIES_MAX)
            write_new(file, found.csv() if head_file else found.json_lines())
            if head_file:
                write_new(head_file, f'{{"head": {found.head.text()}}}\n')
        except Failure as failure:
            raise CommandError(failure.message) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        self.stdout.write(f"{len(found.proofs)} entries under head {found.head.size} in {file}.")


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
