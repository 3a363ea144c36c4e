"""`manage.py verify_audit`: is the audit trail what it was when it was sealed?"""

import json
import sys
from argparse import ArgumentParser
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from domains.audit.heads import Head
from domains.audit.retention import wrong_in_archive
from domains.audit.verification import Verification, against

TOLD_MAX = 20


class Command(BaseCommand):
    """Verify all or a range; status 1 when anything is found."""

    help = "Verify the audit trail against its signed tree; name what is altered, missing, inserted or reordered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the range, and heads that were witnessed outside."""
        parser.add_argument(
            "--from-leaf", type=int, default=0, metavar="NUMBER", help="verify from this leaf on"
        )
        parser.add_argument("--to-leaf", type=int, metavar="NUMBER", help="… up to this one")
        parser.add_argument("--archive", type=Path, metavar="FILE", help="verify a month's archive instead")
        parser.add_argument(
            "--witnessed", type=Path, metavar="FILE", help="heads as JSON lines, kept outside"
        )

    def handle(
        self,
        *args: Any,
        from_leaf: int,
        to_leaf: int | None,
        witnessed: Path | None,
        archive: Path | None,
        **options: Any,
    ) -> None:
        """Verify and tell; the first finding comes first."""
        if archive is not None:
            self._verify_archive(archive)
            return
        verification = Verification(start=from_leaf, end=None if to_leaf is None else to_leaf + 1)
        found = list(islice(against(_heads(witnessed)), TOLD_MAX)) if witnessed else []
        found += islice(verification.findings(), TOLD_MAX)
        for finding in found:
            self.stderr.write(str(finding))
        range_told = (
            f"leaves {verification.start} to {verification.end - 1}" if verification.end else "no leaf yet"
        )
        told = (
            f"{verification.verified} leaves verified ({range_told}), {len(verification.heads)} heads signed"
        )
        if found:
            self.stderr.write(f"The trail is not what was sealed. {told}.")
            sys.exit(1)
        self.stdout.write(f"The trail is what was sealed: {told}.")

    def _verify_archive(self, file: Path) -> None:
        try:
            wrong = list(islice(wrong_in_archive(file), TOLD_MAX))
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"{file} is no archive: {type(error).__name__}.") from None
        for told in wrong:
            self.stderr.write(f"{file}: {told}")
        if wrong:
            sys.exit(1)
        self.stdout.write(f"{file} holds what was sealed.")


def _heads(file: Path) -> list[Head]:
    try:
        return [Head(**json.loads(line)) for line in file.read_text().splitlines() if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        raise CommandError(f"{file} does not hold heads as JSON lines: {type(error).__name__}.") from None
