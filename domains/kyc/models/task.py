"""The officers' work queue: what waits for somebody, and who took it."""

from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.kyc.models.profile import KYCProfile


class TaskKind(models.TextChoices):
    """What is to be done: verify a profile, check another officer's decision, review a contested PAN."""

    VERIFY = "VERIFY"
    CHECK = "CHECK"
    REVIEW = "REVIEW"


class TaskState(models.TextChoices):
    """Where a task stands."""

    WAITING = "WAITING"
    CLAIMED = "CLAIMED"
    DONE = "DONE"


class KYCTask(Record):
    """One piece of work on one profile; there is never a second open one of its kind. 1 is the first priority."""

    profile = models.ForeignKey(KYCProfile, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    kind = models.CharField(max_length=10, choices=TaskKind)
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.WAITING)
    priority = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField(default=now)
    claimed_by = models.UUIDField(null=True, help_text="the user's id")
    claimed_by_name = models.CharField(max_length=200, default="", blank=True)
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("kyc_task_kind_known", "kind", TaskKind.values),
            one_of("kyc_task_state_known", "state", TaskState.values),
            models.UniqueConstraint(
                fields=["profile", "kind"], condition=~Q(state=TaskState.DONE), name="kyc_task_open_once"
            ),
            models.CheckConstraint(
                name="kyc_task_claimed_whole",
                condition=~Q(state=TaskState.CLAIMED) | Q(claimed_by__isnull=False, claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="kyc_task_done_has_time",
                condition=Q(state=TaskState.DONE, done_at__isnull=False)
                | (~Q(state=TaskState.DONE) & Q(done_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "opened_at", "id"], name="kyc_task_by_age"),
            models.Index(fields=["state", "priority", "id"], name="kyc_task_by_priority"),
        ]
