"""What may be read of requests and answers afterwards: names, and values that an adapter lists; default deny."""

import json
import math
from collections.abc import Collection
from typing import Any

TEXT_LENGTH_MAX = 200
DEPTH_MAX = 20
ITEMS_MAX = 100


def redacted(value: Any, *, readable: Collection[str]) -> Any:
    """Return a body (parsed, or as bytes) with every value masked whose name is not among `readable`."""
    if isinstance(value, bytes):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {"unreadable": f"{len(value)} bytes"}
    return _masked(value, "", readable, 0)


def _masked(value: Any, name: str, readable: Collection[str], depth: int) -> Any:
    if depth > DEPTH_MAX:
        return "…"
    if isinstance(value, dict):
        return {
            _text(str(key)): _masked(each, str(key), readable, depth + 1)
            for key, each in list(value.items())[:ITEMS_MAX]
        }
    if isinstance(value, list):
        return [_masked(each, name, readable, depth + 1) for each in value[:ITEMS_MAX]]
    if value is None or isinstance(value, bool):
        return value
    if name not in readable:
        return "****"
    if isinstance(value, str):
        return _text(value)
    return value if math.isfinite(value) else "…"


def _text(text: str) -> str:
    """Return a text that PostgreSQL can hold as JSON: no NUL, no half of a surrogate pair."""
    return text[:TEXT_LENGTH_MAX].encode("utf-8", "replace").decode().replace("\x00", "")
