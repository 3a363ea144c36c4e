"""Reconciliation: a provider's book against ours, from its settlement file or by asking it; breaks become cases.

A file has a header and the columns `reference`, `status`, `amount`, `currency`; others are ignored. It holds all
that the provider ever settled for us: what is settled here, more than five minutes ago, and not in it is missing.
What is in it and was sent so lately that its answer may still be on the way here is no break.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import record
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Invalid, NotFound, Unavailable
from domains.kernel.numbers import parse_decimal
from domains.providers.operations import ask
from domains.providers.queries import provider_ref, provider_with_code
from domains.transactions.cases import open_case
from domains.transactions.models import (
    Attempt,
    CaseKind,
    Reconciliation,
    Transaction,
    TransactionStatus,
)
from domains.transactions.models.history import MAY_HAVE_BEEN_DONE
from domains.transactions.states import ENDED

BYTE_ORDER_MARK = "\ufeff"  # spreadsheets put one before CSV in UTF-8
COLUMNS = ("reference", "status", "amount", "currency")
LINES_MAX, BYTES_MAX = 200_000, 20_000_000
SETTLING = timedelta(minutes=5)  # what settled so lately may be told by the next file only
BATCH = 1_000
SETTLED = (TransactionStatus.SETTLED, TransactionStatus.REVERSED)


class InvalidSettlementFile(Invalid):
    """Not a settlement file that can be read; the message names the line."""

    code = "INVALID_SETTLEMENT_FILE"

    def __init__(self, message: str) -> None:
        super().__init__(message, path=("file",))


class ProviderNotFound(NotFound):
    """No provider has this code."""

    code = "PROVIDER_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such provider.", path=("provider",))


class NoSettlementFile(Unavailable):
    """The provider gave no settlement file."""

    code = "NO_SETTLEMENT_FILE"


@dataclass(frozen=True, slots=True)
class Line:
    """One settlement as the provider tells it."""

    reference: str
    status: str
    amount: Decimal
    currency: str


@dataclass
class Report:
    """What a reconciliation came to: how many matched, and how many breaks of each kind, new or seen again."""

    provider: str
    lines: int = 0
    matched: int = 0
    on_the_way: int = 0
    breaks: dict[str, int] = field(default_factory=dict)
    new_cases: int = 0

    def broken(self, kind: CaseKind, *, new: bool) -> None:
        """Count a break."""
        self.breaks[kind.value] = self.breaks.get(kind.value, 0) + 1
        self.new_cases += new


def fetch_settlements(*, provider_code: str) -> str:
    """Return the settlement file that a provider gives now; raise ProviderNotFound or NoSettlementFile."""
    provider_id = _provider(provider_code)
    answer = ask(
        provider=provider_ref(provider_id),
        action="settlements",
        request={},
        correlation_id=f"reconcile-{provider_code}",
        repeatable=True,
    )
    if not answer.done:
        raise NoSettlementFile(f"The provider gave no settlement file: {answer.message}")
    return str(answer.body["csv"])


def reconcile(*, actor: Actor, provider_code: str, text: str, as_of: datetime | None = None) -> Report:
    """Match a settlement file with what this provider settled for us; every break is an open case afterwards.

    Nothing is changed but cases. Raises ProviderNotFound or InvalidSettlementFile before anything is written.
    """
    provider_id, lines = _provider(provider_code), list(read_settlements(text))
    report = Report(provider_code, lines=len(lines))
    seen: set[str] = set()
    lately = (as_of or now()) - SETTLING
    for batch in _batches(lines):
        with transaction.atomic():
            _match(provider_id, batch, report, seen, lately=lately)
    with transaction.atomic():
        _look_for_missing(provider_id, seen, report, before=lately)
        _keep(provider_id, report)
        record(event=Event.CHANGE, actor=actor, operation_name="reconcile", row_count=len(lines))
    return report


def read_settlements(text: str) -> Iterator[Line]:
    """Read a settlement file; raise InvalidSettlementFile for what is not one, with the line's number."""
    if len(text) > BYTES_MAX:
        raise InvalidSettlementFile(f"A file has at most {BYTES_MAX:,} characters.")
    reader = csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), strict=True)
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise InvalidSettlementFile(
                f"The header lacks {', '.join(missing)}: the first line names the columns {', '.join(COLUMNS)}, "
                "with commas between them."
            )
        for number, row in enumerate(reader, start=2):
            if number > LINES_MAX:
                raise InvalidSettlementFile(f"A file has at most {LINES_MAX:,} lines.")
            yield _line(number, row)
    except csv.Error as error:
        raise InvalidSettlementFile(f"Line {reader.line_num} is no CSV: {error}.") from None


def _line(number: int, row: Mapping[str, str | None]) -> Line:
    try:
        reference, status, amount, currency = (str(row[name] or "").strip() for name in COLUMNS)
        if not reference or len(reference) > 200 or not reference.isprintable():
            raise InvalidSettlementFile(f"Line {number} has no reference.")
        if not (status + currency).isprintable():
            raise InvalidSettlementFile(f"Line {number} holds what can't be printed.")
        return Line(reference, status.upper()[:50], parse_decimal(amount, digits=20, places=2), currency[:3])
    except Invalid as refusal:
        if isinstance(refusal, InvalidSettlementFile):
            raise
        raise InvalidSettlementFile(f"Line {number}: the amount is no amount.") from None


def _match(provider_id: UUID, lines: list[Line], report: Report, seen: set[str], *, lately: datetime) -> None:
    ours = {
        each.reference: each
        for each in Transaction.objects.filter(reference__in=[line.reference for line in lines])
    }
    # Asked in this order: what comes to its end meanwhile is found settled.
    open_here = _open_with(provider_id, list(ours), since=lately)
    mine = _settled_by(provider_id, [each.id for each in ours.values()])
    for line in lines:
        known = ours.get(line.reference)
        settled_here = known is not None and known.id in mine
        kind = _break(line, known, settled_here=settled_here, doubled=line.reference in seen)
        seen.add(line.reference)
        if kind is None:
            report.matched += 1
            continue
        if kind is CaseKind.STATUS_DIFFERS and line.reference in open_here:
            report.on_the_way += 1
            continue
        told = "" if known is None else f"{known.status} {known.amount} {known.currency}"
        if known is not None and known.status in SETTLED and not settled_here:
            told = f"not settled by this provider: {told}"
        new = open_case(
            provider_id=provider_id,
            reference=line.reference,
            kind=kind,
            transaction_id=None if known is None else known.id,
            ours=told,
            theirs=f"{line.status} {line.amount} {line.currency}",
        )
        report.broken(kind, new=new)


def _settled_by(provider_id: UUID, transaction_ids: list[UUID]) -> set[UUID]:
    """Return which transactions this provider settled; what another one settled, it should not have."""
    settled = Attempt.objects.filter(
        provider_id=provider_id,
        outcome="SETTLED",
        transaction_id__in=transaction_ids,
        transaction__status__in=SETTLED,
    )
    return set(settled.values_list("transaction_id", flat=True))


def _open_with(provider_id: UUID, references: list[str], *, since: datetime) -> set[str]:
    """Return which references this provider was sent since a moment, and may yet tell what came of them."""
    open_here = Attempt.objects.filter(
        MAY_HAVE_BEEN_DONE, provider_id=provider_id, sent_at__gt=since, transaction__reference__in=references
    )
    return set(
        open_here.exclude(transaction__status__in=ENDED).values_list("transaction__reference", flat=True)
    )


def _break(line: Line, known: Transaction | None, *, settled_here: bool, doubled: bool) -> CaseKind | None:
    if known is None:
        return CaseKind.MISSING_HERE
    if doubled:  # told twice: money moved twice, or the file is wrong
        return CaseKind.CONTRADICTS
    if line.amount != known.amount or line.currency != known.currency:
        return CaseKind.AMOUNT_DIFFERS
    return None if settled_here == (line.status == "SETTLED") else CaseKind.STATUS_DIFFERS


def _look_for_missing(provider_id: UUID, seen: set[str], report: Report, *, before: datetime) -> None:
    settled = Attempt.objects.filter(
        provider_id=provider_id, outcome="SETTLED", transaction__settled_at__lt=before
    ).select_related("transaction")
    for attempt in settled.order_by("id").iterator():
        mine = attempt.transaction
        if mine.reference in seen:
            continue
        new = open_case(
            provider_id=provider_id,
            reference=mine.reference,
            kind=CaseKind.MISSING_THERE,
            transaction_id=mine.id,
            ours=f"{mine.status} {mine.amount} {mine.currency}",
            theirs="not in the file",
        )
        report.broken(CaseKind.MISSING_THERE, new=new)


def _keep(provider_id: UUID, report: Report) -> None:
    missing = {CaseKind.MISSING_HERE, CaseKind.MISSING_THERE}
    Reconciliation.objects.create(
        provider_id=provider_id,
        lines=report.lines,
        matched=report.matched,
        missing_here=report.breaks.get(CaseKind.MISSING_HERE, 0),
        missing_there=report.breaks.get(CaseKind.MISSING_THERE, 0),
        differing=sum(count for kind, count in report.breaks.items() if kind not in missing),
        new_cases=report.new_cases,
    )


def _provider(code: str) -> UUID:
    found = provider_with_code(code)
    if found is None:
        raise ProviderNotFound
    return found


def _batches(lines: list[Line]) -> Iterable[list[Line]]:
    return (lines[start : start + BATCH] for start in range(0, len(lines), BATCH))
