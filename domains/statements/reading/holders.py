"""Reading who holds an account. An account is taken with all of its holders or not at all."""

from domains.demat.operations import HOLDERS_MAX
from domains.kernel.days import today
from domains.kernel.failures import Invalid
from domains.kernel.identifiers import (
    mask_email,
    parse_address,
    parse_date_of_birth,
    parse_email,
    parse_mobile,
    parse_pan,
)
from domains.kernel.identifiers.mask import keep_last
from domains.kernel.text import tidy_line
from domains.statements.accounts import Holder
from domains.statements.documents import Node
from domains.statements.reading.dates import RIGHT_DATE, parse_day
from domains.statements.reading.fields import missing, take
from domains.statements.report import FileReport

_PATH = ("profile", "holders", "holder")
_RIGHT_MOBILE = "+91 and ten digits, or another country's code and number"


class InvalidName(Invalid):
    """No printable line."""

    code = "INVALID_NAME"


def read_holders(document: Node, *, report: FileReport) -> list[Holder]:
    """Return the holders in their order, or none when one of them can't be taken."""
    nodes = list(document.all(*_PATH))
    if not 1 <= len(nodes) <= HOLDERS_MAX:
        why = f"The document names {len(nodes)} holders." if nodes else "The document names no holder."
        report.refuse(document.place, "holders", why=why, right=f"1 to {HOLDERS_MAX} holders")
        return []
    holders = [holder for node in nodes if (holder := _read_holder(node, report)) is not None]
    if len({holder.mobile for holder in holders}) < len(holders):
        why = "Two holders share one mobile number, and a number finds one customer."
        report.refuse(nodes[1].place, "holder", why=why, right="a number of their own for each holder")
        return []
    return holders if len(holders) == len(nodes) else []


def _read_holder(node: Node, report: FileReport) -> Holder | None:
    name = take(node, "name", parse=_parse_name, right="1 to 200 printable characters", report=report)
    mobile = take(
        node,
        "mobile",
        parse=parse_mobile,
        right=_RIGHT_MOBILE,
        report=report,
        show=lambda text: f"{keep_last(text, shown=4)} ({_digits(text)} digits)",
    )
    email = take(node, "email", parse=parse_email, right="name@example.com", report=report, show=mask_email)
    pan = take(node, "pan", parse=parse_pan, right="five letters, four digits and a letter", report=report)
    born = take(node, "dob", parse=_parse_born, right=RIGHT_DATE, report=report)
    address = take(node, "address", parse=parse_address, right="1 to 500 printable characters", report=report)
    if name is None or mobile is None:
        report.refuse(node.place, "holder", why=missing(name=name, mobile=mobile))
        return None
    return Holder(node.place, name, mobile, email, pan, born, address)


def _parse_name(text: str) -> str:
    name = tidy_line(text, length_max=200)
    if name is None:
        raise InvalidName("A name has 1 to 200 printable characters.")
    return name


def _parse_born(text: str) -> str:
    return parse_date_of_birth(parse_day(text).isoformat(), today=today())


def _digits(text: str) -> int:
    return sum(letter.isdecimal() for letter in text)
