"""Values of JSON that come from outside, and whether PostgreSQL can hold them."""

import json
from typing import Any


class NotStorable(ValueError):
    """No value of JSON, too long a one, or one that PostgreSQL can't hold; the message says which."""


def no_constant(name: str) -> None:
    """Refuse what Python's parser takes though JSON has no such number: NaN, the infinities; raises ValueError."""
    raise ValueError(f"{name} is not JSON")


def json_text(value: Any, *, length_max: int) -> str:
    """Return a value as JSON with its names in order; raises NotStorable.

    NaN and the infinities are no JSON; NUL and half of a surrogate pair are not stored, in names either.
    """
    try:
        text = json.dumps(value, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        text = None
    if text is None or len(text) > length_max:
        raise NotStorable("This is not a value that JSON holds.")
    if "\\u0000" in text or ("\\ud" in text and not _encodable(value)):
        raise NotStorable("A text holds a character that can't be stored.")
    return text


def _encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
