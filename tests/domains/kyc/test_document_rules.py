"""Which documents approval needs: by risk, by date, told one by one, looked at by maker and checker."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from domains.kernel.actor import Actor
from domains.kernel.failures import Failure
from domains.kyc.decisions import confirm_decision, propose_decision
from domains.kyc.document_rules import RULES, DocumentRule, document_rule_on, documents_missing
from domains.kyc.models import DocumentKind, KYCDecision, KYCProfile, RiskCategory
from tests.domains.kyc.conftest import hand_over, prove


@pytest.fixture
def profile_id(maker: Actor, in_verification: Callable[[Actor], UUID]) -> UUID:
    """Return a profile about which everything is proved, and which holds no document."""
    profile_id = in_verification(maker)
    prove(profile_id, documents=False)
    return profile_id


def refused(actor: Actor, profile_id: UUID, risk: str) -> list[tuple[str, tuple[str | int, ...]]]:
    with pytest.raises(Failure) as caught:
        propose_decision(
            actor=actor, profile_id=profile_id, version=3, verdict="APPROVE", reason="x", risk_category=risk
        )
    return [(each.code, each.path) for each in (caught.value, *caught.value.also)]


@pytest.mark.parametrize(
    ("risk", "purposes"),
    [
        ("LOW", ["IDENTITY", "LIKENESS"]),
        ("MEDIUM", ["IDENTITY", "LIKENESS"]),
        ("HIGH", ["IDENTITY", "LIKENESS", "FUNDS"]),
    ],
)
def test_each_missing_document_is_named(
    maker: Actor, profile_id: UUID, risk: str, purposes: list[str]
) -> None:
    told = refused(maker, profile_id, risk)
    assert told == [("KYC_DOCUMENT_MISSING", ("documents", purpose)) for purpose in purposes]
    assert not KYCDecision.objects.exists()


def test_the_refusal_says_which_kinds_would_do(maker: Actor, profile_id: UUID) -> None:
    hand_over(profile_id, "PHOTOGRAPH")
    with pytest.raises(Failure) as caught:
        propose_decision(actor=maker, profile_id=profile_id, version=3, verdict="APPROVE", reason="x")
    assert "PASSPORT or DRIVING_LICENCE or VOTER_ID or MASKED_AADHAAR" in caught.value.message


def test_any_valid_kind_will_do_and_no_other(maker: Actor, profile_id: UUID) -> None:
    hand_over(profile_id, "PHOTOGRAPH", "PAN_CARD", "OTHER")
    assert refused(maker, profile_id, "LOW") == [("KYC_DOCUMENT_MISSING", ("documents", "IDENTITY"))]
    hand_over(profile_id, "VOTER_ID")
    propose_decision(actor=maker, profile_id=profile_id, version=3, verdict="APPROVE", reason="x")


def test_a_rejection_needs_no_document(maker: Actor, profile_id: UUID) -> None:
    propose_decision(actor=maker, profile_id=profile_id, version=3, verdict="REJECT", reason="x")


def test_the_checker_looks_at_the_documents_again(
    maker: Actor, checker: Actor, profile_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that has come into force between proposal and confirmation holds."""
    hand_over(profile_id, "PASSPORT", "PHOTOGRAPH")
    propose_decision(actor=maker, profile_id=profile_id, version=3, verdict="APPROVE", reason="x")
    funds_always = dict.fromkeys(RiskCategory, RULES[-1].demands[RiskCategory.HIGH])
    newer = DocumentRule("NEWER", date(2020, 1, 1), funds_always)
    monkeypatch.setattr("domains.kyc.document_rules.RULES", (*RULES, newer))
    with pytest.raises(Failure) as caught:
        confirm_decision(actor=checker, profile_id=profile_id, version=4)
    assert caught.value.code == "KYC_DOCUMENT_MISSING"
    assert KYCProfile.objects.get().status == "IN_VERIFICATION"


def test_rules_are_dated_and_whole() -> None:
    days = [rule.since for rule in RULES]
    assert days == sorted(set(days))
    assert all(rule.demands.keys() == set(RiskCategory) for rule in RULES)
    identity = [rule.demands[RiskCategory.LOW][0].any_of for rule in RULES]
    assert [DocumentKind.PAN_CARD in kinds for kinds in identity] == [True, False]
    assert document_rule_on(date(2000, 1, 1)) is RULES[0]
    assert document_rule_on(date(2019, 5, 28)).code == "RBI-KYC-2016-16"
    assert document_rule_on(date(2019, 5, 29)).code == "RBI-KYC-2019-16"


def test_a_pan_card_was_valid_until_2019(profile_id: UUID) -> None:
    hand_over(profile_id, "PAN_CARD", "PHOTOGRAPH")
    low = [(profile_id, RiskCategory.LOW)]
    assert documents_missing(low, on=date(2019, 5, 28)) == [[]]
    assert [each.purpose for each in documents_missing(low)[0]] == ["IDENTITY"]
