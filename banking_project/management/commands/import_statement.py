"""`manage.py import_statement FILE …`: import Financial Information documents, JSON or ReBIT's XML.

Exit status: 0 everything was taken or known already, 1 something was refused, 2 nothing could be read or the
command was called wrongly. The unit of atomicity is the account; see `domains/statements/importer.py`.
"""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from domains.kernel.actor import Actor
from domains.kernel.identifiers import new_id
from domains.statements.importer import import_file
from domains.statements.report import FileReport, Line, Outcome

_EPILOG = """Every part of a document has its line: taken, known (there already), noted (odd, nothing was lost)
or refused, with its place, the reason and what would be right. Personal values are masked. An account is taken
with its holders as a whole or not at all; a holding or a transaction that is refused leaves the others alone."""


class Command(BaseCommand):
    """Import the files one after the other and report line by line."""

    help = "Import statements of accounts (Financial Information documents in JSON or ReBIT XML)."
    requires_system_checks = []  # its own output is what is to be read

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the files and the form of the report."""
        parser.epilog = _EPILOG
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", dest="as_json", help="report as one JSON object")

    def handle(self, *, files: list[Path], as_json: bool, **_options: Any) -> None:
        """Import, report, and end with the status that tells a script how it went."""
        actor = Actor.system("import a statement", correlation_id=str(new_id()))
        reports = []
        for file in files:
            report = import_file(file, actor=actor)
            reports.append(report)
            if not as_json:
                self._tell(report)
        summary = _summary(reports)
        if as_json:
            self.stdout.write(
                json.dumps({"files": [_told(report) for report in reports], "summary": summary})
            )
        else:
            self.stdout.write(_sentence(summary))
        if status := _status(reports):
            sys.exit(status)

    def _tell(self, report: FileReport) -> None:
        self.stdout.write(report.file)
        for line in report.lines:
            self.stdout.write(_line(line))


def _line(line: Line) -> str:
    at = f"line {line.place.line}" if line.place.line else ""
    place = ", ".join(part for part in (at, line.place.path) if part) or "the file"
    why = f" {line.why}" if line.why else ""
    right = f" Right would be: {line.right}." if line.right else ""
    return f"  {line.outcome.value:<8}{place}: {line.what}.{why}{right}"


def _told(report: FileReport) -> dict[str, object]:
    lines = [line.told() for line in report.lines]
    return {"file": report.file, "readable": report.readable, "lines": lines, "counts": report.count()}


def _summary(reports: list[FileReport]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update(report.count())
    unreadable = sum(not report.readable for report in reports)
    return {"files": len(reports), "unreadable": unreadable} | {
        each.value: counts[each.value] for each in Outcome
    }


def _sentence(summary: dict[str, int]) -> str:
    files = f"{summary['files']} file{'' if summary['files'] == 1 else 's'}"
    unreadable = f" ({summary['unreadable']} unreadable)" if summary["unreadable"] else ""
    return (
        f"{files}{unreadable}: {summary['taken']} taken, {summary['known']} known already, "
        f"{summary['noted']} noted, {summary['refused']} refused."
    )


def _status(reports: list[FileReport]) -> int:
    if not any(report.readable for report in reports):
        return 2
    return int(any(report.count()[Outcome.REFUSED.value] for report in reports))
