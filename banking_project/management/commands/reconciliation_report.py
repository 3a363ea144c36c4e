"""`manage.py reconciliation_report`: what ties out with providers, and the cases with owner and age."""

import csv
import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from domains.audit.events import Event
from domains.audit.operations import record
from domains.kernel.actor import Actor
from domains.transactions.reporting import ReportedCase, last_reconciliations, reported_cases

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for one at the start of a cell


class Command(BaseCommand):
    """Print JSON (reconciliations and cases) or CSV (the cases); exit status 1 tells that cases are open."""

    help = "Report the last reconciliation with each provider, and the cases with their owner and age."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form, the provider, and whether closed cases are told, too."""
        parser.add_argument("--format", choices=["json", "csv"], default="json")
        parser.add_argument("--provider", default="", help="only cases with this provider, by its code")
        parser.add_argument("--closed", action="store_true", help="closed cases, too")

    def handle(self, *, format: str, provider: str, closed: bool, **options: Any) -> None:
        """Print the report, and leave in the trail that it was taken."""
        found = list(reported_cases(provider_code=provider, closed_too=closed))
        actor = Actor.system("reconciliation report")
        record(
            event=Event.EXPORT, actor=actor, operation_name="reconciliation_report", row_count=len(found),
            subjects=sorted({each.customer_id for each in found if each.customer_id}),
        )  # fmt: skip
        if format == "csv":
            writer = csv.writer(self.stdout, lineterminator="\n")
            writer.writerow(field.name for field in fields(ReportedCase))
            writer.writerows([_cell(value) for value in asdict(each).values()] for each in found)
        else:
            told = {
                "reconciliations": [asdict(each) for each in last_reconciliations()],
                "cases": [asdict(each) for each in found],
            }
            self.stdout.write(json.dumps(told, default=_told, indent=2))
        sys.exit(int(any(each.closed_at is None for each in found)))


def _told(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cell(value: object) -> object:
    """Return a value as a spreadsheet shows it and never runs it: texts of providers stand in these cells."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
