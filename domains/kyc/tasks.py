"""The work queue: tasks open and close with the states of profiles; officers claim and release them.

A claim keeps others from working on the profile until it is released or lapses, so that two officers do not do the
same work.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change, record_change
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Conflict, NotFound, Refused
from domains.kyc.failures import SamePerson, told
from domains.kyc.machine import Party
from domains.kyc.models import (
    KYCDecision,
    KYCProfile,
    KYCReviewCase,
    KYCStatus,
    KYCTask,
    RiskCategory,
    TaskKind,
    TaskState,
)
from domains.kyc.people import Person, parties_of, person_behind

CLAIM_HOURS = 8
_TABLE = "kyc_kyctask"
PRIORITIES: dict[str, int] = {RiskCategory.HIGH: 1, RiskCategory.MEDIUM: 2, RiskCategory.LOW: 3}


class TaskNotFound(NotFound):
    """No task has this id, or none that the actor may know of."""

    code = "KYC_TASK_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such task.", path=("id",))


class TaskDone(Refused):
    """The task is done."""

    code = "KYC_TASK_DONE"

    def __init__(self) -> None:
        super().__init__("This task is done.", path=("id",))


class TaskClaimed(Conflict):
    """Another officer has claimed the task; tells who and when."""

    code = "KYC_TASK_CLAIMED"

    def __init__(self, task: KYCTask) -> None:
        who, when = task.claimed_by_name or "Somebody else", task.claimed_at or task.opened_at
        super().__init__(f"{who} has claimed this work at {told(when)}.", path=("id",))
        self.changed_by, self.changed_at = who, when


def open_and_close_tasks(profile: KYCProfile) -> None:
    """Let the open tasks of a profile be those that its state asks for; call it where that changed."""
    pending = KYCDecision.objects.filter(profile=profile, outcome=None).exists()
    contested = KYCReviewCase.objects.filter(claimant=profile, resolution=None).exists()
    at_work = profile.status in (KYCStatus.SUBMITTED, KYCStatus.IN_VERIFICATION)
    wanted = {
        TaskKind.VERIFY: at_work and not pending,
        TaskKind.CHECK: pending,
        TaskKind.REVIEW: contested,
    }
    known = {
        task.kind: task for task in KYCTask.objects.filter(profile=profile).exclude(state=TaskState.DONE)
    }
    for kind, is_wanted in wanted.items():
        if is_wanted and kind not in known:
            priority = PRIORITIES[profile.risk_category]
            KYCTask.objects.create(profile=profile, kind=kind, priority=priority)
        elif not is_wanted and kind in known:
            known[kind].state, known[kind].done_at = TaskState.DONE, now()
            known[kind].save(force_update=True)


def refuse_claimed_by_others(profile: KYCProfile, person: Person) -> None:
    """Raise TaskClaimed when another officer works on verifying or checking the profile."""
    tasks = KYCTask.objects.filter(profile=profile, state=TaskState.CLAIMED).exclude(kind=TaskKind.REVIEW)
    for task in tasks:
        if _stands(task) and task.claimed_by != person.id:
            raise TaskClaimed(task)


@transaction.atomic
def claim_task(*, actor: Actor, task_id: UUID) -> UUID:
    """Take a task for oneself for CLAIM_HOURS and return its id; one's own is taken anew.

    Raises TaskNotFound, TaskDone, TaskClaimed, or SamePerson for the check of one's own proposal.
    """
    task, person = _locked(actor, task_id)
    if task.state == TaskState.CLAIMED and _stands(task) and task.claimed_by != person.id:
        raise TaskClaimed(task)
    if task.kind == TaskKind.CHECK and _proposed_by(person, task.profile):
        raise SamePerson
    task.state, task.claimed_at = TaskState.CLAIMED, now()
    task.claimed_by, task.claimed_by_name = person.id, person.name
    return _saved(task, actor, "claim_task")


@transaction.atomic
def release_task(*, actor: Actor, task_id: UUID) -> UUID:
    """Give a task back that one has claimed, or whose claim has lapsed, and return its id.

    One that nobody claimed stays so. Raises TaskNotFound, TaskDone or TaskClaimed.
    """
    task, person = _locked(actor, task_id)
    if task.state == TaskState.CLAIMED and _stands(task) and task.claimed_by != person.id:
        raise TaskClaimed(task)
    if task.state == TaskState.WAITING:
        return task.id
    task.state, task.claimed_at, task.claimed_by, task.claimed_by_name = TaskState.WAITING, None, None, ""
    return _saved(task, actor, "release_task")


def _locked(actor: Actor, task_id: UUID) -> tuple[KYCTask, Person]:
    """Return an open task, locked, and who asks for it. Checking is for officers only."""
    tasks = KYCTask.objects.select_for_update(of=("self",)).select_related("profile")
    task = tasks.filter(id=task_id).first()
    if task is None:
        raise TaskNotFound
    staff = {Party.OFFICER} if task.kind == TaskKind.CHECK else {Party.OFFICER, Party.OPERATIONS}
    if not parties_of(actor, task.profile.customer_id) & staff:
        raise TaskNotFound
    if task.state == TaskState.DONE:
        raise TaskDone
    return task, person_behind(actor)


def _stands(task: KYCTask) -> bool:
    return task.claimed_at is not None and task.claimed_at > now() - timedelta(hours=CLAIM_HOURS)


def _proposed_by(person: Person, profile: KYCProfile) -> bool:
    pending = KYCDecision.objects.filter(profile=profile, outcome=None).values_list("maker_id", flat=True)
    return person.id is not None and pending.first() == person.id


def _saved(task: KYCTask, actor: Actor, operation_name: str) -> UUID:
    task.save(force_update=True)
    change = Change(_TABLE, task.id, "state", None, task.state, in_clear=True)
    subjects = [task.profile.customer_id]
    record_change(actor=actor, operation_name=operation_name, subjects=subjects, changes=[change])
    return task.id
