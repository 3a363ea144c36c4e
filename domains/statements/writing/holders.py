"""Finding the customers who hold an account, or creating them."""

from collections.abc import Sequence
from uuid import UUID

from domains.customers.operations import create_customer
from domains.customers.queries import customer_id_for_mobile, full_name_of
from domains.kernel.actor import Actor
from domains.kernel.failures import Refused
from domains.kernel.identifiers import mask_mobile, mask_pan
from domains.kyc.operations import open_profile
from domains.kyc.queries import holds_pan, pan_is_held, profile_id_for_customer
from domains.statements.accounts import Holder
from domains.statements.report import FileReport, Outcome


class AnotherPerson(Refused):
    """The number belongs to a customer who is not the holder: numbers change hands."""

    code = "ANOTHER_PERSON"


class PanTaken(Refused):
    """The PAN belongs to another customer: a statement alone does not settle whose it is."""

    code = "PAN_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another customer's profile holds this PAN.", path=("pan",))


def import_holders(holders: Sequence[Holder], *, actor: Actor, report: FileReport) -> list[UUID]:
    """Return the holders' customer ids, in their order; raise a Failure when one can't be taken."""
    return [_import_holder(holder, actor, report) for holder in holders]


def _import_holder(holder: Holder, actor: Actor, report: FileReport) -> UUID:
    what = f"customer {mask_mobile(holder.mobile)}"
    customer_id = customer_id_for_mobile(holder.mobile)
    if customer_id is None:
        customer_id = create_customer(
            actor=actor, full_name=holder.name, mobile=holder.mobile, email=holder.email
        )
        report.add(Outcome.TAKEN, holder.place, what)
    else:
        _require_same_person(customer_id, holder)
        report.add(Outcome.KNOWN, holder.place, what)
    _import_profile(customer_id, holder, actor, report)
    return customer_id


def _require_same_person(customer_id: UUID, holder: Holder) -> None:
    """Raise AnotherPerson unless the PAN, or without one the name, is that of the number's customer."""
    same = holder.pan and holds_pan(customer_id=customer_id, pan=holder.pan)
    if same is False:
        raise AnotherPerson("The number is held by a customer with another PAN.")
    if not same and _plain(full_name_of(customer_id) or "") != _plain(holder.name):
        raise AnotherPerson("The number is held by a customer of another name, and no PAN settles who it is.")


def _import_profile(customer_id: UUID, holder: Holder, actor: Actor, report: FileReport) -> None:
    shown = f"KYC profile (PAN {mask_pan(holder.pan)})" if holder.pan else "KYC profile"
    if profile_id_for_customer(customer_id) is not None:
        report.add(Outcome.KNOWN, holder.place, shown)
        return
    if holder.pan and pan_is_held(holder.pan):
        raise PanTaken
    open_profile(
        actor=actor,
        customer_id=customer_id,
        pan=holder.pan,
        date_of_birth=holder.date_of_birth,
        address=holder.address,
    )
    report.add(Outcome.TAKEN, holder.place, shown)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
