"""Jobs, for operations: what is promised, what failed too often, and setting it going again."""

import json

import strawberry
from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.jobs import models, operations
from domains.kernel.actor import Actor
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import column, entity, global_id, listing, operation
from gateway.filters import EnumLookup, TextLookup, filter_input, filter_on
from gateway.scalars import DateTime
from schema.global_ids import key_of
from schema.node import Node
from schema.refusals import Problem, refusals_as

JobState = models.JobState
strawberry.enum(JobState, name="JobState", description="Where a job stands.")


@entity(models.Job, name="Job", description="One piece of work that no request waits for.")
class Job(Node):
    """One piece of work that no request waits for."""

    id: strawberry.ID = global_id()
    kind: str = column(C.PUBLIC, "What is to be done.")
    key: str = column(C.PUBLIC, "To what; there is one job of a kind and key.")
    payload: strawberry.scalars.JSON = column(C.PUBLIC, "The particulars: ids and words.")
    state: JobState = column(C.PUBLIC, "Where it stands; PARKED waits for a person.")
    due_at: DateTime = column(C.PUBLIC, "When a worker takes it (again).")
    attempt: int = column(C.PUBLIC, "How often it was begun.")
    tries: int = column(C.PUBLIC, "How often it was begun since it last went well.")
    failure: str = column(C.PUBLIC, "The name of the last failure, empty if there is none.")
    created_at: DateTime = column(C.PUBLIC, "When it was promised.")
    updated_at: DateTime = column(C.PUBLIC, "When it last changed.")


@filter_input(description="Which jobs; all conditions must hold.")
class JobFilter:
    """Which jobs; all conditions must hold."""

    state: EnumLookup[JobState] | None = filter_on("By where they stand.")
    kind: TextLookup | None = filter_on("By what is to be done.")
    key: TextLookup | None = filter_on("By what it is to be done to.")


@strawberry.type
class JobQueries:
    """Ways in to jobs."""

    jobs: Connection[Job] = listing(
        "Jobs that are not done, newest first.", order="-created_at", filter=JobFilter
    )


@strawberry.type(description="A job that was set going again, or what was wrong.")
class JobPayload:
    """A job that was set going again, or what was wrong."""

    job: Job | None = strawberry.field(
        default=None, description="The job; null when refused, or when it is done already."
    )
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.input(description="A parked job to run again.")
class ReleaseJobInput:
    """A parked job to run again."""

    id: strawberry.ID = strawberry.field(description="The job's global id.")


@strawberry.input(description="A parked job to run again with other particulars.")
class MendJobInput:
    """A parked job to run again with other particulars."""

    id: strawberry.ID = strawberry.field(description="The job's global id.")
    payload: strawberry.scalars.JSON = strawberry.field(description="The particulars, whole.")


@refusals_as(JobPayload)
def release_job(actor: Actor, input: ReleaseJobInput) -> JobPayload:
    """Let a parked job run again."""
    job_id = key_of(input.id, entity="Job", path=("id",))
    with transaction.atomic():
        operations.release(job_id=job_id)
        change = Change("jobs_job", job_id, "state", "PARKED", "WAITING", in_clear=True)
        record(event=Event.CHANGE, actor=actor, operation_name="release_job", changes=[change])
    return JobPayload(job=job_id)  # type: ignore[arg-type] # the gateway reads the entity by its key


@refusals_as(JobPayload)
def mend_job(actor: Actor, input: MendJobInput) -> JobPayload:
    """Let a parked job run again with other particulars."""
    job_id = key_of(input.id, entity="Job", path=("id",))
    with transaction.atomic():
        operations.mend(job_id=job_id, payload=input.payload)  # type: ignore[arg-type] # checked there
        told = json.dumps(input.payload, sort_keys=True)
        change = Change("jobs_job", job_id, "payload", None, told, in_clear=True)
        record(event=Event.CHANGE, actor=actor, operation_name="mend_job", changes=[change])
    return JobPayload(job=job_id)  # type: ignore[arg-type] # the gateway reads the entity by its key


@strawberry.type
class JobMutations:
    """Mutations of jobs."""

    release_job: JobPayload | None = operation(
        "Let a parked job run again.", run=release_job, arguments={"input": ReleaseJobInput}
    )
    mend_job: JobPayload | None = operation(
        "Give a parked job other particulars and let it run again.",
        run=mend_job,
        arguments={"input": MendJobInput},
    )
