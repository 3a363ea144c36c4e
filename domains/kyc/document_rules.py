"""Which documents a profile needs before it is approved, as dated data by risk.

Sources: RBI, Master Direction - Know Your Customer (KYC) Direction, 2016, section 16 (an officially valid document
and one recent photograph) and section 3 (which documents are officially valid). The amendment of 29 May 2019 took
the PAN card out of them and lets Aadhaar prove identity with its number masked. The sector's Directions of 28
November 2025, which took the Direction's place, keep this. That a customer of high risk shows where their money
comes from is enhanced due diligence; that a bank statement shows it is ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import models

from domains.kernel.days import today
from domains.kernel.failures import Failure, Refused
from domains.kyc.models import DocumentKind, KYCDocument, KYCProfile, RiskCategory


class DocumentPurpose(models.TextChoices):
    """What a document is to prove or to show."""

    IDENTITY = "IDENTITY"
    LIKENESS = "LIKENESS"
    FUNDS = "FUNDS"


@dataclass(frozen=True, slots=True)
class Demand:
    """One document that is needed; any of these kinds will do."""

    purpose: DocumentPurpose
    any_of: tuple[DocumentKind, ...]


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """What is demanded from a day on, until the next rule."""

    code: str
    since: date
    demands: Mapping[RiskCategory, tuple[Demand, ...]]


class DocumentMissing(Refused):
    """A document that approval needs is not there; tells which kinds would do."""

    code = "KYC_DOCUMENT_MISSING"

    def __init__(self, demand: Demand, rule: DocumentRule) -> None:
        kinds = " or ".join(kind.value for kind in demand.any_of)
        super().__init__(
            f"A document that shows {demand.purpose.value} is missing: {kinds} ({rule.code}).",
            path=("documents", demand.purpose.value),
        )


def _by_risk(identity: tuple[DocumentKind, ...]) -> dict[RiskCategory, tuple[Demand, ...]]:
    always = (
        Demand(DocumentPurpose.IDENTITY, identity),
        Demand(DocumentPurpose.LIKENESS, (DocumentKind.PHOTOGRAPH,)),
    )
    funds = Demand(DocumentPurpose.FUNDS, (DocumentKind.BANK_STATEMENT,))
    return {RiskCategory.LOW: always, RiskCategory.MEDIUM: always, RiskCategory.HIGH: (*always, funds)}


_VALID = (
    DocumentKind.PASSPORT,
    DocumentKind.DRIVING_LICENCE,
    DocumentKind.VOTER_ID,
    DocumentKind.MASKED_AADHAAR,
)
RULES: tuple[DocumentRule, ...] = (
    DocumentRule("RBI-KYC-2016-16", date(2016, 2, 25), _by_risk((*_VALID, DocumentKind.PAN_CARD))),
    DocumentRule("RBI-KYC-2019-16", date(2019, 5, 29), _by_risk(_VALID)),
)


def document_rule_on(day: date) -> DocumentRule:
    """Return the rule that holds on a day; the first one also for days before it."""
    begun = [rule for rule in RULES if rule.since <= day]
    return begun[-1] if begun else RULES[0]


def documents_missing(
    asked: Sequence[tuple[UUID, RiskCategory]], *, on: date | None = None
) -> list[list[Demand]]:
    """Return what each profile lacks of what is demanded at a risk, on a date in India (None: today)."""
    demands = document_rule_on(on or today()).demands
    held: dict[UUID, set[str]] = {profile_id: set() for profile_id, _ in asked}
    rows = KYCDocument.objects.filter(profile__in=held).values_list("profile", "kind")
    for profile_id, kind in rows:
        held[profile_id].add(kind)
    return [
        [demand for demand in demands[risk] if not held[profile_id].intersection(demand.any_of)]
        for profile_id, risk in asked
    ]


def faults_of_documents(profile: KYCProfile, risk: RiskCategory) -> list[Failure]:
    """Return a DocumentMissing for each document that approval at this risk needs and that is not there."""
    (missing,), rule = documents_missing([(profile.id, risk)]), document_rule_on(today())
    return [DocumentMissing(demand, rule) for demand in missing]
