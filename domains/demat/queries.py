"""Finding demat accounts."""

from uuid import UUID

from domains.demat.models import DematAccount, DematHolder, DematStatus
from domains.kernel.failures import Refused


class DematAccountNotHeld(Refused):
    """The customer does not hold the demat account, or there is none."""

    code = "DEMAT_ACCOUNT_NOT_HELD"

    def __init__(self) -> None:
        super().__init__("The customer holds no such demat account.", path=("dematAccountId",))


class DematAccountNotActive(Refused):
    """The account is frozen or closed."""

    code = "DEMAT_ACCOUNT_NOT_ACTIVE"

    def __init__(self, status: str) -> None:
        super().__init__(f"This demat account is {status.lower()}.", path=("dematAccountId",))


def account_id_for_boid(bo_id: str) -> UUID | None:
    """Return the id of the account with a canonical BO ID, or None."""
    return DematAccount.objects.filter(bo_id=bo_id).values_list("id", flat=True).first()


def holds_account(*, customer_id: UUID, account_id: UUID) -> bool:
    """Tell whether the customer is one of the account's holders."""
    return DematHolder.objects.filter(customer_id=customer_id, account_id=account_id).exists()


def require_holder(*, customer_id: UUID, account_id: UUID) -> None:
    """Raise DematAccountNotHeld unless the customer is one of the account's holders."""
    if not holds_account(customer_id=customer_id, account_id=account_id):
        raise DematAccountNotHeld


def require_dealable(*, customer_id: UUID, account_id: UUID) -> None:
    """Raise DematAccountNotHeld or DematAccountNotActive unless the customer may deal in the account."""
    require_holder(customer_id=customer_id, account_id=account_id)
    status = DematAccount.objects.values_list("status", flat=True).get(id=account_id)
    if status != DematStatus.ACTIVE:
        raise DematAccountNotActive(status)


def bo_id_of(account_id: UUID) -> str:
    """Return the BO ID of an account that is there."""
    return DematAccount.objects.values_list("bo_id", flat=True).get(id=account_id)
