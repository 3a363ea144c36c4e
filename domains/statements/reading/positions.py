"""Reading what an account holds."""

from decimal import Decimal

from domains.kernel.text import is_plain, tidy_line
from domains.statements.accounts import FUND_TYPES, Position
from domains.statements.documents import Node
from domains.statements.reading.dates import RIGHT_DATE, parse_day
from domains.statements.reading.fields import missing, take, take_isin, take_number
from domains.statements.report import FileReport, quote

UNITS = ("units",)
PRICE = ("lastTradedPrice", "nav")
PRICED_ON = ("navDate", "lastNavDate")
_NAMES = ("isinDescription", "schemeName", "issuerName", "companyName", "description", "schemeCode", "amc")


def position_nodes(document: Node) -> list[Node]:
    """Return the nodes of the holdings, wherever the types of documents put them."""
    return [
        *document.all("summary", "investment", "holdings", "holding"),
        *document.all("summary", "holdings", "holding"),
    ]


def read_positions(document: Node, *, type: str, report: FileReport) -> list[Position]:
    """Return the holdings that are whole. The plans of a SIP are refused: the units are told elsewhere."""
    nodes = position_nodes(document)
    if type == "sip":
        why = "A plan is no holding: its units are told by the statement of the mutual fund folio."
        for node in nodes:
            report.refuse(node.place, "holding", why=why, right="a statement of type mutual_funds")
        return []
    read = [_read_position(node, type, report) for node in nodes]
    return [position for position in read if position is not None]


def _symbol(node: Node, report: FileReport) -> str:
    """Return the symbol, or nothing when it is none: a security is known by its ISIN."""
    told = node.text("symbol")
    symbol = tidy_line(told or "", length_max=40)
    if symbol is not None and is_plain(symbol):
        return symbol
    if told:
        report.refuse(
            node.place, "symbol", why="This is no symbol.", right="1 to 40 letters, digits and signs"
        )
    return ""


def _read_position(node: Node, type: str, report: FileReport) -> Position | None:
    isin = take_isin(node, report=report)
    units = _units(node, report)
    if isin is None or units is None:
        report.refuse(node.place, "holding", why=missing(isin=isin, units=units))
        return None
    folio = tidy_line(node.text("folioNo") or "", length_max=40) if type in FUND_TYPES else ""
    if folio is None:
        report.refuse(node.place, f"holding {isin}", why=missing(folio_number=folio))
        return None
    return Position(
        place=node.place,
        isin=isin,
        name=name_of_security(node) or isin,
        symbol=_symbol(node, report),
        folio=folio,
        units=units,
        average_cost=_price(node, "rate", report=report),
        price=_price(node, *PRICE, report=report),
        priced_on=take(node, *PRICED_ON, parse=parse_day, right=RIGHT_DATE, report=report, show=quote),
    )


def _units(node: Node, report: FileReport) -> Decimal | None:
    """Return the units held. Funds tell them twice; told differently, neither number can be relied on."""
    units = take_number(node, *UNITS, places=6, report=report)
    closing = take_number(node, "closingUnits", places=6, report=report)
    if units is not None and closing is not None and units != closing:
        value = node.value("closingUnits")
        assert value is not None
        why = "units and closingUnits are not the same number, and nothing tells which one is held."
        report.refuse(value.place, "closingUnits", why=why, right="the same number in both")
        return None
    held = closing if units is None else units
    if held is not None and held < 0:
        report.refuse(node.place, "units", why="Fewer than no units can't be held.", right="0 or more")
        return None
    return held


def _price(node: Node, *names: str, report: FileReport) -> Decimal | None:
    price = take_number(node, *names, places=4, report=report)
    if price is not None and price < 0:
        report.refuse(node.place, names[0], why="A price is not below zero.", right="0 or more")
        return None
    return price


def name_of_security(node: Node) -> str | None:
    """Return what the document calls the security, or None."""
    return tidy_line(node.text(*_NAMES) or "", length_max=200)
