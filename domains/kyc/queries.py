"""Reading profiles."""

from uuid import UUID

from domains.kyc.models import KYCProfile


def profile_id_for_customer(customer_id: UUID) -> UUID | None:
    """Return the id of the customer's profile, or None."""
    return KYCProfile.objects.filter(customer_id=customer_id).values_list("id", flat=True).first()
