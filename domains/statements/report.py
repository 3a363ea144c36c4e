"""What became of each part of a document: a line that says where, what, why, and what would be right.

A report can be pasted into a ticket: personal values stand in it masked or not at all, and what is quoted from
a document is stripped of what a terminal would obey.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a part."""

    TAKEN = "taken"  # written
    KNOWN = "known"  # there already; nothing changed
    NOTED = "noted"  # out of the ordinary, and nothing was lost
    REFUSED = "refused"  # not written


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a document something stands: the path of names, and the line when it is known."""

    path: str = ""
    line: int | None = None

    def at(self, name: str, *, line: int | None = None) -> "Place":
        """Return the place of a part named `name` within this one."""
        return Place(f"{self.path}.{name}" if self.path else name, line or self.line)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report."""

    outcome: Outcome
    place: Place
    what: str
    why: str = ""
    right: str = ""

    def told(self) -> dict[str, object]:
        """Return the line for machines."""
        return {"outcome": self.outcome.value, **asdict(self.place)} | {
            "what": self.what,
            "why": self.why,
            "right": self.right,
        }


@dataclass(slots=True)
class FileReport:
    """What became of one file. `readable` is False when nothing in it could be made out."""

    file: str
    lines: list[Line] = field(default_factory=list)
    readable: bool = True

    def add(self, outcome: Outcome, place: Place, what: str, *, why: str = "", right: str = "") -> None:
        """Append a line."""
        self.lines.append(Line(outcome, place, what, why, right))

    def refuse(self, place: Place, what: str, *, why: str, right: str = "") -> None:
        """Append the line of something that is not taken."""
        self.add(Outcome.REFUSED, place, what, why=why, right=right)

    def note(self, place: Place, what: str, *, why: str) -> None:
        """Append the line of something odd that cost nothing."""
        self.add(Outcome.NOTED, place, what, why=why)

    def count(self) -> dict[str, int]:
        """Return how many lines there are of each outcome."""
        counted = Counter(line.outcome for line in self.lines)
        return {outcome.value: counted[outcome] for outcome in Outcome}


def quote(text: str, *, length_max: int = 40) -> str:
    """Return text of a document that is no one's secret, safe to print: one line, no control characters."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[:length_max])
    return f"“{shown}{'…' if len(text) > length_max else ''}”"
