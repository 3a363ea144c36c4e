"""Reading what is promised and what waits for a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from domains.jobs.models import Job, JobState
from domains.kernel.clock import now


def keys_of(kind: str) -> list[str]:
    """Return the keys of the jobs of a kind, parked ones too."""
    return list(Job.objects.filter(kind=kind).values_list("key", flat=True))


@dataclass(frozen=True, slots=True)
class Promised:
    """A job that is not done yet: how often it was taken, and when it is taken next (running: when it may be)."""

    state: str
    tries: int
    due_at: datetime


def promised(*, kind: str, keys: Iterable[str]) -> dict[str, Promised]:
    """Return those jobs of a kind with these keys that are not done yet, by key."""
    rows = Job.objects.filter(kind=kind, key__in=list(keys)).values_list("key", "state", "tries", "due_at")
    return {key: Promised(state, tries, due_at) for key, state, tries, due_at in rows}


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue at a moment: jobs by state, and for how long the oldest that is due has waited (seconds)."""

    by_state: dict[str, int]
    oldest_due_s: float


def queue() -> Queue:
    """Return how the queue stands; what is done is no job any more, so the table is small."""
    counts = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    moment = now()
    due = Job.objects.filter(state=JobState.WAITING, due_at__lte=moment).aggregate(oldest=Min("due_at"))
    waited = (moment - due["oldest"]).total_seconds() if due["oldest"] else 0.0
    return Queue({state.value: counts.get(state.value, 0) for state in JobState}, waited)
