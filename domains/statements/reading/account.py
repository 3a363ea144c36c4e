"""Reading a document into the account that it tells of: what is whole and valid, and a line for all the rest."""

from datetime import date

from domains.kernel.days import business_day
from domains.kernel.failures import Failure
from domains.kernel.identifiers import parse_boid, parse_ifsc
from domains.kernel.identifiers.mask import keep_last
from domains.kernel.money import parse_currency
from domains.kernel.text import tidy_line
from domains.statements.accounts import DEMAT_TYPES, FUND_TYPES, TYPES, Account
from domains.statements.documents import Node, Value
from domains.statements.reading.dates import RIGHT_DATE, parse_day
from domains.statements.reading.fields import take
from domains.statements.reading.holders import read_holders
from domains.statements.reading.movements import read_movements
from domains.statements.reading.positions import read_positions
from domains.statements.reading.totals import check_totals
from domains.statements.report import FileReport, quote
from domains.vault.sealing import digests

_RIGHT_BOID = "16 digits (CDSL), or IN and 14 digits (NSDL)"


def read_account(document: Node, *, report: FileReport) -> Account | None:
    """Return the account, or None when its type or its number is not known."""
    type = _read_type(document, report)
    if type is None:
        return None
    summary = document.child("summary") or document
    currency = take(
        summary,
        "currency",
        parse=parse_currency,
        right="an ISO 4217 code, as in INR",
        report=report,
        show=quote,
    )
    account = Account(place=document.place, type=type, key="", currency=currency or "INR")
    account.holders = read_holders(document, report=report)
    account.bo_id = _read_boid(document, report) if type in DEMAT_TYPES else None
    holder = document.child("profile", "holders", "holder")
    account.participant = tidy_line((holder and holder.text("brokerName")) or "", length_max=200) or ""
    account.positions = read_positions(document, type=type, report=report)
    account.movements = read_movements(document, type=type, report=report)
    account.told_on = _told_on(document, account, report)
    if keys := _keys(document, account):
        account.key, *account.former_keys = keys
    check_totals(document, type=type, report=report)
    if summary.value("currency") is not None and currency is None:
        account.positions, account.movements = [], []
        report.refuse(document.place, "amounts", why="Their currency is not known; none is taken.")
    return account


def _read_type(document: Node, report: FileReport) -> str | None:
    value = document.value("type", "namespace_type")
    type = value.text.lower().replace("-", "_").replace(" ", "_") if value else None
    if type in TYPES:
        return type
    place, what = (value.place, f"type {quote(value.text)}") if value else (document.place, "type")
    why = "Accounts of this type are not kept." if value else "The document does not tell what account it is."
    report.refuse(place, what, why=why, right=", ".join(sorted(TYPES)))
    return None


def _read_boid(document: Node, report: FileReport) -> str | None:
    """Return the demat account's number, which all holders must give alike."""
    told = {
        take(
            node,
            "dematId",
            parse=parse_boid,
            right=_RIGHT_BOID,
            report=report,
            show=lambda t: keep_last(t, shown=4),
        )
        for node in document.all("profile", "holders", "holder")
    }
    if len(told) == 1 and None not in told:
        return told.pop()
    why = (
        "The holders give different numbers." if len(told - {None}) > 1 else "dematId is missing or refused."
    )
    report.refuse(document.place, "demat account", why=why, right=_RIGHT_BOID)
    return None


def _told_on(document: Node, account: Account, report: FileReport) -> date | None:
    """Return the day whose state is told: the period's end, else the latest date beside a number."""
    period = document.child("transactions")
    ends = period and take(period, "endDate", parse=parse_day, right=RIGHT_DATE, report=report, show=quote)
    summary = document.child("summary")
    as_of = summary and take(summary, "balanceDateTime", parse=parse_day, right=RIGHT_DATE, report=report)
    dates = [position.priced_on for position in account.positions if position.priced_on]
    dates += [business_day(movement.occurred_at) for movement in account.movements]
    return ends or as_of or max(dates, default=None)


def _keys(document: Node, account: Account) -> list[str]:
    """Return the keyed digests of what tells the account apart: the demat number, or number and branch.

    The aggregator's reference changes when the account is linked anew, so it is used only when there is
    nothing else. [] when nothing tells the account.
    """
    if account.type in DEMAT_TYPES:
        told = account.bo_id or ""
    else:
        number = document.text("masked_account_number", "maskedAccNumber", "maskedFolioNo")
        branch = _branch(document.child("summary"))
        link = document.text("link_ref_number", "linkedAccRef")
        told = f"{number}/{branch}" if number else link or ""
    family = "mutual_funds" if account.type in FUND_TYPES else account.type
    marks = digests(purpose="statements.account", value=f"{family}/{told}") if told else []
    return [mark.hex()[:24] for mark in marks]


def _branch(summary: Node | None) -> str:
    value: Value | None = summary.value("ifsc", "ifscCode") if summary else None
    try:
        return parse_ifsc(value.text) if value else ""
    except Failure:
        return ""
