"""Who may have transactions made for whom, and whether the customer may have any made today."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domains.customers.failures import CustomerNotFound
from domains.customers.operations import dealing_asked, require_dealing
from domains.kernel.actor import Actor
from domains.kernel.failures import Refused
from domains.kernel.prepared import Answer, Asked, ask
from domains.kyc.duty_rules import CustomerAction
from domains.kyc.queries import permission_by, standing_asked
from domains.providers.queries import any_enabled_asked
from domains.providers.words import Capability
from domains.transactions.models import TransactionKind

ACTIONS: Mapping[TransactionKind, CustomerAction] = {
    TransactionKind.PAYMENT: CustomerAction.PAY,
    TransactionKind.TRANSFER: CustomerAction.PAY,
    TransactionKind.BUY: CustomerAction.INVEST,
    TransactionKind.PURCHASE: CustomerAction.INVEST,
    TransactionKind.SELL: CustomerAction.REDEEM,
    TransactionKind.REDEMPTION: CustomerAction.REDEEM,
}
ON_BEHALF = frozenset({"operations"})


class KycForbids(Refused):
    """The customer's KYC does not allow it today."""

    code = "KYC_FORBIDS"

    def __init__(self, reason: str, rule: str) -> None:
        super().__init__(f"{reason} It forbids this today ({rule}).", path=("customerId",))


class NoProviderNow(Refused):
    """Every provider that could do it is turned off: nothing is begun that could only wait."""

    code = "NO_PROVIDER"

    def __init__(self, what: str) -> None:
        super().__init__(f"No provider of {what} is turned on now; nothing was begun.")


def customer_for(*, actor: Actor, customer_id: UUID | None) -> UUID:
    """Return the customer for whom the actor may act, by default the actor's own.

    To others it is as if the customer did not exist: raises CustomerNotFound.
    """
    key = customer_id or actor.customer_id
    if key is None or (key != actor.customer_id and not actor.roles & ON_BEHALF):
        raise CustomerNotFound
    return key


def permission_asked(customer_id: UUID, capability: Capability) -> list[Asked]:
    """Return what must be known for `require_permission`: lock the customer before it is asked."""
    return [
        dealing_asked(customer_id),
        standing_asked(customer_id=customer_id),
        any_enabled_asked(capability),
    ]


def require_permission(
    answers: Sequence[Answer], *, customer_id: UUID, action: CustomerAction, capability: Capability
) -> None:
    """Raise unless something may go out for the customer today, by what `permission_asked` found.

    Raises CustomerNotFound, CustomerClosed, CustomerFrozen, KycForbids, with the rule, or NoProviderNow.
    """
    dealing, standing, provider = answers
    require_dealing(dealing)
    _require_kyc(standing, customer_id, action)
    if provider is None:
        raise NoProviderNow(capability.label.lower())


def require_still_allowed(*, customer_id: UUID, action: CustomerAction) -> None:
    """Check again what may have changed since it was accepted, before anything goes out.

    Raises CustomerClosed, CustomerFrozen or KycForbids. Limits were used up when it was accepted, and stand.
    """
    dealing, standing = ask(dealing_asked(customer_id), standing_asked(customer_id=customer_id))
    require_dealing(dealing)
    _require_kyc(standing, customer_id, action)


def _require_kyc(standing: Answer, customer_id: UUID, action: CustomerAction) -> None:
    permission = permission_by(standing, customer_id=customer_id, action=action)
    if not permission.allowed:
        raise KycForbids(permission.reason, permission.rule)
