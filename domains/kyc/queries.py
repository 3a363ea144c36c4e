"""Reading profiles."""

from uuid import UUID

from domains.kyc.models import KYCProfile
from domains.vault.sealing import digest


def profile_id_for_customer(customer_id: UUID) -> UUID | None:
    """Return the id of the customer's profile, or None."""
    return KYCProfile.objects.filter(customer_id=customer_id).values_list("id", flat=True).first()


def holds_pan(*, customer_id: UUID, pan: str) -> bool | None:
    """Tell whether this canonical PAN is the customer's; None when no PAN of theirs is known."""
    known = KYCProfile.objects.filter(customer_id=customer_id).values_list("pan_digest", flat=True).first()
    if known is None:
        return None
    return bytes(known) == digest(purpose="kyc_kycprofile.pan", value=pan)
