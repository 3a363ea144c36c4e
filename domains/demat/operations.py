"""Opening demat accounts."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change, record_change
from domains.customers.operations import lock_open_customer
from domains.demat.models import DematAccount, DematHolder
from domains.kernel.actor import Actor
from domains.kernel.failures import Conflict, Invalid
from domains.kernel.identifiers import depository_of, parse_boid
from domains.kernel.text import tidy_line
from domains.kernel.violations import refused_as

TABLE = "demat_demataccount"
HOLDERS_MAX = 3
PARTICIPANT_NAME_LENGTH_MAX = 200


class InvalidHolders(Invalid):
    """Not one to three different customers."""

    code = "INVALID_HOLDERS"


class InvalidParticipantName(Invalid):
    """Too long or not printable."""

    code = "INVALID_PARTICIPANT_NAME"


class BoidTaken(Conflict):
    """The account is known, with other holders."""

    code = "BO_ID_TAKEN"

    def __init__(self) -> None:
        super().__init__("This demat account is known with other holders.", path=("boId",))


@refused_as({"demat_bo_id_once": BoidTaken})
@transaction.atomic
def open_account(
    *,
    actor: Actor,
    bo_id: str,
    holder_ids: Sequence[UUID],
    participant_name: str = "",
    opened_on: date | None = None,
) -> UUID:
    """Open an account held by these customers, the first holder first, and return its id.

    An account that these customers hold already stays as it is. One with other holders is never joined by
    naming it: that would open their holdings. Raises InvalidBoid, InvalidHolders, InvalidParticipantName,
    CustomerNotFound, CustomerClosed or BoidTaken.
    """
    number = parse_boid(bo_id, path=("boId",))
    participant = _parse_participant_name(participant_name)
    if not 1 <= len(holder_ids) <= HOLDERS_MAX or len(set(holder_ids)) != len(holder_ids):
        raise InvalidHolders("An account has one to three different holders.", path=("holderIds",))
    for holder_id in sorted(holder_ids):  # one order for all, against deadlocks
        lock_open_customer(holder_id)
    known = DematAccount.objects.filter(bo_id=number).first()
    if known is not None:
        if set(holder_ids) - set(known.holders.values_list("customer_id", flat=True)):
            raise BoidTaken
        return known.id
    account = DematAccount(
        bo_id=number,
        depository=depository_of(number),
        participant_name=participant,
        opened_on=opened_on,
    )
    account.save(force_insert=True)
    DematHolder.objects.bulk_create(
        DematHolder(account=account, customer_id=holder_id, rank=rank)
        for rank, holder_id in enumerate(holder_ids, start=1)
    )
    change = Change(TABLE, account.id, "bo_id", None, number)
    record_change(actor=actor, operation_name="open_account", subjects=holder_ids, changes=[change])
    return account.id


def _parse_participant_name(text: str) -> str:
    name = "" if text == "" else tidy_line(text, length_max=PARTICIPANT_NAME_LENGTH_MAX)
    if name is None:
        raise InvalidParticipantName(
            "A participant's name has at most 200 printable characters.", path=("participantName",)
        )
    return name
