"""Numbers that environment variables hold: settings and gunicorn's own settings read theirs here."""

import os

from django.core.exceptions import ImproperlyConfigured

NUMBER_MAX = 1_000_000_000
PORT_MAX = 65_535


def given_number(name: str, default: int, *, least: int, most: int = NUMBER_MAX) -> int:
    """Return the whole number that a variable holds, in the unit that its name or README states.

    Raises ImproperlyConfigured, with a sentence that names the variable and what is right.
    """
    text = os.environ.get(name, str(default))
    if not (
        text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most
    ):
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}.")
    return int(text)
