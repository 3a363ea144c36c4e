"""What may happen to a profile up to its decision, and after it. Who may do it, in which state: `machine`."""

from typing import Any
from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change, record_change
from domains.customers.failures import CustomerNotFound
from domains.customers.operations import lock_open_customer
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Failure, raise_all
from domains.kyc.decisions import refuse_while_pending, withdraw_pending
from domains.kyc.failures import ActionNotAllowed, ParticularMissing, ProfileExists
from domains.kyc.machine import parties_to
from domains.kyc.models import Action, KYCProfile
from domains.kyc.particulars import (
    IDENTIFYING,
    NEEDED,
    PARTICULARS,
    TABLE,
    Particulars,
    parse_particulars,
    read_particulars,
    require_consistent,
    set_particular,
)
from domains.kyc.people import parties_of, person_behind
from domains.kyc.reviews import contest_pan, review_pan
from domains.kyc.step import Step, begin_step, end_step, record_state


@transaction.atomic
def open_profile(*, actor: Actor, customer_id: UUID, **particulars: str | None) -> UUID:
    """Open a DRAFT profile for the customer and return its id; one that is there already stays as it is.

    `particulars` are those of `domains.kyc.particulars`; `date_of_birth` is an ISO 8601 date. A PAN that another
    customer's profile holds opens a review case, of which the caller is not told. Raises CustomerNotFound,
    CustomerClosed, ActionNotAllowed, or the Invalid of a value that is not what it should be.
    """
    values = parse_particulars(particulars)
    require_consistent(values)
    lock_open_customer(customer_id)
    known = KYCProfile.objects.filter(customer_id=customer_id).values_list("id", flat=True).first()
    return known if known is not None else _open(actor, customer_id, values)


@transaction.atomic
def create_profile(*, actor: Actor, customer_id: UUID, particulars: Particulars) -> UUID:
    """Open a DRAFT profile for a customer who has none and return its id.

    Raises what `open_profile` does (CustomerNotFound also when the actor is nothing to them), or ProfileExists.
    """
    values = parse_particulars(particulars)
    require_consistent(values)
    _require_may_open(actor, customer_id)
    lock_open_customer(customer_id)
    if KYCProfile.objects.filter(customer_id=customer_id).exists():
        raise ProfileExists
    return _open(actor, customer_id, values)


@transaction.atomic
def update_profile(*, actor: Actor, profile_id: UUID, version: int, particulars: Particulars) -> UUID:
    """Change what is given (None removes it) and return the profile's id; equal values change nothing.

    Who becomes somebody else by it is verified no more, although they had time until they were due.
    Raises what `begin_step` does, DecisionPending, or the Invalid of a value that is not what it should be.
    """
    values = parse_particulars(particulars)
    step = begin_step(actor=actor, profile_id=profile_id, version=version, action=Action.UPDATE)
    refuse_while_pending(step.profile)
    before = read_particulars(step.profile)
    require_consistent(before | values)
    changed = {name: value for name, value in values.items() if before[name] != value}
    if not changed:
        return step.profile.id
    for name, value in changed.items():
        set_particular(step.profile, name, value)
    if "pan" in changed:
        contest_pan(step.profile)
    loses_verification = step.profile.verified_at is not None and bool(IDENTIFYING & changed.keys())
    if loses_verification:
        step.profile.verified_at = step.profile.next_due_on = None
    changes = [Change(TABLE, profile_id, name, before[name], value) for name, value in changed.items()]
    end_step(step, operation_name="update_profile", changes=changes, is_history=loses_verification)
    if "pan" in changed:
        review_pan(actor=actor, profile=step.profile)
    return step.profile.id


@transaction.atomic
def submit_profile(*, actor: Actor, profile_id: UUID, version: int) -> UUID:
    """Hand a draft in for verification and return the profile's id.

    Raises what `begin_step` does, or ParticularMissing for each that is needed and not there.
    """
    step = begin_step(actor=actor, profile_id=profile_id, version=version, action=Action.SUBMIT)
    known = read_particulars(step.profile)
    faults: list[Failure] = [ParticularMissing(PARTICULARS[name].place) for name in NEEDED if not known[name]]
    if bool(known["bank_account"]) != bool(known["bank_ifsc"]):
        faults.append(ParticularMissing("bankIfsc" if known["bank_account"] else "bankAccount"))
    raise_all(faults)
    return _ended(step, "submit_profile")


@transaction.atomic
def hold_profile(*, actor: Actor, profile_id: UUID, version: int, reason: str) -> UUID:
    """Stop everything about a profile for a reason and return its id; a proposed decision is withdrawn.

    Raises what `begin_step` does.
    """
    step = begin_step(actor=actor, profile_id=profile_id, version=version, action=Action.HOLD, reason=reason)
    withdraw_pending(step)
    return _ended(step, "hold_profile")


@transaction.atomic
def resume_profile(*, actor: Actor, profile_id: UUID, version: int, reason: str) -> UUID:
    """Let a held profile go on from the state that the hold interrupted and return its id.

    Raises what `begin_step` does.
    """
    step = begin_step(
        actor=actor, profile_id=profile_id, version=version, action=Action.RESUME, reason=reason
    )
    return _ended(step, "resume_profile")


@transaction.atomic
def renew_profile(*, actor: Actor, profile_id: UUID, version: int) -> UUID:
    """Make a profile a draft again, to be brought up to date, and return its id.

    What was verified stands until it is due. Raises what `begin_step` does.
    """
    step = begin_step(actor=actor, profile_id=profile_id, version=version, action=Action.RENEW)
    return _ended(step, "renew_profile")


def _require_may_open(actor: Actor, customer_id: UUID) -> None:
    parties = parties_of(actor, customer_id)
    if not parties:
        raise CustomerNotFound
    if not parties & parties_to(Action.OPEN):
        raise ActionNotAllowed(Action.OPEN)


def _open(actor: Actor, customer_id: UUID, values: Particulars) -> UUID:
    _require_may_open(actor, customer_id)
    person, moment = person_behind(actor), now()
    profile = KYCProfile(customer_id=customer_id, created_at=moment, updated_at=moment, updated_by=person.id)
    for name, value in values.items():
        set_particular(profile, name, value)
    contest_pan(profile)
    profile.save(force_insert=True)
    review_pan(actor=actor, profile=profile)
    record_state(profile, action=Action.OPEN, before=None, kind=actor.kind, maker=person)
    changes: list[Any] = [
        Change(TABLE, profile.id, name, None, value) for name, value in values.items() if value
    ]
    record_change(actor=actor, operation_name="open_profile", subjects=[customer_id], changes=changes)
    return profile.id


def _ended(step: Step, operation_name: str) -> UUID:
    end_step(step, operation_name=operation_name)
    return step.profile.id
