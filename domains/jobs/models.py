"""The outbox. A row is a promise; what is done is deleted, since what came of it stands elsewhere."""

from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of


class JobState(models.TextChoices):
    """Where a job stands. PARKED: it failed too often, and waits for a person."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    PARKED = "PARKED"


class Job(Record):
    """One piece of work, known by kind and key: there is never a second one of the same.

    `due_at` is when a worker takes it: the time that was asked for or, while it is running, the end of the
    lease. `attempt` rises with each claim and is the fence: who holds an older one can't end the job.
    """

    kind = models.CharField(max_length=50)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict, help_text="ids and words only, never a personal value")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.WAITING)
    due_at = models.DateTimeField(default=now)
    again_at = models.DateTimeField(null=True, help_text="asked for again while it was running")
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0, help_text="claims since it last succeeded or was released")
    failure = models.TextField(default="", blank=True, help_text="the last failure's name")
    correlation_id = models.TextField(default="", db_default="", blank=True)
    traceparent = models.TextField(default="", db_default="", blank=True, help_text="of who promised it")
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="job_once"),
            one_of("job_state_known", "state", JobState.values),
        ]
        indexes = [models.Index(fields=["due_at"], name="job_due", condition=~Q(state="PARKED"))]
