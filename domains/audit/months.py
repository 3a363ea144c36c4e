"""The months that were removed with proof: rows that are not there because of that are no finding.

A `Removal` alone proves nothing: whoever can delete a row can write one. It counts when an event of the trail
tells the same of it, or the month of that event was rightly removed itself, and its month was old enough then.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domains.audit.events import Event
from domains.audit.findings import Finding
from domains.audit.models import AuditLog, Removal
from domains.audit.retention import earliest_kept, next_month, partition_exists, partition_of, removal_changes
from domains.kernel.clock import now

CLOCKS_APART = timedelta(hours=1)


class Months:
    """Counts the leaves whose rows are gone, by the removal that took them."""

    def __init__(self) -> None:
        self.removals: list[Removal] = []
        self.untold: list[Removal] = []
        self.counts: dict[UUID, int] = {}
        self.digests: dict[UUID, Any] = {}
        for removal in Removal.objects.order_by(
            "-since"
        ):  # a later one may have taken an earlier one's event
            (self.removals if self._is_proved(removal) else self.untold).append(removal)

    def took(self, recorded_at: datetime, leaf: bytes) -> bool:
        """Tell whether a row of that time was removed, and count its leaf."""
        for removal in self.removals:
            if removal.since <= recorded_at < removal.until:
                self.counts[removal.id] = self.counts.get(removal.id, 0) + 1
                self.digests.setdefault(removal.id, hashlib.sha256()).update(leaf)
                return True
        return False

    def findings(self) -> Iterator[Finding]:
        """Yield each month of which another number of rows, or other rows, are gone than were removed."""
        for removal in self.untold:
            yield Finding(
                "inserted", removal.partition, "the trail does not tell that this month was removed"
            )
        for removal in self.removals:
            digest = self.digests.get(removal.id, hashlib.sha256()).digest()
            if not self.counts.get(removal.id) and partition_exists(removal.partition):
                continue  # archived, and not removed yet
            if (self.counts.get(removal.id, 0), digest) != (removal.rows, bytes(removal.leaves_digest)):
                yield Finding(
                    "missing", removal.partition, "not the rows that were removed with proof are gone"
                )

    def _is_proved(self, removal: Removal) -> bool:
        month = (
            removal.since.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
            partition_of(removal.since),
        )
        if (removal.since, removal.partition) != month or removal.until != next_month(removal.since):
            return False
        return any(removal.until <= earliest_kept(moment) for moment in self._told_at(removal))

    def _told_at(self, removal: Removal) -> Iterator[datetime]:
        """Yield when the trail told of a removal as it stands here."""
        if any(later.since <= removal.removed_at < later.until for later in self.removals):
            yield removal.removed_at
        latest = now() + CLOCKS_APART
        told = AuditLog.objects.filter(event=Event.RETENTION, code=removal.partition, recorded_at__lte=latest)
        changes = [change.told() for change in removal_changes(removal)]
        yield from told.filter(changes=changes).values_list("recorded_at", flat=True)
