"""Importing files: each is read, each account in it is judged and written, and all of it is told in a report.

The unit of atomicity is the account: its holders with their profiles, the demat account, the portfolio, the
holdings and the transactions are one database transaction, so that nothing of an account is there when a fact
about the account is refused. A single holding or transaction that is refused is left out, and the rest stays.

What is there already stays as it is, so importing a document again changes nothing. Holdings are brought to the
units told by a movement in the ledger; those that a document does not name are left alone.
"""

from pathlib import Path

from domains.kernel.actor import Actor
from domains.statements.documents import Unreadable
from domains.statements.reading.account import read_account
from domains.statements.reading.files import read_documents
from domains.statements.report import FileReport, Place
from domains.statements.writing.account import import_account


def import_file(file: Path, *, actor: Actor) -> FileReport:
    """Import the accounts that a file tells of and return the report, one line for each part of them."""
    report = FileReport(str(file))
    try:
        documents = read_documents(file, report=report)
    except Unreadable as failure:
        report.readable = False
        place = Place(line=failure.line)
        report.refuse(place, "the whole file", why=failure.message, right=failure.right)
        return report
    for document in documents:
        account = read_account(document, report=report)
        if account is not None:
            import_account(account, actor=actor, report=report)
    report.lines.sort(key=lambda line: line.place.line or 0)
    return report
