"""Recording the transactions that a statement tells."""

from uuid import UUID

from domains.kernel.actor import Actor
from domains.kernel.failures import Invalid
from domains.statements.accounts import Account, Movement
from domains.statements.report import Outcome
from domains.statements.writing.securities import security_for
from domains.transactions.operations import record_transaction


class AccountNotTold(Invalid):
    """Nothing tells the account apart, so its references could be another's."""

    code = "ACCOUNT_NOT_TOLD"


def import_movement(
    movement: Movement, account: Account, *, customer_id: UUID, demat_account_id: UUID | None, actor: Actor
) -> Outcome:
    """Record the transaction unless it is known by its reference; raise a Failure when it can't be."""
    if not account.key:
        raise AccountNotTold("Neither an account number nor a link reference tells whose reference it is.")
    security_id = None
    if movement.isin is not None:
        security_id = security_for(isin=movement.isin, account=account, name=movement.security_name)
    _id, is_new = record_transaction(
        actor=actor,
        customer_id=customer_id,
        source=account.source,
        source_reference=movement.reference,
        kind=movement.kind,
        direction=movement.direction,
        channel=movement.channel,
        amount=movement.amount,
        currency=account.currency,
        occurred_at=movement.occurred_at,
        value_date=movement.value_date,
        demat_account_id=demat_account_id,
        security_id=security_id,
        quantity=movement.units,
        price=movement.price,
        narration=movement.narration,
    )
    return Outcome.TAKEN if is_new else Outcome.KNOWN
