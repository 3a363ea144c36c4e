"""Finding a value in a text, however it may have got in: in clear, in hex, in base64."""

import base64
import re


def traces(values: set[str], text: str) -> set[str]:
    """Return which of the values occur in the text, in whichever case; digits must stand by themselves."""
    lowered = text.lower()
    return {value for value in values if _clear(value, lowered) or _encoded(value, text, lowered)}


def _clear(value: str, lowered: str) -> bool:
    if value.lower() not in lowered:
        return False
    if not value.isdecimal():
        return True
    # A digest in hex may by chance hold the digits of a short number.
    return re.search(rf"(?<![0-9a-f]){value}(?![0-9a-f])", lowered) is not None


def _encoded(value: str, text: str, lowered: str) -> bool:
    for spelling in {value, value.lower(), value.upper()}:
        raw = spelling.encode()
        if raw.hex() in lowered or any(part in text for part in _base64(raw)):
            return True
    return False


def _base64(raw: bytes) -> set[str]:
    """Return what base64 shows of the bytes wherever they stand, in both alphabets, without what touches them."""
    shown = set()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode()
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        shown |= {encoded[first:last], encoded[first:last].replace("+", "-").replace("/", "_")}
    return shown
