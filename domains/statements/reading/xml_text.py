"""Reading ReBIT's XML: elements with attributes, in a namespace of ReBIT's.

Parsed by defusedxml: a document type declaration is refused as such, and with it entities and anything outside
the file. The parser is the one written in Python, because that one tells lines.
"""

from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from domains.statements.documents import DEPTH_MAX, Node, Unreadable, keep_value
from domains.statements.report import FileReport, Place

NAMESPACE = "http://api.rebit.org.in/FISchema/"
_RIGHT = f"an Account in the namespace {NAMESPACE}<type>"


class _Parser(DefusedXMLParser):  # type: ignore[misc]  # published without types
    """Remembers at which line each element begins, and refuses to go too deep."""

    def __init__(self) -> None:
        super().__init__(forbid_dtd=True, forbid_entities=True, forbid_external=True)
        self._depth = 0

    def _start(self, *args: Any) -> Any:
        self._depth += 1
        line = self.parser.CurrentLineNumber
        if self._depth > DEPTH_MAX:
            raise Unreadable(f"Nested deeper than {DEPTH_MAX} levels.", line=line)
        element = super()._start(*args)
        element.line = line
        return element

    def _end(self, *args: Any) -> Any:
        self._depth -= 1
        return super()._end(*args)


def read_xml(content: bytes, *, report: FileReport) -> list[Node]:
    """Return the document's one account; raise Unreadable."""
    parser = _Parser()
    try:
        parser.feed(content)
        root = parser.close()
    except DefusedXmlException:
        raise Unreadable(
            "The file declares a document type or entities, which can be made to swallow the machine or to "
            "read other files; such files are never parsed.",
            right="the same document without <!DOCTYPE …>",
        ) from None
    except ParseError as error:
        raise Unreadable("This is not well-formed XML.", line=error.position[0]) from None
    except (ValueError, LookupError):
        raise Unreadable("The encoding is not one that is read.", line=1, right="UTF-8") from None
    if not str(root.tag).startswith(f"{{{NAMESPACE}") or _name(root) != "Account":
        raise Unreadable("The root is no account of ReBIT's.", line=_line(root), right=_RIGHT)
    node = _node(root, Place("Account", _line(root)), report)
    kind = str(root.tag)[len(NAMESPACE) + 1 :].partition("}")[0]
    keep_value(node, "namespace_type", kind, node.place, report)
    return [node]


def _node(element: Any, place: Place, report: FileReport) -> Node:
    node = Node(place)
    for name, text in element.attrib.items():
        if not name.startswith("{"):  # xsi:schemaLocation and the like
            keep_value(node, name, text, place.at(name), report)
    twins = Counter(_name(below) for below in element)
    for below in element:
        _refuse_text(below.tail, place, report)
        name = _name(below)
        siblings = node.children.setdefault(name.lower(), [])
        path = f"{name}[{len(siblings)}]" if twins[name] > 1 else name
        siblings.append(_node(below, place.at(path, line=_line(below)), report))
    _refuse_text(element.text, place, report)
    return node


def _refuse_text(text: str | None, place: Place, report: FileReport) -> None:
    if text and text.strip():
        why = "Text stands between the elements, where nothing belongs; something may have been cut out."
        report.refuse(place, "text between elements", why=why, right="attributes and elements only")


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _line(element: Element) -> int | None:
    line = getattr(element, "line", None)
    return line if isinstance(line, int) else None
