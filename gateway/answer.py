"""The answer: the bytes of each root field joined, with errors and extensions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

from graphql import GraphQLError

Pieces = Sequence[bytes]  # of the JSON of a root field, in order


@dataclass(frozen=True)
class Answer:
    """What goes back: the body, the HTTP status that it deserves, and headers."""

    body: bytes
    status: int
    headers: dict[str, str]
    malformed: bool = False  # the request was no GraphQL request at all


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encoded(value: Any) -> bytes:
    """Return compact JSON in UTF-8; half of a surrogate pair, as an error may quote it, becomes `?`."""
    return (encode_basestring(value) if type(value) is str else _encode(value)).encode("utf-8", "replace")


def with_data(
    fields: Sequence[tuple[str, Pieces]], errors: Sequence[GraphQLError], extensions: dict[str, Any]
) -> bytes:
    """Return the body of an operation that ran: `data` in the order of the selection."""
    body = [b'{"errors":%s,"data":{' % encoded([e.formatted for e in errors]) if errors else b'{"data":{']
    for number, (key, value) in enumerate(fields):
        body.append(b'%s"%s":' % (b"," if number else b"", key.encode()))
        body += value
    body.append(b'},"extensions":%s}' % encoded(extensions))
    return b"".join(body)


def without_data(errors: Sequence[GraphQLError], extensions: dict[str, Any]) -> bytes:
    """Return the body of a request that was refused."""
    return encoded({"errors": [error.formatted for error in errors], "extensions": extensions})
