"""Opening a KYC profile: sealed, masked, one per customer, one PAN per person."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from domains.audit.queries import entries_about
from domains.customers.operations import close_customer
from domains.kernel.actor import Actor
from domains.kernel.failures import Invalid, NotFound, Refused
from domains.kernel.identifiers import new_id
from domains.kyc.models import KYCProfile
from domains.kyc.operations import open_profile
from domains.kyc.particulars import parse_particulars
from domains.kyc.queries import profile_id_for_customer
from domains.vault.sealing import BrokenSeal, digest, open_sealed
from tests.domains.refusal import breaks

PAN = "AAPPR8261K"
GIVEN = {
    "pan": PAN,
    "aadhaar_last_four": "2346",
    "aadhaar_reference": "234620190308114407437",
    "date_of_birth": "1985-07-24",
    "address": "12, MG Road, Pune 411001",
}


def test_a_profile_starts_as_a_draft_with_everything_sealed(owner_id: UUID, officer: Actor) -> None:
    profile_id = open_profile(actor=officer, customer_id=owner_id, **GIVEN)
    profile = KYCProfile.objects.get(id=profile_id)
    assert (profile.status, profile.risk_category, profile.aadhaar_last_four) == ("DRAFT", "LOW", "2346")
    assert profile.pan_masked == "AAPPRXXXXK"
    assert profile.aadhaar_reference_masked == "2346" + "X" * 17
    assert profile.date_of_birth_masked == "XXXX-XX-XX"
    assert profile.address_masked == "[address withheld]"
    for column in ("pan", "aadhaar_reference", "date_of_birth", "address"):
        sealed = getattr(profile, f"{column}_sealed")
        assert GIVEN[column].encode() not in bytes(sealed)
        assert (
            open_sealed(table_column=f"kyc_kycprofile.{column}", pk=profile_id, sealed=sealed)
            == GIVEN[column]
        )
    assert profile_id_for_customer(owner_id) == profile_id


def test_a_ciphertext_moved_to_another_customers_profile_does_not_open(
    owner_id: UUID, stranger_id: UUID, officer: Actor
) -> None:
    first = KYCProfile.objects.get(id=open_profile(actor=officer, customer_id=owner_id, pan=PAN))
    second = open_profile(actor=officer, customer_id=stranger_id)
    assert first.pan_sealed is not None
    with pytest.raises(BrokenSeal):
        open_sealed(table_column="kyc_kycprofile.pan", pk=second, sealed=first.pan_sealed)


def test_opening_it_again_changes_nothing(owner_id: UUID, officer: Actor) -> None:
    first = open_profile(actor=officer, customer_id=owner_id, **GIVEN)
    second = open_profile(actor=officer, customer_id=owner_id, pan="AAPPX1111Z")
    assert first == second
    assert KYCProfile.objects.get().pan_masked == "AAPPRXXXXK"
    assert [entry.operation_name for entry in entries_about(owner_id)].count("open_profile") == 1


def test_a_profile_is_found_by_the_digest_of_its_pan(owner_id: UUID, officer: Actor) -> None:
    profile_id = open_profile(actor=officer, customer_id=owner_id, pan=PAN)
    wanted = digest(purpose="kyc_kycprofile.pan", value=PAN)
    assert KYCProfile.objects.get(pan_digest=wanted).id == profile_id


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"pan": "AAPXR8261K"}, "INVALID_PAN", ("pan",)),
        ({"aadhaar_last_four": "234"}, "INVALID_AADHAAR", ("aadhaarLastFour",)),
        ({"aadhaar_reference": "1"}, "INVALID_AADHAAR_REFERENCE", ("aadhaarReference",)),
        ({"date_of_birth": "24-07-1985"}, "INVALID_DATE_OF_BIRTH", ("dateOfBirth",)),
        ({"address": "a\x00"}, "INVALID_ADDRESS", ("address",)),
    ],
)
def test_what_a_profile_can_not_hold_is_refused(
    owner_id: UUID, officer: Actor, given: dict[str, str], code: str, path: tuple[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        open_profile(actor=officer, customer_id=owner_id, **given)
    assert (refused.value.code, refused.value.path) == (code, path)
    assert not KYCProfile.objects.exists()


def test_a_birth_is_judged_by_the_date_in_india(
    owner_id: UUID, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_past_midnight = datetime(2026, 3, 31, 19, 0, tzinfo=UTC)
    monkeypatch.setattr("domains.kernel.days.now", lambda: half_past_midnight)
    assert open_profile(actor=officer, customer_id=owner_id, date_of_birth="2026-04-01")
    with pytest.raises(Invalid):
        parse_particulars({"date_of_birth": "2026-04-02"})


def test_there_is_no_profile_without_an_open_customer(owner_id: UUID, officer: Actor) -> None:
    with pytest.raises(NotFound):
        open_profile(actor=officer, customer_id=new_id())
    close_customer(actor=officer, customer_id=owner_id)
    with pytest.raises(Refused):
        open_profile(actor=officer, customer_id=owner_id)


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"status": "MAYBE"}, "kyc_status_known"),
        ({"risk_category": "NONE"}, "kyc_risk_known"),
        ({"aadhaar_last_four": "12x4"}, "kyc_aadhaar_last_four"),
        ({"pan_sealed": b"1", "pan_masked": "X"}, "kyc_pan_sealed"),
        ({"address_sealed": b"1"}, "kyc_address_sealed"),
        ({"date_of_birth_masked": "X"}, "kyc_date_of_birth_sealed"),
        ({"aadhaar_reference_sealed": b"1"}, "kyc_aadhaar_reference_sealed"),
    ],
)
def test_the_database_refuses_a_profile_that_can_not_be(
    owner_id: UUID, given: dict[str, object], constraint: str
) -> None:
    with breaks(constraint):
        KYCProfile.objects.create(customer_id=owner_id, next_due_on=date(2028, 1, 1), **given)
