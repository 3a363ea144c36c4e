"""A profile's life: who may do what in which state, and what the history tells of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domains.audit.queries import entries_about
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Failure, Invalid, NotAllowed, NotFound, Refused
from domains.kernel.identifiers import new_id
from domains.kyc.failures import ParticularMissing, StaleProfile
from domains.kyc.models import KYCProfile, KYCStateChange
from domains.kyc.operations import (
    create_profile,
    hold_profile,
    open_profile,
    renew_profile,
    resume_profile,
    submit_profile,
    update_profile,
)
from domains.kyc.queries import status_as_of
from domains.kyc.verification import begin_verification
from tests.domains.kyc.conftest import GIVEN, staff, version_of
from tests.domains.refusal import refuses


def refused(run: Callable[..., Any], **arguments: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        run(**arguments)
    return caught.value


def test_a_customer_fills_in_and_hands_in_their_own(owner: Actor, owner_id: UUID) -> None:
    profile_id = create_profile(actor=owner, customer_id=owner_id, particulars={"pan": "AAPPR8261K"})
    update_profile(actor=owner, profile_id=profile_id, version=1, particulars=GIVEN | {"pan": "aappr8261k"})
    submit_profile(actor=owner, profile_id=profile_id, version=2)
    profile = KYCProfile.objects.get(id=profile_id)
    assert (profile.status, profile.version, profile.pan_masked) == ("SUBMITTED", 3, "AAPPRXXXXK")
    told = list(KYCStateChange.objects.order_by("recorded_at").values_list("from_status", "to_status"))
    assert told == [(None, "DRAFT"), ("DRAFT", "SUBMITTED")]
    names = [entry.operation_name for entry in entries_about(owner_id)]
    assert names[:3] == ["submit_profile", "update_profile", "open_profile"]


def test_of_what_is_missing_every_part_is_told_by_its_place(owner: Actor, owner_id: UUID) -> None:
    given = {"pan": "AAPPR8261K", "bank_account": "50100012345678"}
    profile_id = create_profile(actor=owner, customer_id=owner_id, particulars=given)
    failure = refused(submit_profile, actor=owner, profile_id=profile_id, version=1)
    assert isinstance(failure, ParticularMissing)
    told = [each.path for each in (failure, *failure.also)]
    assert told == [
        ("aadhaarLastFour",), ("aadhaarReference",), ("dateOfBirth",), ("address",), ("bankIfsc",)
    ]  # fmt: skip
    assert KYCProfile.objects.get().status == "DRAFT"


def test_of_what_is_wrong_every_part_is_told_by_its_place(owner: Actor, owner_id: UUID) -> None:
    wrong = {"pan": "AAPXR8261K", "date_of_birth": "24-07-1985", "bank_ifsc": "HDFC1"}
    failure = refused(create_profile, actor=owner, customer_id=owner_id, particulars=wrong)
    told = [(each.code, each.path) for each in (failure, *failure.also)]
    assert told == [
        ("INVALID_PAN", ("pan",)), ("INVALID_DATE_OF_BIRTH", ("dateOfBirth",)), ("INVALID_IFSC", ("bankIfsc",))
    ]  # fmt: skip
    assert not KYCProfile.objects.exists()


def test_a_reference_of_another_aadhaar_number_is_refused(owner: Actor, draft_id: UUID) -> None:
    changed = {"aadhaar_last_four": "9999"}
    failure = refused(update_profile, actor=owner, profile_id=draft_id, version=1, particulars=changed)
    assert (failure.code, failure.path) == ("AADHAAR_DIFFERS", ("aadhaarReference",))


def test_a_second_profile_is_refused(owner: Actor, owner_id: UUID, draft_id: UUID) -> None:
    failure = refused(create_profile, actor=owner, customer_id=owner_id, particulars={})
    assert failure.code == "KYC_PROFILE_EXISTS"


def test_equal_values_change_nothing(owner: Actor, draft_id: UUID) -> None:
    update_profile(actor=owner, profile_id=draft_id, version=1, particulars=GIVEN)
    assert version_of(draft_id) == 1


def test_a_stale_version_tells_staff_who_and_when_and_customers_when(
    owner: Actor, maker: Actor, checker: Actor, draft_id: UUID
) -> None:
    update_profile(actor=maker, profile_id=draft_id, version=1, particulars={"address": "1, FC Road, Pune"})
    failure = refused(submit_profile, actor=checker, profile_id=draft_id, version=1)
    assert isinstance(failure, StaleProfile)
    assert failure.changed_by == "Meera Nair"
    assert failure.changed_at == KYCProfile.objects.get().updated_at
    assert "Meera Nair changed this profile at" in failure.message
    hidden = refused(submit_profile, actor=owner, profile_id=draft_id, version=1)
    assert isinstance(hidden, StaleProfile)
    assert hidden.changed_by is None
    assert "Meera" not in hidden.message


def test_a_stranger_learns_nothing(draft_id: UUID, stranger_id: UUID, owner: Actor) -> None:
    stranger = Actor(kind=owner.kind, customer_id=stranger_id, roles=owner.roles)
    for profile_id in (draft_id, new_id()):
        failure = refused(submit_profile, actor=stranger, profile_id=profile_id, version=1)
        assert isinstance(failure, NotFound)
        assert failure.code == "KYC_PROFILE_NOT_FOUND"
    manager = staff("kavita", "Kavita Menon", "relationship_manager")
    assert (
        refused(submit_profile, actor=manager, profile_id=draft_id, version=1).code == "KYC_PROFILE_NOT_FOUND"
    )


def test_what_the_state_forbids_is_refused_with_the_states_that_allow_it(
    maker: Actor, draft_id: UUID
) -> None:
    failure = refused(begin_verification, actor=maker, profile_id=draft_id, version=1)
    assert isinstance(failure, Refused)
    assert failure.code == "KYC_WRONG_STATE"
    assert (
        failure.message == "The profile is DRAFT; to begin it, it is possible in SUBMITTED, IN_VERIFICATION."
    )


def test_what_is_not_theirs_is_refused_to_customers(owner: Actor, draft_id: UUID) -> None:
    failure = refused(hold_profile, actor=owner, profile_id=draft_id, version=1, reason="x")
    assert isinstance(failure, NotAllowed)


def test_an_officer_is_no_officer_to_their_own_profile(draft_id: UUID, owner: Actor) -> None:
    both = Actor(kind=owner.kind, customer_id=owner.customer_id, roles=frozenset({"kyc_officer", "customer"}))
    submit_profile(actor=both, profile_id=draft_id, version=1)
    assert refused(begin_verification, actor=both, profile_id=draft_id, version=2).code == "KYC_NOT_ALLOWED"


def test_a_hold_interrupts_and_ends_where_it_began(
    maker: Actor, checker: Actor, in_verification: Callable[[Actor], UUID]
) -> None:
    profile_id = in_verification(maker)
    hold_profile(actor=checker, profile_id=profile_id, version=3, reason="A court order")
    assert KYCProfile.objects.get().held_status == "IN_VERIFICATION"
    resume_profile(actor=maker, profile_id=profile_id, version=4, reason="It was lifted")
    profile = KYCProfile.objects.get()
    assert (profile.status, profile.held_status) == ("IN_VERIFICATION", None)
    last = KYCStateChange.objects.order_by("-recorded_at").first()
    assert last is not None
    assert (last.action, last.maker_name, last.reason) == ("RESUME", "Meera Nair", "It was lifted")


@pytest.mark.parametrize("reason", ["", " \t", "a\x00", "x" * 501])
def test_a_hold_needs_a_reason(maker: Actor, draft_id: UUID, reason: str) -> None:
    failure = refused(hold_profile, actor=maker, profile_id=draft_id, version=1, reason=reason)
    assert isinstance(failure, Invalid)
    assert failure.path == ("reason",)


def test_one_that_was_held_before_holds_were_recorded_is_verified_anew(maker: Actor, draft_id: UUID) -> None:
    KYCProfile.objects.update(status="ON_HOLD")
    resume_profile(actor=maker, profile_id=draft_id, version=1, reason="Found")
    assert KYCProfile.objects.get().status == "SUBMITTED"


def test_a_rejected_profile_can_be_renewed_by_its_customer(owner: Actor, draft_id: UUID) -> None:
    KYCProfile.objects.update(status="REJECTED")
    renew_profile(actor=owner, profile_id=draft_id, version=1)
    assert KYCProfile.objects.get().status == "DRAFT"


def test_the_history_is_read_as_of_any_moment_and_only_grows(owner: Actor, draft_id: UUID) -> None:
    before = now()
    submit_profile(actor=owner, profile_id=draft_id, version=1)
    assert status_as_of(profile_id=draft_id, moment=before) == "DRAFT"
    assert status_as_of(profile_id=draft_id, moment=now()) == "SUBMITTED"
    assert status_as_of(profile_id=draft_id, moment=before - timedelta(days=1)) is None
    for table in ("kyc_kycstatechange", "kyc_kycevidence"):
        refuses("default", f"DELETE FROM {table}", because="permission denied")


def test_the_program_opens_but_decides_nothing(owner_id: UUID) -> None:
    program = Actor.system("import")
    profile_id = open_profile(actor=program, customer_id=owner_id, **GIVEN)
    failure = refused(submit_profile, actor=program, profile_id=profile_id, version=1)
    assert failure.code == "KYC_NOT_ALLOWED"
