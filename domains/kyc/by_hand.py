"""Evidence that an officer records by hand: what was seen in the branch, or told on the telephone."""

from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change
from domains.kernel.actor import Actor
from domains.kernel.text import tidy_line
from domains.kyc.decisions import refuse_while_pending
from domains.kyc.evidence import digest_of, facts_of
from domains.kyc.failures import InvalidChoice, InvalidReason, InvalidReference
from domains.kyc.models import Action, Check, Finding, KYCEvidence
from domains.kyc.models.evidence import REFERENCE_LENGTH_MAX
from domains.kyc.models.state_change import REASON_LENGTH_MAX
from domains.kyc.step import begin_step, end_step


@transaction.atomic
def record_by_hand(
    *,
    actor: Actor,
    profile_id: UUID,
    version: int,
    check: str,
    finding: str,
    reference: str,
    note: str,
) -> UUID:
    """Append what an officer found out about a check and return the profile's id.

    It is about the particulars as they are now and stands as long as a bureau's answer. `reference` says where the
    proof lies, `note` what was seen. Raises what `begin_step` does, InvalidChoice, InvalidReason (of the note),
    InvalidReference or DecisionPending.
    """
    if check not in Check.values:
        raise InvalidChoice("This is not a check.", path=("check",))
    if finding not in Finding.values:
        raise InvalidChoice("This is not a finding.", path=("finding",))
    seen = tidy_line(note, length_max=REASON_LENGTH_MAX)
    if seen is None:
        raise InvalidReason(REASON_LENGTH_MAX, "note")
    place = tidy_line(reference, length_max=REFERENCE_LENGTH_MAX)
    if place is None:
        raise InvalidReference(REFERENCE_LENGTH_MAX)
    step = begin_step(actor=actor, profile_id=profile_id, version=version, action=Action.RECORD, reason=seen)
    refuse_while_pending(step.profile)
    row = KYCEvidence.objects.create(
        profile=step.profile,
        check_kind=check,
        finding=finding,
        about_digest=digest_of(Check(check), facts_of(step.profile)),
        recorded_by=step.person.id,
        recorded_by_name=step.person.name,
        reference=place,
        note=seen,
    )
    change = Change("kyc_kycevidence", row.id, check, None, finding, in_clear=True)
    end_step(step, operation_name="record_by_hand", changes=[change])
    return step.profile.id
