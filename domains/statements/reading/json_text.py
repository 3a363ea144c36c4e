"""Reading JSON as account aggregators' clients serve it, dirt included, with the line of everything.

The standard library's parser stops at the first fault and forgets lines and repeated keys, so the few tokens of
JSON are followed here; strings are decoded by the library. Three faults are met without guessing, each with a
line in the report: a run of dots where something was cut out (what stood there is lost), a comma before a
closing bracket (nothing is lost), a key told twice (told differently: neither is taken). Any other fault makes
the document unreadable.
"""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from domains.statements.documents import DEPTH_MAX, Node, Unreadable, keep_value
from domains.statements.report import FileReport, Place, quote

_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*")|(?P<mark>[{}\[\]:,])|(?P<cut>\.{3,})'
    r'|(?P<word>[^\s{}\[\]:,"]+)|(?P<open>")'
)
_WORD = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null")
_CUT = "Something was cut out of the document here, and a run of dots put in its place; what stood there is lost."
_COMMA = "A comma stands before a closing bracket, which JSON does not allow."
_WHOLE = "the document as it was served, without cuts"
_USUALLY_LISTS = {"holder", "holding", "transaction"}

Parsed = str | Node | list["str | Node"]


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def read_json(text: str, *, report: FileReport) -> list[Node]:
    """Return the documents in the text: one object, or those of a list; raise Unreadable."""
    reader = _Reader(text, report)
    content = reader.value(Place(), 0)
    reader.expect("end")
    nodes = content if isinstance(content, list) else [content]
    documents = [node for node in nodes if isinstance(node, Node)]
    if not documents or len(documents) < len(nodes):
        raise Unreadable("This is no account: an object is, or a list of objects.", line=1)
    return documents


class _Reader:
    """Follows the tokens, one ahead."""

    def __init__(self, text: str, report: FileReport) -> None:
        self._tokens = _tokens(text)
        self._next = next(self._tokens)
        self._report = report

    def expect(self, text: str) -> _Token:
        """Pass over this very token."""
        token = self._next
        if token.text != text and token.kind != text:
            raise Unreadable(f"{_name(text)} is missing before {_name(token.text)}.", line=token.line)
        if token.kind != "end":
            self._next = next(self._tokens)
        return token

    def value(self, place: Place, depth: int) -> Parsed:
        """Read one value; scalars come back as their text, null as ''."""
        if depth > DEPTH_MAX:
            raise Unreadable(f"Nested deeper than {DEPTH_MAX} levels.", line=self._next.line)
        if self._next.text == "{":
            return self._object(place, depth)
        if self._next.text == "[":
            return self._list(place, depth)
        token = self._next
        if token.kind == "string":
            self.expect("string")
            return _decode(token)
        if token.kind == "word" and _WORD.fullmatch(token.text):
            self.expect("word")
            return "" if token.text == "null" else token.text
        raise Unreadable(f"A value is missing before {_name(token.text)}.", line=token.line)

    def _object(self, place: Place, depth: int) -> Node:
        node = Node(Place(place.path, self.expect("{").line))
        told: dict[str, Parsed] = {}
        for key, where in self._members(node.place, "}"):
            assert key is not None
            self.expect(":")
            content = self.value(where, depth + 1)
            self._keep(node, told, key, content, where)
        return node

    def _keep(self, node: Node, told: dict[str, Parsed], key: str, content: Parsed, where: Place) -> None:
        name = key.lower()
        if name in told:
            if told[name] != content:
                self._report.refuse(
                    where,
                    quote(key),
                    why="It is told twice, differently; neither is taken.",
                    right="each name once",
                )
                node.values.pop(name, None)
                node.children.pop(name, None)
            return
        told[name] = content
        if isinstance(content, str):
            keep_value(node, key, content, where, self._report)
        elif isinstance(content, Node):
            node.children[name] = [content]
            if name in _USUALLY_LISTS:
                self._report.note(
                    where, quote(key), why="One object where a list is usual; read as its only item."
                )
        else:
            node.children[name] = [item for item in content if isinstance(item, Node)]

    def _list(self, place: Place, depth: int) -> list[str | Node]:
        opened = self.expect("[")
        items: list[str | Node] = []
        for _none, where in self._members(Place(place.path, opened.line), "]", listed=True):
            item = self.value(where, depth + 1)
            if isinstance(item, Node):
                items.append(item)
            elif item:
                self._report.refuse(
                    where, "an item of the list", why="It is not an object.", right="an object"
                )
        return items

    def _members(
        self, place: Place, close: str, *, listed: bool = False
    ) -> Iterator[tuple[str | None, Place]]:
        """Yield where each member's value begins, up to the closing bracket; meet cuts and spare commas."""
        count = 0
        while self._next.text != close:
            self._require_more(place)
            if self._next.kind == "cut":
                where = Place(place.path, self.expect("cut").line)
                self._report.refuse(where, "a part that was cut out", why=_CUT, right=_WHOLE)
            else:
                yield self._member(place, count, listed)
                count += 1
            self._require_more(place)
            if self._next.text != close and self._next.kind != "cut":
                comma = self.expect(",")
                if self._next.text == close:
                    self._report.note(Place(place.path, comma.line), "a comma", why=_COMMA)
        self.expect(close)

    def _require_more(self, place: Place) -> None:
        if self._next.kind == "end":
            why = f"The document ends before the bracket is closed that opens at line {place.line}."
            raise Unreadable(why, line=self._next.line, right="the whole document, every bracket closed")

    def _member(self, place: Place, count: int, listed: bool) -> tuple[str | None, Place]:
        line = self._next.line
        if listed:
            return None, Place(f"{place.path}[{count}]", line)
        key = _decode(self.expect("string"))
        return key, place.at(key if key.isprintable() else "?", line=line)


def _tokens(text: str) -> Iterator[_Token]:
    line, end = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", end, match.start())
        end = match.start()
        kind = match.lastgroup or ""
        if kind == "open":
            raise Unreadable("A text is not closed on its line, or holds a raw control character.", line=line)
        yield _Token(kind, match.group(), line)
    yield _Token("end", "end", line + text.count("\n", end))


def _decode(token: _Token) -> str:
    try:
        return str(json.loads(token.text))
    except ValueError:
        raise Unreadable("A text holds an escape that JSON does not know.", line=token.line) from None


def _name(text: str) -> str:
    """Name a token without repeating what a document says: brackets and marks only."""
    if text == "end":
        return "the document's end"
    return quote(text) if text in set("{}[]:,") else "a name" if text == "string" else "what follows"
