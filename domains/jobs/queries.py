"""Reading what is promised and what waits for a person."""

from domains.jobs.models import Job, JobState


def parked_count() -> int:
    """Return how many jobs wait for a person."""
    return Job.objects.filter(state=JobState.PARKED).count()


def due_count() -> int:
    """Return how many jobs are not done yet, parked ones left out."""
    return Job.objects.exclude(state=JobState.PARKED).count()


def keys_of(kind: str) -> list[str]:
    """Return the keys of the jobs of a kind, parked ones too."""
    return list(Job.objects.filter(kind=kind).values_list("key", flat=True))
