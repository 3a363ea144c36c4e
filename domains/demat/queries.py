"""Finding demat accounts."""

from uuid import UUID

from domains.demat.models import DematAccount, DematHolder


def account_id_for_boid(bo_id: str) -> UUID | None:
    """Return the id of the account with a canonical BO ID, or None."""
    return DematAccount.objects.filter(bo_id=bo_id).values_list("id", flat=True).first()


def holds_account(*, customer_id: UUID, account_id: UUID) -> bool:
    """Tell whether the customer is one of the account's holders."""
    return DematHolder.objects.filter(customer_id=customer_id, account_id=account_id).exists()
