"""A line of text that a person wrote: a name, an address; and the plain text that codes are made of."""

import re
import unicodedata

# Joiners shape letters in Indic scripts; every other invisible character is refused.
JOINERS = "\u200c\u200d"

PLAIN_FORM = (
    r"^[ !#-\[\]-~]*$"  # printable ASCII without `"` and `\`; means the same to PostgreSQL and Python
)


def is_plain(text: str) -> bool:
    """Tell whether a text is printable ASCII without quotation marks and backslashes."""
    return re.fullmatch(PLAIN_FORM.strip("^$"), text) is not None


def tidy_line(text: object, *, length_max: int) -> str | None:
    """Return the text in NFC with runs of white space made one space, or None when it is not a line.

    A line has 1 to `length_max` characters, not joiners alone, and none that can't be printed.
    """
    if not isinstance(text, str) or len(text) > 10 * length_max:
        return None
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(line) > length_max or not line.strip(JOINERS + " "):
        return None
    return line if all(letter.isprintable() or letter in JOINERS for letter in line) else None
