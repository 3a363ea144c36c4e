"""`manage.py reconcile PROVIDER [FILE]`: match a provider's settlements with ours; breaks become cases."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from domains.kernel.actor import Actor
from domains.kernel.failures import Failure
from domains.transactions.reconciliation import fetch_settlements, reconcile


class Command(BaseCommand):
    """Read the file (or `-`), or fetch it from the provider; exit status 1 tells breaks, 2 a refusal."""

    help = "Match a provider's settlement file (CSV; fetched from the provider if none is named) with ours."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the provider's code and the file."""
        parser.add_argument("provider", help="the provider's code, such as sandbox-upi")
        parser.add_argument("file", nargs="?", help="a settlement file; - reads it from the input")

    def handle(self, *, provider: str, file: str | None, **options: Any) -> None:
        """Reconcile and print the report as JSON."""
        try:
            if file is None:
                text = fetch_settlements(provider_code=provider)
            else:
                text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
            report = reconcile(actor=Actor.system("reconciliation"), provider_code=provider, text=text)
        except OSError as error:
            self._end(f"{file} can't be read: {error.strerror}.")
        except UnicodeDecodeError as error:
            self._end(f"{file} is no text in UTF-8 (byte {error.start + 1:,} can't be read).")
        except Failure as failure:
            self._end(str(failure))
        self.stdout.write(json.dumps(asdict(report)))
        sys.exit(1 if report.breaks else 0)

    def _end(self, message: str) -> NoReturn:
        self.stderr.write(message)
        sys.exit(2)
