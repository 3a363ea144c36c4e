"""The two books side by side: the sandbox's journals, and our database."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django

django.setup()

from domains.jobs.models import Job  # noqa: E402
from domains.transactions.books import first_break  # noqa: E402
from domains.transactions.models import Attempt, Case, ProviderNotice, Transaction  # noqa: E402
from domains.transactions.states import ENDED  # noqa: E402


def open_count() -> int:
    """Return how many transactions have not come to their end."""
    return Transaction.objects.exclude(status__in=ENDED).count()


def settled_there(journals: Path) -> Counter[str]:
    """Return how often each reference has moved money, over all rails."""
    lines = [
        json.loads(line) for file in journals.glob("rail-*.jsonl") for line in file.read_text().splitlines()
    ]
    return Counter(line["reference"] for line in lines if not line["reason"])


def verdict(journals: Path, submitted: dict[str, Any]) -> dict[str, Any]:
    """Compare, and return the figures; all of `lost`, `doubled`, `stuck` and `differs` must be nothing."""
    there = settled_there(journals)
    ours = dict(Transaction.objects.values_list("reference", "status"))
    references = submitted["references"]
    answered = {each for known in references.values() for each in known}
    settled = {reference for reference, status in ours.items() if status == "SETTLED"}
    return {
        "lost": len(answered - ours.keys()) + submitted["unanswered"],
        "doubled": sum(times > 1 for times in there.values())
        + sum(len(known) > 1 for known in references.values())
        + len(ours.keys() - answered),
        "stuck": open_count() + Job.objects.filter(state="PARKED").count(),
        "differs": len(settled ^ there.keys()),
        "books": first_break() or "tie out",
        "states": dict(Counter(ours.values())),
        "outcomes": dict(Counter(Attempt.objects.values_list("outcome", flat=True))),
        "asked": sum(Attempt.objects.values_list("asked_count", flat=True)),
        "notices": dict(Counter(ProviderNotice.objects.values_list("state", flat=True))),
        "cases": Case.objects.count(),
    }


if __name__ == "__main__":
    print(json.dumps(verdict(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))))
