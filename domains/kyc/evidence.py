"""Evidence: what the checks found out, and which of it still proves something of the present particulars."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from domains.customers.queries import full_name_of
from domains.kernel.clock import now
from domains.kernel.failures import Failure
from domains.kyc.failures import EvidenceAgainst, EvidenceMissing
from domains.kyc.models import Check, Finding, KYCEvidence, KYCProfile
from domains.kyc.particulars import read_particulars
from domains.vault.sealing import digest, digests

STANDS_DAYS = 90  # after that the world may have changed: a screening list, a closed account

# What each check is about: a particular, or the customer's name.
ABOUT: dict[Check, tuple[str, ...]] = {
    Check.PAN: ("pan", "full_name", "date_of_birth"),
    Check.AADHAAR_OFFLINE: ("aadhaar_reference", "aadhaar_last_four"),
    Check.BANK_ACCOUNT: ("bank_account", "bank_ifsc"),
    Check.NAME_MATCH: ("full_name", "pan"),
    Check.SCREENING: ("full_name", "date_of_birth"),
}


def checks_needed(profile: KYCProfile) -> list[Check]:
    """Return the checks that approval needs; a bank account only has to be real where one was given."""
    return [check for check in Check if check is not Check.BANK_ACCOUNT or profile.bank_account_sealed]


def facts_of(profile: KYCProfile) -> dict[str, str | None]:
    """Return the particulars and the name in clear: for the checks only."""
    return read_particulars(profile) | {"full_name": full_name_of(profile.customer_id)}


def digest_of(check: Check, facts: dict[str, str | None]) -> bytes:
    """Return the keyed digest of what a check is about."""
    return digest(purpose=_purpose(check), value=_told(check, facts))


def record_evidence(
    *,
    profile_id: UUID,
    check: Check,
    finding: Finding,
    about: bytes,
    confidence: Decimal | None = None,
    code: str = "",
    provider_id: UUID | None = None,
    provider_code: str = "",
    exchange_id: UUID | None = None,
) -> UUID:
    """Append what a check found and return its id."""
    return KYCEvidence.objects.create(
        profile_id=profile_id,
        check_kind=check,
        finding=finding,
        about_digest=about,
        confidence=confidence,
        code=code,
        provider_id=provider_id,
        provider_code=provider_code,
        exchange_id=exchange_id,
    ).id


def standing(profile: KYCProfile) -> dict[Check, KYCEvidence]:
    """Return the last answer to each check that is about the present particulars and not too old."""
    facts = facts_of(profile)
    since = now() - timedelta(days=STANDS_DAYS)
    rows = KYCEvidence.objects.filter(profile=profile, obtained_at__gte=since).order_by("obtained_at", "id")
    found: dict[Check, KYCEvidence] = {}
    for row in rows:
        check = Check(row.check_kind)
        if bytes(row.about_digest) in digests(purpose=_purpose(check), value=_told(check, facts)):
            found[check] = row
    return found


def checks_missing(profile_ids: Sequence[UUID]) -> list[list[str]]:
    """Return for each profile the checks that keep it from approval, in the order of the enum."""
    profiles = KYCProfile.objects.in_bulk(profile_ids)
    return [_missing(profiles[each]) for each in profile_ids]


def _missing(profile: KYCProfile) -> list[str]:
    found = standing(profile)
    needed = checks_needed(profile)
    return [c.value for c in needed if c not in found or found[c].finding == Finding.FAILED]


def faults_for_approval(needed: Iterable[Check], found: dict[Check, KYCEvidence]) -> Sequence[Failure]:
    """Return what of the evidence speaks against approval: EvidenceMissing or EvidenceAgainst, each by check."""
    faults: list[Failure] = []
    for check in needed:
        if check not in found:
            faults.append(EvidenceMissing(check.value))
        elif found[check].finding == Finding.FAILED:
            faults.append(EvidenceAgainst(check.value))
    return faults


def _purpose(check: Check) -> str:
    return f"kyc_kycevidence.{check.value}"


def _told(check: Check, facts: dict[str, str | None]) -> str:
    return "\x00".join(facts.get(name) or "" for name in ABOUT[check])
