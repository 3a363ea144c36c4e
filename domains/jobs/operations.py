"""What a person may do to a parked job: let it run again, with other particulars if those were the trouble."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from domains.jobs.models import Job, JobState
from domains.kernel.clock import now
from domains.kernel.failures import Invalid, NotFound, Refused
from domains.kernel.json_values import NotStorable, json_text

PAYLOAD_LENGTH_MAX = 10_000  # characters of JSON


class JobNotFound(NotFound):
    """No job has this id: it was done, or never was."""

    code = "JOB_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such job; what is done is not kept.", path=("id",))


class JobNotParked(Refused):
    """The job waits or runs by itself."""

    code = "JOB_NOT_PARKED"

    def __init__(self) -> None:
        super().__init__("This job is not parked: it runs by itself.", path=("id",))


class InvalidPayload(Invalid):
    """Not an object of JSON of a fitting size."""

    code = "INVALID_PAYLOAD"


@transaction.atomic
def release(*, job_id: UUID) -> UUID:
    """Let a parked job run again, from its first try, and return its id.

    Raises JobNotFound or JobNotParked.
    """
    job = _parked(job_id)
    _set_off(job)
    return job.id


@transaction.atomic
def mend(*, job_id: UUID, payload: Mapping[str, Any]) -> UUID:
    """Give a parked job other particulars, let it run again, and return its id.

    They are given whole: a name that the job has now may not be missing, since its handler reads it.
    Raises JobNotFound, JobNotParked or InvalidPayload.
    """
    job = _parked(job_id)
    if not isinstance(payload, Mapping):
        raise InvalidPayload("A job's particulars are an object of JSON.", path=("payload",))
    if missing := sorted(job.payload.keys() - payload.keys()):
        raise InvalidPayload(
            f"Particulars are given whole; missing: {', '.join(missing)}.", path=("payload",)
        )
    try:
        json_text(dict(payload), length_max=PAYLOAD_LENGTH_MAX)
    except NotStorable as fault:
        raise InvalidPayload(str(fault), path=("payload",)) from None
    job.payload = dict(payload)
    _set_off(job)
    return job.id


def release_by_key(*, kind: str, key: str) -> bool:
    """Let the parked job of this kind and key run again; return False when none is parked."""
    parked = Job.objects.filter(kind=kind, key=key, state=JobState.PARKED)
    return bool(parked.update(state=JobState.WAITING, tries=0, failure="", due_at=now(), updated_at=now()))


def _parked(job_id: UUID) -> Job:
    job = Job.objects.select_for_update().filter(id=job_id).first()
    if job is None:
        raise JobNotFound
    if job.state != JobState.PARKED:
        raise JobNotParked
    return job


def _set_off(job: Job) -> None:
    job.state, job.tries, job.failure = JobState.WAITING, 0, ""
    job.due_at = job.updated_at = now()
    job.save(update_fields=["state", "tries", "failure", "payload", "due_at", "updated_at"])
