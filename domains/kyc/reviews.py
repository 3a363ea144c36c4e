"""A PAN that two customers claim: a case for officers, of which neither customer is told.

The profile that claims it second keeps it as its own, contested, and goes its way up to approval. Two who claim
one PAN at the same moment are put in order by a lock on the PAN. Profiles are locked before their cases.
"""

from uuid import UUID

from django.db import connection, transaction

from domains.audit.operations import Change, record_change
from domains.identity.queries import display_name_of
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.text import tidy_line
from domains.kyc.failures import CaseNotFound, CaseResolved, InvalidChoice, InvalidReason
from domains.kyc.machine import Party, move_for
from domains.kyc.models import Action, KYCProfile, KYCReviewCase, KYCStatus, Resolution
from domains.kyc.models.state_change import REASON_LENGTH_MAX
from domains.kyc.particulars import TABLE, marks_of, set_particular
from domains.kyc.people import Person, parties_of, person_behind
from domains.kyc.step import Step, end_step
from domains.kyc.tasks import open_and_close_tasks

_CASES = "kyc_kycreviewcase"


def contest_pan(profile: KYCProfile) -> None:
    """Mark the PAN that was set on a profile as contested if another one holds it.

    Call it before the profile is saved, in the same transaction, and `review_pan` after that.
    """
    profile.pan_contested = False
    if profile.pan_digest is not None:
        _in_turn(profile)
        profile.pan_contested = _holder_of_pan(profile) is not None


def review_pan(*, actor: Actor, profile: KYCProfile) -> None:
    """Open the case of a contested PAN, if it is not open; end the case of a PAN that was changed since."""
    holder = _holder_of_pan(profile) if profile.pan_contested else None
    cases = KYCReviewCase.objects.filter(claimant=profile, resolution=None)
    for moot in cases.select_for_update().exclude(holder=holder) if holder else cases.select_for_update():
        moot.resolution, moot.resolved_at, moot.note = Resolution.HOLDERS, now(), "The claim was withdrawn."
        moot.save(force_update=True)
    if holder is None or cases.exists():
        open_and_close_tasks(profile)
        return
    case = KYCReviewCase.objects.create(claimant=profile, holder=holder)
    open_and_close_tasks(profile)
    change = Change(_CASES, case.id, "claimant", None, profile.id, in_clear=True)
    subjects = [profile.customer_id, holder.customer_id]
    record_change(actor=actor, operation_name="open_review_case", subjects=subjects, changes=[change])


@transaction.atomic
def resolve_review_case(*, actor: Actor, case_id: UUID, resolution: str, note: str) -> UUID:
    """Say whose the PAN is and return the case's id; the other one's profile loses it and goes on hold.

    A draft that was never verified stays a draft. Raises CaseNotFound, CaseResolved, InvalidChoice or
    InvalidReason.
    """
    line = tidy_line(note, length_max=REASON_LENGTH_MAX)
    if line is None:
        raise InvalidReason(REASON_LENGTH_MAX)
    if resolution not in Resolution.values:
        raise InvalidChoice("This is not a resolution.", path=("resolution",))
    claimant, loser = _locked(actor, case_id, resolution)
    case = KYCReviewCase.objects.select_for_update().get(id=case_id)
    if case.resolution is not None:
        name = display_name_of(case.resolved_by) or "The program"
        raise CaseResolved(changed_by=name, changed_at=case.resolved_at or case.opened_at)
    person = person_behind(actor)
    if resolution == Resolution.CLAIMANTS:
        others = KYCReviewCase.objects.filter(
            claimant__pan_digest__in=marks_of(claimant, "pan"), resolution=None
        )
        others.exclude(id=case.id).update(holder=claimant)
    if loser is not None:
        _take_pan(loser, actor=actor, person=person, reason=line)
    if loser is not claimant:
        claimant.pan_contested = False
        _touch(claimant, person)
    case.resolution, case.resolved_by, case.resolved_at, case.note = resolution, person.id, now(), line
    case.save(force_update=True)
    open_and_close_tasks(claimant)
    change = Change(_CASES, case.id, "resolution", None, resolution, in_clear=True)
    subjects = sorted({claimant.customer_id, *([loser.customer_id] if loser else [])})
    record_change(actor=actor, operation_name="resolve_review_case", subjects=subjects, changes=[change])
    return case.id


def _locked(actor: Actor, case_id: UUID, resolution: str) -> tuple[KYCProfile, KYCProfile | None]:
    """Return a case's claimant and who loses the PAN by the resolution, both locked in the order of their ids."""
    case = KYCReviewCase.objects.filter(id=case_id).select_related("claimant", "holder").first()
    if case is None:
        raise CaseNotFound
    parties = [parties_of(actor, each.customer_id) for each in (case.claimant, case.holder)]
    if not all(mine & {Party.OFFICER, Party.OPERATIONS} for mine in parties):
        raise CaseNotFound  # also to whom the case is about
    holder = _holder_of_pan(case.claimant)
    ids = [case.claimant_id, *([holder.id] if holder else [])]
    rows = KYCProfile.objects.select_for_update().filter(id__in=ids).order_by("id")
    locked = {profile.id: profile for profile in rows}
    claimant = locked[case.claimant_id]
    if resolution == Resolution.HOLDERS:
        return claimant, claimant
    return claimant, locked[holder.id] if holder else None


def _take_pan(loser: KYCProfile, *, actor: Actor, person: Person, reason: str) -> None:
    set_particular(loser, "pan", None)
    loser.pan_contested = False
    hold = move_for(Action.HOLD, loser.status, parties_of(actor, loser.customer_id))
    never_verified = loser.status == KYCStatus.DRAFT and loser.verified_at is None
    if hold is None or never_verified:
        _touch(loser, person)
        return
    change = Change(TABLE, loser.id, "pan", "held by another customer", None, in_clear=True)
    step = Step(actor, person, loser, hold, reason)
    end_step(step, operation_name="resolve_review_case", changes=[change])


def _touch(profile: KYCProfile, person: Person) -> None:
    profile.version += 1
    profile.updated_at, profile.updated_by = now(), person.id
    profile.save(force_update=True)


def _holder_of_pan(profile: KYCProfile) -> KYCProfile | None:
    holders = KYCProfile.objects.filter(pan_digest__in=marks_of(profile, "pan"), pan_contested=False)
    return holders.exclude(id=profile.id).first()


def _in_turn(profile: KYCProfile) -> None:
    """Wait until nobody else claims or resolves the same PAN; the lock ends with the transaction.

    The PAN is locked under every key of digests, in one order: two gateways share one of them at least, also
    while a new key is handed round.
    """
    locks = sorted(int.from_bytes(mark[:8], signed=True) for mark in marks_of(profile, "pan"))
    with connection.cursor() as cursor:
        for lock in locks:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
