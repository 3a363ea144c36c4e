"""Checking that a statement adds up. What does not is refused as a number; nothing is built on it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from domains.kernel.failures import Invalid
from domains.kernel.numbers import parse_decimal
from domains.statements.accounts import DEPOSIT_TYPES
from domains.statements.documents import Node
from domains.statements.reading.dates import InvalidDate, parse_moment
from domains.statements.reading.movements import movement_nodes
from domains.statements.reading.positions import PRICE, UNITS, position_nodes
from domains.statements.report import FileReport

_BALANCE = ("currentBalance", "transactionalBalance", "balance")
# A rupee, for prices that were rounded before they were told.
_SLACK = Decimal(1)
_SIGNS = {"CREDIT": 1, "DEBIT": -1, "INTEREST": 1, "INSTALLMENT": 1}


def check_totals(document: Node, *, type: str, report: FileReport) -> None:
    """Refuse totals of holdings, and balances of deposits that don't follow from the rest."""
    if type in DEPOSIT_TYPES:
        _check_balances(movement_nodes(document), report)
        return
    for total, price in (("currentValue", PRICE), ("investmentValue", ("rate",))):
        _check_sum(document, total, price, report)


def _check_sum(document: Node, total: str, price: Sequence[str], report: FileReport) -> None:
    summary, nodes = document.child("summary"), position_nodes(document)
    told = _number(summary, total) if summary else None
    products = [_product(node, UNITS, price) for node in nodes]
    whole = [product for product in products if product is not None]
    if told is None or summary is None or not nodes or len(whole) < len(products):
        return
    if abs(told - sum(whole)) > _SLACK:
        value = summary.value(total)
        place = value.place if value else summary.place
        why = f"It is not what the holdings come to{_off(told, sum(whole, Decimal(0)))}; it is not relied on."
        report.refuse(place, total, why=why, right="the sum of units times price of all holdings")


def _check_balances(nodes: list[Node], report: FileReport) -> None:
    """Check each balance against the one before, in the order of time."""
    before: Decimal | None = None
    for node in sorted(nodes, key=_when):
        balance, amount = _number(node, *_BALANCE), _number(node, "amount")
        sign = _SIGNS.get((node.text("type") or "").upper())
        follows = None if before is None or amount is None or sign is None else before + sign * amount
        if follows is not None and balance is not None and follows != balance:
            why = "It does not follow from the balance before and this amount; something may be missing."
            right = "the balance before, plus or minus the amount"
            report.refuse(node.place, "balance", why=why, right=right)
        before = balance


def _when(node: Node) -> datetime:
    try:
        return parse_moment(node.text("transactionTimestamp", "valueDate") or "")
    except InvalidDate:
        return datetime.min.replace(tzinfo=UTC)


def _product(node: Node, units: Sequence[str], price: Sequence[str]) -> Decimal | None:
    left, right = _number(node, *units), _number(node, *price)
    return None if left is None or right is None else left * right


def _number(node: Node, *names: str) -> Decimal | None:
    """Return a number without a word in the report: whoever takes it has reported it."""
    try:
        return parse_decimal(node.text(*names) or "", digits=20, places=6)
    except Invalid:
        return None


def _off(told: Decimal, reckoned: Decimal) -> str:
    """Tell by how much, in a hundredth of what was told, and never the amounts themselves."""
    return f" (off by {abs(told - reckoned) * 100 / abs(told):,.0f} %)" if told else ""
