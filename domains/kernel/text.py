"""A line of text that a person wrote: a name, an address."""

import unicodedata

# Joiners shape letters in Indic scripts; every other invisible character is refused.
JOINERS = "\u200c\u200d"


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
