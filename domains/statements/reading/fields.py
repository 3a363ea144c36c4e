"""Taking a value out of a node: parsed, or refused with a line that says what would be right."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from stdnum import isin as isins

from domains.kernel.failures import Failure
from domains.kernel.identifiers import parse_isin
from domains.kernel.numbers import parse_decimal
from domains.statements.documents import Node
from domains.statements.report import FileReport, quote

Parsed = TypeVar("Parsed")

RIGHT_NUMBER = "a plain decimal number, as in 1239.50, without commas or signs of currency"
_RIGHT_ISIN = "two letters, nine letters or digits and a check digit, as in INE009A01021"


def take(
    node: Node,
    *names: str,
    parse: Callable[[str], Parsed],
    right: str,
    report: FileReport,
    show: Callable[[str], str] | None = None,
) -> Parsed | None:
    """Return the parsed value of the first of these names that is there, or None.

    One that does not parse is refused in the report; `show` makes of it what may be read there.
    """
    value = node.value(*names)
    if value is None:
        return None
    try:
        return parse(value.text)
    except Failure as failure:
        what = names[0] if show is None else f"{names[0]} {show(value.text)}"
        report.refuse(value.place, what, why=failure.message, right=right)
        return None


def take_number(node: Node, *names: str, places: int, report: FileReport) -> Decimal | None:
    """Return a decimal number of at most 20 digits, `places` of them after the point, or None."""
    return take(
        node,
        *names,
        parse=lambda text: parse_decimal(text, digits=20, places=places),
        right=RIGHT_NUMBER,
        report=report,
    )


def take_isin(node: Node, *, report: FileReport) -> str | None:
    """Return the ISIN, which is public and so is quoted when it is refused."""
    value = node.value("isin")
    right = _right_isin(value.text) if value else ""
    return take(node, "isin", parse=parse_isin, right=right, report=report, show=quote)


def _right_isin(text: str) -> str:
    """Tell the check digit that would be right, when that alone is wrong."""
    number = text.upper()
    if len(number) == 12 and number.isascii() and number.isalnum():
        digit = isins.calc_check_digit(number[:-1])
        if isins.is_valid(number[:-1] + digit):
            return f"{_RIGHT_ISIN}; to this one the check digit {digit} would belong"
    return _RIGHT_ISIN


def missing(**required: object) -> str:
    """Return a sentence that names what is not there, or ''."""
    absent = [name.replace("_", " ") for name, value in required.items() if value is None]
    if not absent:
        return ""
    verb = "is" if len(absent) == 1 else "are"
    return f"{' and '.join(absent)} {verb} missing or refused."
