"""What the rail and the venue have really done, in memory and in a journal that only grows.

It is the other side's book: what it says settled has moved money. It knows a reference once, however often
it is sent; asked about one that it has not made known yet, it says that it knows nothing.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

WINDOW_S = (
    3.0  # within that after a request expires, whatever came of it is known: what the interface promises
)


@dataclass
class Entry:
    """One payment or order. Times are seconds since the epoch."""

    reference: str
    particulars: Mapping[str, Any]
    provider_reference: str
    reason: str  # why it is rejected, '' when it is not
    received_at: float
    settles_at: float
    known_at: float
    settled: Mapping[str, Any] = field(default_factory=dict)  # amount, units, price as they were settled
    times: int = 1  # how often it was asked for

    def status(self, moment: float) -> str:
        """Return where it stands at a moment."""
        if self.reason:
            return "REJECTED"
        return "SETTLED" if moment >= self.settles_at else "PENDING"


class Ledger:
    """The entries of one provider, by reference."""

    def __init__(self, journal: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.entries: dict[str, Entry] = {}
        self._journal = journal
        if journal is not None and journal.exists():
            for line in journal.read_text().splitlines():
                entry = Entry(**json.loads(line))
                self.entries[entry.reference] = entry

    def take(self, entry: Entry) -> tuple[Entry, bool]:
        """Write an entry and return it with True; or the one of this reference that is there, with False."""
        with self.lock:
            known = self.entries.get(entry.reference)
            if known is not None:
                known.times += 1
                return known, False
            self.entries[entry.reference] = entry
            if self._journal is not None:
                with self._journal.open("a") as file:
                    file.write(json.dumps(asdict(entry)) + "\n")
            return entry, True

    def find(self, reference: str) -> Entry | None:
        """Return the entry of a reference, None as long as it is not known."""
        entry = self.entries.get(reference)
        return entry if entry is not None and time.time() >= entry.known_at else None

    def all(self) -> Iterator[Entry]:
        """Go through all entries in the order in which they came."""
        with self.lock:
            return iter(list(self.entries.values()))
