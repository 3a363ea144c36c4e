"""Officers and a profile that lacks nothing; all invented."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest

from domains.customers.queries import full_name_of
from domains.kernel.actor import Actor, ActorKind
from domains.kyc.evidence import digest_of, facts_of, record_evidence
from domains.kyc.models import Check, Finding, KYCDocument, KYCProfile
from domains.kyc.operations import open_profile, submit_profile
from domains.kyc.verification import begin_verification
from tests.people import make_user

GIVEN = {
    "pan": "AAPPR8261K",
    "aadhaar_last_four": "2346",
    "aadhaar_reference": "234620190308114407437",
    "date_of_birth": "1985-07-24",
    "address": "12, MG Road, Pune 411001",
}


def staff(username: str, display_name: str, *roles: str) -> Actor:
    user = make_user(username, *roles)
    user.display_name = display_name
    user.save()
    return Actor(kind=ActorKind.USER, id=user.id, roles=frozenset(roles), correlation_id="correlation-1")


@pytest.fixture
def maker(db: None) -> Actor:
    return staff("meera", "Meera Nair", "kyc_officer")


@pytest.fixture
def checker(db: None) -> Actor:
    return staff("arjun", "Arjun Deshpande", "kyc_officer")


@pytest.fixture
def owner(owner_id: UUID) -> Actor:
    return Actor(kind=ActorKind.USER, customer_id=owner_id, roles=frozenset({"customer"}), correlation_id="c")


def version_of(profile_id: UUID) -> int:
    return KYCProfile.objects.get(id=profile_id).version


def hand_over(profile_id: UUID, *kinds: str) -> None:
    """Let a profile hold a document of each kind; of all that high risk needs, if none is given."""
    for kind in kinds or ("PASSPORT", "PHOTOGRAPH", "BANK_STATEMENT"):
        KYCDocument.objects.get_or_create(
            profile_id=profile_id,
            kind=kind,
            defaults={
                "content_type": "PDF", "size_bytes": 1, "content_digest": b"x", "key_sealed": b"x",
                "content": b"x",
            },
        )  # fmt: skip


def prove(profile_id: UUID, *, documents: bool = True, **findings: Finding) -> None:
    """Record that every check passed, but those for which another finding is given; hand documents over."""
    if documents:
        hand_over(profile_id)
    profile = KYCProfile.objects.get(id=profile_id)
    facts = facts_of(profile)
    assert facts["full_name"] == full_name_of(profile.customer_id)
    for check in Check:
        record_evidence(
            profile_id=profile_id,
            check=check,
            finding=findings.get(check.name, Finding.PASSED),
            about=digest_of(check, facts),
            confidence=Decimal("0.98"),
        )


@pytest.fixture
def draft_id(owner_id: UUID, officer: Actor) -> UUID:
    return open_profile(actor=officer, customer_id=owner_id, **GIVEN)


@pytest.fixture
def in_verification(draft_id: UUID) -> Callable[[Actor], UUID]:
    """Return what takes the draft into verification by an officer."""

    def bring(actor: Actor) -> UUID:
        submit_profile(actor=actor, profile_id=draft_id, version=1)
        return begin_verification(actor=actor, profile_id=draft_id, version=2)

    return bring
