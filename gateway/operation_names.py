"""The names of operations, as they may be told: in logs and spans without what could be somebody's number, and
in labels of figures only so many.

A name is the client's to choose. One that holds four digits in a row may hold a mobile number or part of a PAN,
so these are struck out. A label is given to the names of operations that were answered, to OPERATIONS_MAX of
them in all workers together (a file for each in a directory that they share); every other is `other`.
"""

import os
import re
from functools import lru_cache
from pathlib import Path

OPERATIONS_MAX = 100
LENGTH_MAX = 80
OTHER, UNNAMED = "other", "unnamed"
_DIGITS = re.compile(r"[0-9]{4,}")


@lru_cache(maxsize=2_000)
def discreet(name: str) -> str:
    """Return a name without runs of digits, no longer than LENGTH_MAX."""
    return _DIGITS.sub("_", name)[:LENGTH_MAX]


class OperationNames:
    """The names that have a label; shared through a directory if there is one."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self._known: set[str] = set()
        self._full = False

    def label(self, name: str, *, answered: bool) -> str:
        """Return the label for an operation's name; a new one is admitted when it was answered."""
        if not name:
            return UNNAMED
        name = discreet(name)
        if name in self._known or (answered and not self._full and self._admitted(name)):
            return name
        return OTHER

    def _admitted(self, name: str) -> bool:
        if self.directory is not None:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._known |= {entry.name for entry in os.scandir(self.directory)}
        if name not in self._known and len(self._known) >= OPERATIONS_MAX:
            self._full = True
            return False
        if self.directory is not None:
            (self.directory / name).touch()
        self._known.add(name)
        return True
