"""The one shape that JSON and XML documents are read into: nodes with values and children, each with its place.

Names are compared without regard to case, since JSON writes `holder` where XML writes `Holder`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from domains.kernel.failures import Invalid
from domains.statements.report import FileReport, Place

BYTES_MAX = 20 * 1024 * 1024
DEPTH_MAX = 40


class Unreadable(Invalid):
    """Nothing can be made of the document."""

    code = "UNREADABLE_STATEMENT"

    def __init__(self, message: str, *, line: int | None = None, right: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.right = right


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar as it is written, stripped of white space around it; never empty."""

    text: str
    place: Place


@dataclass(slots=True)
class Node:
    """An object (JSON) or an element (XML)."""

    place: Place
    values: dict[str, Value] = field(default_factory=dict)
    children: dict[str, list["Node"]] = field(default_factory=dict)

    def value(self, *names: str) -> Value | None:
        """Return the first value there is under these names."""
        found = (self.values.get(name.lower()) for name in names)
        return next((value for value in found if value is not None), None)

    def text(self, *names: str) -> str | None:
        """Return the text of the first value there is under these names."""
        value = self.value(*names)
        return value.text if value else None

    def child(self, *path: str) -> "Node | None":
        """Return the first node down this path, or None."""
        node: Node | None = self
        for name in path:
            below = node.children.get(name.lower()) if node else None
            node = below[0] if below else None
        return node

    def all(self, *path: str) -> Iterator["Node"]:
        """Return every node down this path."""
        if not path:
            yield self
            return
        for below in self.children.get(path[0].lower(), []):
            yield from below.all(*path[1:])


def is_storable(text: str) -> bool:
    """Tell whether text can be encoded and stored: no half of a surrogate pair, no NUL."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def keep_value(node: Node, name: str, text: str, place: Place, report: FileReport) -> None:
    """Put a scalar into a node; what is empty is as good as absent, what can't be stored is refused."""
    if not is_storable(text):
        report.refuse(place, name, why="It holds characters that no text can hold (NUL or half a pair).")
    elif text.strip():
        node.values[name.lower()] = Value(text.strip(), place)
