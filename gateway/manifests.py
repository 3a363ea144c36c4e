"""Files that hold documents to be stored: GraphQL text, Apollo's manifests, Relay's query maps.

- `*.graphql`, `*.gql`: one document; its identifier is the SHA-256 of its text;
- Apollo: `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id", "name", "body"}]}`;
- Relay: `{"<identifier>": "<text>"}`, or a list of such pairs.

An identifier may hold what the appendix "Persisted Documents" of GraphQL over HTTP allows, and no colon:
`sha256:…` always means the SHA-256 of the text.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRAPHQL_SUFFIXES = {".graphql", ".gql"}
APOLLO_FORMAT = "apollo-persisted-query-manifest"
IDENTIFIER = re.compile(r"[A-Za-z0-9._~-]{1,200}")


class Unreadable(Exception):
    """A file that holds no documents; the message says what is wrong with it."""


@dataclass(frozen=True)
class Entry:
    """A document to be stored, with the names of its operations and the file that it came from."""

    id: str
    text: str
    name: str = ""
    origin: str = ""

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the text, in hex."""
        return digest_of(self.text)


def digest_of(text: str) -> str:
    """Return the SHA-256 of a document's text in UTF-8, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_documents(file: Path) -> list[Entry]:
    """Return the documents of a file; raise Unreadable when it is not one of the known forms."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(getattr(error, "strerror", None) or "it is not in UTF-8") from None
    if file.suffix in GRAPHQL_SUFFIXES:
        return [Entry(digest_of(text), text)]
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable(f"it is no JSON, and its name does not end in {_suffixes()}") from None
    entries = [_entry(key, body) for key, body in _pairs(content)]
    if not entries:
        raise Unreadable("it holds no document")
    return entries


def _pairs(content: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(content, dict) and "format" in content:
        if content["format"] != APOLLO_FORMAT or content.get("version") != 1:
            raise Unreadable(f"of Apollo's manifests, version 1 of {APOLLO_FORMAT} is read")
        for operation in _list(content.get("operations")):
            if not isinstance(operation, dict):
                raise Unreadable("each of its operations must be an object with an id and a body")
            yield operation.get("id"), operation.get("body")
    elif isinstance(content, dict):
        yield from content.items()
    else:
        for pair in _list(content):
            if not isinstance(pair, list) or len(pair) != 2:
                raise Unreadable("each of its items must be a pair of an identifier and a text")
            yield pair[0], pair[1]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable("it is neither a manifest of Apollo's nor a query map of Relay's")
    return value


def _entry(key: Any, body: Any) -> Entry:
    if not isinstance(body, str) or not body.strip():
        raise Unreadable(f"the document {str(key)[:80]!r} has no text")
    if not isinstance(key, str) or not IDENTIFIER.fullmatch(key):
        raise Unreadable(f"{str(key)[:80]!r} is no identifier: letters, digits and . _ ~ - are allowed")
    return Entry(key, body)


def _suffixes() -> str:
    return " or ".join(sorted(GRAPHQL_SUFFIXES))
