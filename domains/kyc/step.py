"""The one place where a profile's life is enforced: locked, compared, permitted, then written with its history.

Whoever comes second waits for the row, finds another version, and is told who was first and when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domains.audit.operations import Change, record_change
from domains.customers.operations import lock_open_customer
from domains.identity.queries import display_name_of
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.text import tidy_line
from domains.kyc.failures import (
    ActionNotAllowed,
    InvalidReason,
    ProfileNotFound,
    StaleProfile,
    WrongState,
)
from domains.kyc.machine import BEFORE_HOLD, Move, Party, move_for, parties_to, states_for
from domains.kyc.models import Action, KYCProfile, KYCStateChange, KYCStatus
from domains.kyc.models.state_change import REASON_LENGTH_MAX
from domains.kyc.particulars import TABLE
from domains.kyc.people import Person, parties_of, person_behind
from domains.kyc.tasks import open_and_close_tasks, refuse_claimed_by_others

# What an officer does who works on a profile: not while another one has claimed that work.
CLAIMABLE = {Action.BEGIN, Action.RECORD, Action.PROPOSE, Action.APPROVE, Action.REJECT, Action.RETURN}


@dataclass(slots=True)
class Step:
    """One permitted action on a locked profile; `end_step` makes it happen."""

    actor: Actor
    person: Person
    profile: KYCProfile
    move: Move
    reason: str


def lock_profile(actor: Actor, profile_id: UUID) -> tuple[KYCProfile, frozenset[Party]]:
    """Return a profile, locked with its open customer, and what the actor is to it.

    Raises ProfileNotFound, also when the actor is nothing to it, or CustomerClosed.
    """
    customer_id = KYCProfile.objects.filter(id=profile_id).values_list("customer_id", flat=True).first()
    parties = frozenset() if customer_id is None else parties_of(actor, customer_id)
    if customer_id is None or not parties:
        raise ProfileNotFound
    lock_open_customer(customer_id)
    return KYCProfile.objects.select_for_update().get(id=profile_id), parties


def begin_step(
    *, actor: Actor, profile_id: UUID, version: int | None, action: Action, reason: str = ""
) -> Step:
    """Lock a profile for an action and check that the actor may take it, now; call it in a transaction.

    `version` is the one that the actor read; None only from the program itself. Raises ProfileNotFound,
    CustomerClosed, StaleProfile, ActionNotAllowed, WrongState, TaskClaimed or InvalidReason.
    """
    profile, parties = lock_profile(actor, profile_id)
    if version is not None and profile.version != version:
        raise _stale(profile, parties)
    if not parties & parties_to(action):
        raise ActionNotAllowed(action)
    move = move_for(action, KYCStatus(profile.status), parties)
    if move is None:
        raise WrongState(action=action, status=profile.status, possible=list(states_for(action, parties)))
    person = person_behind(actor)
    if action in CLAIMABLE:
        refuse_claimed_by_others(profile, person)
    line = tidy_line(reason, length_max=REASON_LENGTH_MAX) if reason else ""
    if line is None or (move.needs_reason and not line):
        raise InvalidReason(REASON_LENGTH_MAX)
    return Step(actor, person, profile, move, line)


def end_step(
    step: Step,
    *,
    operation_name: str,
    changes: Sequence[Change] = (),
    evidence: Sequence[UUID] = (),
    maker: Person | None = None,
    reason: str | None = None,
    is_history: bool = False,
) -> None:
    """Write what a step changed: the profile with its next version, its history, and the audit trail.

    A step that leaves the state is no history, unless `is_history`: it changed what the state is worth.
    `maker` is given where the actor checks what somebody else made; `reason` replaces the actor's own.
    """
    profile, before = step.profile, step.profile.status
    after = _target(step)
    profile.held_status = before if after == KYCStatus.ON_HOLD else None
    profile.status = after
    profile.version += 1
    profile.updated_at, profile.updated_by = now(), step.person.id
    profile.save(force_update=True)
    open_and_close_tasks(profile)
    made = maker or step.person
    if after != before or is_history:
        record_state(
            profile,
            action=step.move.action,
            before=before,
            kind=ActorKind.USER if maker else step.actor.kind,
            maker=made,
            checker=step.person if maker else None,
            reason=step.reason if reason is None else reason,
            evidence=evidence,
        )
    if after != before:
        changes = [*changes, Change(TABLE, profile.id, "status", before, after, in_clear=True)]
    record_change(
        actor=step.actor, operation_name=operation_name, subjects=[profile.customer_id], changes=changes
    )


def record_state(
    profile: KYCProfile,
    *,
    action: Action,
    before: str | None,
    kind: ActorKind,
    maker: Person,
    checker: Person | None = None,
    reason: str = "",
    evidence: Sequence[UUID] = (),
) -> None:
    """Append the profile's present state to its history."""
    KYCStateChange.objects.create(
        profile=profile,
        action=action,
        from_status=before,
        to_status=profile.status,
        maker_kind=kind,
        maker_id=maker.id,
        maker_name=maker.name,
        checker_id=checker.id if checker else None,
        checker_name=checker.name if checker else "",
        reason=reason,
        evidence=list(evidence),
        risk_category=profile.risk_category,
        verified_at=profile.verified_at,
        next_due_on=profile.next_due_on,
        profile_version=profile.version,
        recorded_at=profile.updated_at,
    )


def _target(step: Step) -> str:
    if step.move.target is None:
        return step.profile.status
    if step.move.target == BEFORE_HOLD:  # one that was held before holds were recorded is verified anew
        return step.profile.held_status or KYCStatus.SUBMITTED
    return str(step.move.target)


def _stale(profile: KYCProfile, parties: frozenset[Party]) -> StaleProfile:
    """Return the conflict; a customer is not told which officer it was."""
    staff = parties & {Party.OFFICER, Party.OPERATIONS, Party.MANAGER}
    name = display_name_of(profile.updated_by) if staff else ""
    return StaleProfile(status=profile.status, changed_by=name or None, changed_at=profile.updated_at)
