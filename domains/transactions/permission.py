"""Who may have transactions made for whom, and whether the customer may have any made today."""

from uuid import UUID

from domains.customers.failures import CustomerNotFound
from domains.customers.operations import lock_dealing_customer, lock_open_customer
from domains.kernel.actor import Actor
from domains.kernel.failures import Refused
from domains.kyc.duty_rules import CustomerAction
from domains.kyc.queries import can_do

ON_BEHALF = frozenset({"operations"})


class KycForbids(Refused):
    """The customer's KYC does not allow it today."""

    code = "KYC_FORBIDS"

    def __init__(self, reason: str, rule: str) -> None:
        super().__init__(f"{reason} It forbids this today ({rule}).", path=("customerId",))


def lock_customer(*, actor: Actor, customer_id: UUID | None, though_frozen: bool = False) -> UUID:
    """Return the customer for whom the actor may act, by default the actor's own, locked until the end.

    To others it is as if the customer did not exist. Of one who is frozen nothing goes out; `though_frozen` is for
    what comes back to them. Raises CustomerNotFound, CustomerClosed or CustomerFrozen.
    """
    key = customer_id or actor.customer_id
    if key is None or (key != actor.customer_id and not actor.roles & ON_BEHALF):
        raise CustomerNotFound
    (lock_open_customer if though_frozen else lock_dealing_customer)(key)
    return key


def require_kyc(customer_id: UUID, action: CustomerAction) -> None:
    """Raise KycForbids, with the rule, unless the customer's KYC allows this today."""
    permission = can_do(customer_id=customer_id, action=action)
    if not permission.allowed:
        raise KycForbids(permission.reason, permission.rule)
