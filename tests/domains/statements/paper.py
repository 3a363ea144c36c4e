"""Clean statements of invented people, to be dirtied by a test."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from domains.kernel.actor import Actor
from domains.statements.importer import import_file
from domains.statements.report import FileReport, Outcome

EXAMPLES = Path(__file__).parents[3] / "examples" / "statements"
SAMPLES = Path(__file__).parents[2] / "data" / "account_aggregator"
MOBILE = "+919000012345"
ACTOR = Actor.system("import a statement in a test")
Document = dict[str, Any]


def equities() -> Document:
    """One holder, one holding of 40 units, two transactions; everything adds up."""
    return deepcopy(_EQUITIES)


def deposit() -> Document:
    """The published example of a savings account, as it stands in examples/."""
    return dict(json.loads((EXAMPLES / "deposit.json").read_text()))


def holder(document: Document) -> Document:
    return dict_at(document, "profile", "holders", "holder", 0)


def holding(document: Document) -> Document:
    return dict_at(document, "summary", "investment", "holdings", "holding", 0)


def transaction(document: Document, number: int = 0) -> Document:
    return dict_at(document, "transactions", "transaction", number)


def dict_at(document: Any, *path: str | int) -> Document:
    for step in path:
        document = document[step]
    assert isinstance(document, dict)
    return document


def write(folder: Path, document: object, name: str = "statement.json") -> Path:
    file = folder / name
    file.write_text(document if isinstance(document, str) else json.dumps(document, indent=2))
    return file


def take_in(folder: Path, document: object, name: str = "statement.json") -> FileReport:
    return import_file(write(folder, document, name), actor=ACTOR)


def refused(report: FileReport) -> dict[str, str]:
    """Return why, by what."""
    return {line.what: line.why for line in report.lines if line.outcome is Outcome.REFUSED}


def outcomes(report: FileReport) -> set[Outcome]:
    return {line.outcome for line in report.lines}


def changed(document: Document, change: Callable[[Document], object]) -> Document:
    change(document)
    return document


_EQUITIES: Document = {
    "type": "equities",
    "masked_account_number": "XXXXXXXXXXXX6789",
    "link_ref_number": "6f1c2d1e",
    "profile": {
        "holders": {
            "holder": [
                {
                    "name": "Ishita Kulkarni",
                    "dob": "23-11-1988",
                    "mobile": MOBILE,
                    "email": "ishita.kulkarni@example.com",
                    "pan": "BQKPK4821M",
                    "address": "14, Lake View, Link Road, Pune - 411038",
                    "dematId": "1209990000456789",
                }
            ]
        }
    },
    "summary": {
        "currentValue": "59824.00",
        "investmentValue": "52800.00",
        "investment": {
            "holdings": {
                "holding": [
                    {
                        "isin": "INE009A01021",
                        "issuerName": "Infosys Limited",
                        "units": "40",
                        "rate": "1320.00",
                        "lastTradedPrice": "1495.60",
                    }
                ],
                "type": "DEMAT",
            }
        },
    },
    "transactions": {
        "startDate": "2026-04-01",
        "endDate": "2026-09-30",
        "transaction": [
            {
                "txnId": "EQ1",
                "type": "BUY",
                "isin": "INE009A01021",
                "units": "40",
                "rate": "1320.00",
                "tradeValue": "52800.00",
                "transactionDateTime": "2026-04-07T10:42:11+05:30",
                "narration": "Bought INFY",
            },
            {
                "txnId": "EQ2",
                "type": "DIVIDEND",
                "isin": "INE009A01021",
                "amount": "840.00",
                "transactionDateTime": "2026-07-02T09:00:00+05:30",
            },
        ],
    },
}
