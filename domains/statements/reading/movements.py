"""Reading the transactions that a statement tells.

Deposits are accounts that no model is kept for, but what went in and out of them is taken, since that is what
a customer looks for: a CREDIT as DEPOSIT, a DEBIT as WITHDRAWAL, INTEREST as such. What moves no money, or a
kind that is not kept (tax, bonus, split, derivatives), is refused.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from domains.kernel.text import tidy_line
from domains.statements.accounts import DEMAT_TYPES, DEPOSIT_TYPES, Movement
from domains.statements.documents import Node
from domains.statements.reading.dates import RIGHT_DATE, RIGHT_MOMENT, parse_day, parse_moment
from domains.statements.reading.fields import missing, take, take_isin, take_number
from domains.statements.reading.positions import name_of_security
from domains.statements.report import FileReport, quote

_TRADES = {"BUY": ("BUY", "DEBIT"), "SELL": ("SELL", "CREDIT"), "DIVIDEND": ("DIVIDEND", "CREDIT")}
_FUND_DEALS = {
    "BUY": ("PURCHASE", "DEBIT"),
    "PURCHASE": ("PURCHASE", "DEBIT"),
    "SIP": ("PURCHASE", "DEBIT"),
    "SELL": ("REDEMPTION", "CREDIT"),
    "REDEMPTION": ("REDEMPTION", "CREDIT"),
    "DIVIDEND": ("DIVIDEND", "CREDIT"),
}
_DEPOSIT_ENTRIES = {
    "CREDIT": ("DEPOSIT", "CREDIT"),
    "DEBIT": ("WITHDRAWAL", "DEBIT"),
    "INTEREST": ("INTEREST", "CREDIT"),
    "INSTALLMENT": ("DEPOSIT", "CREDIT"),
}
_RAILS = {"UPI", "IMPS", "NEFT", "RTGS"}
_DERIVATIVES = {"OPTIONS", "FUTURES"}
_WHEN = ("transactionTimestamp", "transactionDateTime", "txnDate", "executionDate", "orderDate", "valueDate")
_AMOUNT = ("amount", "tradeValue")
_PRICE = ("rate", "nav")
_PAISA = Decimal("0.01")
_RUPEE = Decimal(1)
_AMOUNT_LIMIT = Decimal(10) ** 18  # 20 digits, two of them after the point
_CHARGES_MAX = Decimal("0.02")  # of the amount


@dataclass(frozen=True, slots=True)
class _Deal:
    """What of a transaction has to do with a security."""

    isin: str | None
    units: Decimal | None
    price: Decimal | None


def movement_nodes(document: Node) -> list[Node]:
    """Return the nodes of the transactions."""
    return list(document.all("transactions", "transaction"))


def read_movements(document: Node, *, type: str, report: FileReport) -> list[Movement]:
    """Return the transactions that are whole; one whose reference was told before in the document is refused."""
    movements: dict[str, Movement] = {}
    for node in movement_nodes(document):
        movement = _read_movement(node, type, report)
        if movement is None:
            continue
        if movement.reference in movements:
            why = "Another transaction of this document has the same txnId."
            report.refuse(node.place, _name(movement.reference), why=why, right="a txnId of its own")
        else:
            movements[movement.reference] = movement
    return list(movements.values())


def _read_movement(node: Node, type: str, report: FileReport) -> Movement | None:
    reference = tidy_line(node.text("txnId") or "", length_max=200)
    what = _name(reference)
    if why := _not_kept(node):
        report.refuse(node.place, what, why=why)
        return None
    told = _kind(node, type, report)
    occurred_at = take(node, *_WHEN, parse=parse_moment, right=RIGHT_MOMENT, report=report, show=quote)
    deal = _read_deal(node, type, report)
    amount = _amount(node, deal, report)
    traded = type not in DEPOSIT_TYPES
    if (
        reference is None
        or told is None
        or amount is None
        or occurred_at is None
        or (traded and not deal.isin)
    ):
        isin = deal.isin if traded else ""
        why = missing(txnId=reference, type=told, amount=amount, time=occurred_at, isin=isin)
        right = "a txnId, by which it is known when it is told again" if reference is None else ""
        report.refuse(node.place, what, why=why, right=right)
        return None
    return _movement(node, type, reference, told, amount, occurred_at, deal, report)


def _movement(
    node: Node,
    type: str,
    reference: str,
    told: tuple[str, str],
    amount: Decimal,
    occurred_at: datetime,
    deal: _Deal,
    report: FileReport,
) -> Movement:
    kind, direction = told
    dated = take(
        node, "valueDate", "executionDate", "orderDate", parse=parse_day, right=RIGHT_DATE, report=report
    )
    return Movement(
        place=node.place,
        reference=reference,
        kind=kind,
        direction=direction,
        channel=_channel(node, type, kind),
        amount=amount,
        occurred_at=occurred_at,
        value_date=dated,
        isin=deal.isin,
        security_name=name_of_security(node) or "",
        units=deal.units,
        price=deal.price,
        narration=tidy_line((node.text("narration") or "")[:500], length_max=500) or "",
    )


def _not_kept(node: Node) -> str:
    instrument = (node.text("instrumentType") or "").upper()
    category = (node.text("equityCategory") or "").upper()
    if instrument in _DERIVATIVES or "DERIVATIVE" in category:
        return "A trade in derivatives; transactions in securities and in money are kept."
    return ""


def _kind(node: Node, type: str, report: FileReport) -> tuple[str, str] | None:
    kinds = _TRADES if type in DEMAT_TYPES else _DEPOSIT_ENTRIES if type in DEPOSIT_TYPES else _FUND_DEALS
    value = node.value("type")
    told = kinds.get(value.text.upper()) if value else None
    if value and told is None:
        why = "No kind of transaction that is kept, or one that does not tell which way money went."
        report.refuse(value.place, f"type {quote(value.text)}", why=why, right=", ".join(sorted(kinds)))
    return told


def _read_deal(node: Node, type: str, report: FileReport) -> _Deal:
    if type in DEPOSIT_TYPES:
        return _Deal(None, None, None)
    return _Deal(
        isin=take_isin(node, report=report),
        units=take_number(node, "units", places=6, report=report),
        price=take_number(node, *_PRICE, places=4, report=report),
    )


def _amount(node: Node, deal: _Deal, report: FileReport) -> Decimal | None:
    """Return the amount told, or units times price where a document tells no amount (ReBIT's equities)."""
    if node.value(*_AMOUNT) is not None:
        amount = take_number(node, *_AMOUNT, places=2, report=report)
    elif deal.units is not None and deal.price is not None:
        reckoned = deal.units * deal.price
        if abs(reckoned) >= _AMOUNT_LIMIT:
            why = "Not told, and units times price come to more than any amount."
            report.refuse(node.place, "amount", why=why, right="an amount, or units and a price that can be")
            return None
        amount = reckoned.quantize(_PAISA, ROUND_HALF_UP)
        report.note(node.place, "amount", why="Not told; reckoned as units times price, to the paisa.")
    else:
        return None
    if amount is not None and amount <= 0:
        why = "An amount is above zero; the type tells which way it went."
        report.refuse(node.place, "amount", why=why, right="a number above 0")
        return None
    if amount is not None and not _adds_up(amount, deal):
        why = "It is not units times price, and nothing tells which of the three is wrong."
        report.refuse(node.place, "amount", why=why, right="units times price, give or take the charges")
        return None
    return amount


def _adds_up(amount: Decimal, deal: _Deal) -> bool:
    """Tell whether amount, units and price fit; duties, exit loads and charges come on top."""
    if deal.units is None or deal.price is None:
        return True
    return abs(amount - deal.units * deal.price) <= max(_RUPEE, amount * _CHARGES_MAX)


def _channel(node: Node, type: str, kind: str) -> str:
    if type in DEMAT_TYPES and kind in {"BUY", "SELL"}:
        return "EXCHANGE"
    mode = (node.text("mode") or "").upper()
    return mode if mode in _RAILS else "OTHER"


def _name(reference: str | None) -> str:
    return f"transaction {quote(reference)}" if reference else "transaction"
