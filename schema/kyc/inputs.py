"""What mutations of KYC take."""

import strawberry

from schema.kyc.words import KYCCheck, KYCFinding, KYCResolution, KYCVerdict, RiskCategory


def _told(description: str) -> str | None:
    told: str | None = strawberry.field(default=strawberry.UNSET, description=description)
    return told


@strawberry.input(description="A new KYC profile.")
class CreateKYCProfileInput:
    """A new KYC profile."""

    customer: strawberry.ID = strawberry.field(description="The customer's global id.")
    pan: str | None = _told("The permanent account number.")
    aadhaar_last_four: str | None = _told("The last four digits of the Aadhaar number; never more.")
    aadhaar_reference: str | None = _told("UIDAI's reference id of the offline verification.")
    date_of_birth: str | None = _told("The date of birth, ISO 8601.")
    address: str | None = _told("The postal address.")
    bank_account: str | None = _told("The bank account that pays and is paid.")
    bank_ifsc: str | None = _told("The IFSC of that account's branch.")


@strawberry.input(description="Changes to a KYC profile; what is left out stays, null removes.")
class UpdateKYCProfileInput:
    """Changes to a KYC profile; what is left out stays, null removes."""

    id: strawberry.ID = strawberry.field(description="The profile's global id.")
    version: int = strawberry.field(description="The version that you read.")
    pan: str | None = _told("The permanent account number.")
    aadhaar_last_four: str | None = _told("The last four digits of the Aadhaar number; never more.")
    aadhaar_reference: str | None = _told("UIDAI's reference id of the offline verification.")
    date_of_birth: str | None = _told("The date of birth, ISO 8601.")
    address: str | None = _told("The postal address.")
    bank_account: str | None = _told("The bank account that pays and is paid.")
    bank_ifsc: str | None = _told("The IFSC of that account's branch.")


@strawberry.input(description="A KYC profile as you read it.")
class KYCProfileVersionInput:
    """A KYC profile as you read it."""

    id: strawberry.ID = strawberry.field(description="The profile's global id.")
    version: int = strawberry.field(description="The version that you read.")


@strawberry.input(description="A KYC profile as you read it, and why something is done to it.")
class KYCProfileReasonInput(KYCProfileVersionInput):
    """A KYC profile as you read it, and why something is done to it."""

    reason: str = strawberry.field(description="Why: 1 to 500 characters, kept in the history.")


@strawberry.input(description="A verdict on a KYC profile.")
class ProposeKYCDecisionInput(KYCProfileReasonInput):
    """A verdict on a KYC profile."""

    verdict: KYCVerdict = strawberry.field(description="To approve or to reject.")
    risk_category: RiskCategory | None = strawberry.field(
        default=None, description="The risk category given by approval; the present one if left out."
    )


@strawberry.input(description="What an officer found out about a check by hand.")
class RecordKYCEvidenceInput(KYCProfileVersionInput):
    """What an officer found out about a check by hand."""

    check: KYCCheck = strawberry.field(description="What was checked.")
    finding: KYCFinding = strawberry.field(description="What was found.")
    reference: str = strawberry.field(description="Where the proof lies: 1 to 100 characters.")
    note: str = strawberry.field(description="What was seen, by whom told: 1 to 500 characters.")


@strawberry.input(description="Whose a contested PAN is.")
class ResolveKYCReviewCaseInput:
    """Whose a contested PAN is."""

    id: strawberry.ID = strawberry.field(description="The review case's global id.")
    resolution: KYCResolution = strawberry.field(description="Whose the PAN is.")
    note: str = strawberry.field(description="How that was settled: 1 to 500 characters.")
