"""Where a reader of events stands: exactly which ones it was told, however late others commit.

Neither an event's time nor its key tells when it is seen: that is when its transaction ends, which may be much
later than others that began after it. So each event holds the transaction that wrote it, and a place is two of
PostgreSQL's snapshots: all is told that `before` shows, and of what `within` shows, what is not behind `last`.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

# The numbers of transactions that left nothing on the disk are given again by a server that was killed: few, and
# the newest.
GIVEN_AGAIN_MAX = 10_000


class Recorded(NamedTuple):
    """That something happened to a transaction: which event, when, whose, written by what; the place behind it."""

    event_id: UUID
    at: datetime
    customer_id: UUID
    written_by: int
    place: "Place"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions had ended at a moment: those below `next` but the `running` ones."""

    next: int
    running: tuple[int, ...]
    taken_at: datetime
    server_begun_at: datetime

    @classmethod
    def read(cls, text: str, taken_at: datetime, server_begun_at: datetime) -> "Snapshot":
        """Return the snapshot that PostgreSQL writes `first:next:running,…`."""
        _, following, running = text.split(":")
        return cls(
            int(following), tuple(map(int, filter(None, running.split(",")))), taken_at, server_begun_at
        )

    def shows(self, event: Recorded, *, seen_by: "Snapshot") -> bool:
        """Tell whether an event that a later snapshot shows was shown by this one, too."""
        if self._is_of_before(seen_by) and self._may_be_given_again(event):
            return False
        return event.written_by < self.next and event.written_by not in self.running

    def hides(self, *, seen_by: "Snapshot") -> Q:
        """Return the condition on events that this snapshot does not show and a later one may."""
        hidden = Q(written_by__gte=self.next) | Q(written_by__in=self.running)
        if self._is_of_before(seen_by):
            hidden |= Q(written_by__gte=self.next - GIVEN_AGAIN_MAX, recorded_at__gt=self.taken_at)
        return hidden

    def _is_of_before(self, later: "Snapshot") -> bool:
        """Tell whether the server was started between this snapshot and a later one."""
        return self.server_begun_at != later.server_begun_at

    def _may_be_given_again(self, event: Recorded) -> bool:
        return event.written_by >= self.next - GIVEN_AGAIN_MAX and event.at > self.taken_at

    def told(self) -> list[Any]:
        """Return it as JSON has it; running transactions as distances, which are short."""
        distances = [self.next - each for each in self.running]
        return [self.next, distances, self.taken_at.isoformat(), self.server_begun_at.isoformat()]

    @classmethod
    def heard(cls, told: list[Any]) -> "Snapshot":
        """Return what `told` gave."""
        following, distances, taken_at, begun_at = told
        running = tuple(following - each for each in distances)
        return cls(following, running, datetime.fromisoformat(taken_at), datetime.fromisoformat(begun_at))


@dataclass(frozen=True, slots=True)
class Place:
    """What a reader was told: all that `before` shows; of what `within` shows, all up to `last`."""

    before: Snapshot
    within: Snapshot
    last: tuple[int, UUID] | None = None  # the transaction that wrote the event, and the event

    @classmethod
    def at(cls, snapshot: Snapshot) -> "Place":
        """Return the place of who was told all that a snapshot shows."""
        return cls(snapshot, snapshot)

    def not_told(self, now: Snapshot) -> Q:
        """Return the condition on events that are to be told, of those that a snapshot of now shows."""
        # Rows of a database that was restored may hold numbers to which this server has not come yet.
        seen = Q(written_by__lt=now.next) & ~Q(written_by__in=now.running)
        return self.before.hides(seen_by=now) & seen & ~self._told_within(now)

    def _told_within(self, now: Snapshot) -> Q:
        if self.last is None:
            return Q(pk__in=[])
        number, event_id = self.last
        behind = Q(written_by__lt=number) | Q(written_by=number, id__lte=event_id)
        return ~self.within.hides(seen_by=now) & behind

    def is_older_than(self, age: timedelta, *, now: Snapshot) -> bool:
        """Tell whether it is older than that, or of a server that this one does not continue."""
        return self.before.taken_at < now.taken_at - age or self.within.next > now.next + GIVEN_AGAIN_MAX

    def to_bytes(self) -> bytes:
        """Return it as `from_bytes` reads it."""
        last = None if self.last is None else [self.last[0], self.last[1].hex]
        within = None if self.within == self.before else self.within.told()
        return json.dumps([self.before.told(), within, last], separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, told: bytes) -> "Place":
        """Return the place that `to_bytes` gave."""
        before, within, last = json.loads(told)
        first = Snapshot.heard(before)
        return cls(
            first,
            first if within is None else Snapshot.heard(within),
            None if last is None else (last[0], UUID(last[1])),
        )
