"""`manage.py archive_audit 2025-01 FILE`: take an old month of the audit trail out of the database, with proof."""

import getpass
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from domains.audit.retention import archive, partition_exists, require_archive
from domains.kernel.actor import Actor
from domains.kernel.failures import Failure


class Command(BaseCommand):
    """Archive one month, then drop its partition, as the database's owner."""

    help = (
        "Write a month that is older than a year into FILE, record what it held, and drop it from the database. "
        "Run again with the same FILE after an interruption, it goes on. `verify_audit --archive FILE` checks it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the month and the file."""
        parser.add_argument("month", type=_month, help="such as 2025-01")
        parser.add_argument("file", type=Path, help="a new file")
        parser.add_argument("--keep", action="store_true", help="archive and record, and drop nothing yet")

    def handle(self, *args: Any, month: datetime, file: Path, keep: bool, **options: Any) -> None:
        """Archive, record, drop; the record comes first."""
        actor = Actor.system(f"retention, run by {getpass.getuser()}")
        try:
            removal = archive(actor=actor, month=month, file=file)
            drops = not keep and partition_exists(removal.partition)
            if drops:
                require_archive(removal, file=file)
        except Failure as failure:
            raise CommandError(failure.message) from None
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from None
        digest = bytes(removal.archive_digest).hex()
        if drops:
            _drop(removal.partition)
        self.stdout.write(f"{removal.partition}: {removal.rows} entries archived, SHA-256 {digest}.")


def _drop(partition: str) -> None:
    owner = connections["owner"]
    name = owner.ops.quote_name(partition)
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")  # readers and writers wait as long at most
        cursor.execute(f"ALTER TABLE audit_auditlog DETACH PARTITION {name}")
        cursor.execute(f"DROP TABLE {name}")


def _month(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise ArgumentTypeError("a month is written 2025-01") from None
