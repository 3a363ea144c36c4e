"""Opening a KYC profile. Its verification has a state machine of its own, which this file does not hold."""

from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change, record_change
from domains.customers.operations import lock_open_customer
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Conflict
from domains.kernel.identifiers import (
    mask_aadhaar_reference,
    mask_address,
    mask_date_of_birth,
    mask_pan,
    parse_aadhaar_last_four,
    parse_aadhaar_reference,
    parse_address,
    parse_date_of_birth,
    parse_pan,
)
from domains.kernel.violations import refused_as
from domains.kyc.models import KYCProfile
from domains.vault.sealing import sealed_columns

TABLE = "kyc_kycprofile"
_MASKS = {
    "pan": mask_pan,
    "aadhaar_reference": mask_aadhaar_reference,
    "date_of_birth": mask_date_of_birth,
    "address": mask_address,
}


class PanTaken(Conflict):
    """Another customer's profile holds this PAN."""

    code = "PAN_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another customer's profile holds this PAN.", path=("pan",))


@refused_as({"kyc_pan_once": PanTaken})
@transaction.atomic
def open_profile(
    *,
    actor: Actor,
    customer_id: UUID,
    pan: str | None = None,
    aadhaar_last_four: str | None = None,
    aadhaar_reference: str | None = None,
    date_of_birth: str | None = None,
    address: str | None = None,
) -> UUID:
    """Open a DRAFT profile for the customer and return its id; one that is there already stays as it is.

    `date_of_birth` is an ISO 8601 date. Raises CustomerNotFound, CustomerClosed, PanTaken, or the Invalid of
    a value that is not what it should be.
    """
    values = _parsed(
        pan=pan, aadhaar_reference=aadhaar_reference, date_of_birth=date_of_birth, address=address
    )
    last_four = aadhaar_last_four and parse_aadhaar_last_four(aadhaar_last_four, path=("aadhaarLastFour",))
    lock_open_customer(customer_id)
    known = KYCProfile.objects.filter(customer_id=customer_id).values_list("id", flat=True).first()
    if known is not None:
        return known
    profile = KYCProfile(customer_id=customer_id, aadhaar_last_four=last_four or None)
    for column, value in values.items():
        _set_sealed(profile, column, value)
    profile.save(force_insert=True)
    told = values | {"aadhaar_last_four": profile.aadhaar_last_four}
    changes = [Change(TABLE, profile.id, field, None, value) for field, value in told.items() if value]
    record_change(actor=actor, operation_name="open_profile", subjects=[customer_id], changes=changes)
    return profile.id


def _parsed(
    *, pan: str | None, aadhaar_reference: str | None, date_of_birth: str | None, address: str | None
) -> dict[str, str | None]:
    return {
        "pan": pan and parse_pan(pan, path=("pan",)),
        "aadhaar_reference": aadhaar_reference
        and parse_aadhaar_reference(aadhaar_reference, path=("aadhaarReference",)),
        "date_of_birth": date_of_birth
        and parse_date_of_birth(date_of_birth, today=now().date(), path=("dateOfBirth",)),
        "address": address and parse_address(address, path=("address",)),
    }


def _set_sealed(profile: KYCProfile, column: str, value: str | None) -> None:
    columns = sealed_columns(
        table=TABLE,
        column=column,
        pk=profile.id,
        value=value or None,
        mask=_MASKS[column],
        digested=column == "pan",
    )
    for name, content in columns.items():
        setattr(profile, name, content)
