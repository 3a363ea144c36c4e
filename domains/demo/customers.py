"""Writing a customer, the numbers that they held, and their KYC profile."""

from random import Random

from domains.demo.page import Page, sealed
from domains.demo.rows import DAY_MS, moment, record_id
from domains.kernel.identifiers import (
    mask_aadhaar_reference,
    mask_address,
    mask_date_of_birth,
    mask_email,
    mask_pan,
)

_CUSTOMER = "customers_customer"
_PROFILE = "kyc_kycprofile"
_PRIORITIES = {"HIGH": "1", "MEDIUM": "2", "LOW": "3"}  # as in domains.kyc.tasks


def write_customer(page: Page) -> None:
    """Write the customer and the tenures of the mobile numbers."""
    person, created = page.person, moment(page.person.created_ms)
    page.rows.add(
        _CUSTOMER,
        person.id,
        person.full_name,
        person.mobile,
        *sealed(_CUSTOMER, "email", person.id, person.email, mask_email, digested=True),
        person.status,
        "1",
        created,
        created,
        _moment(person.closed_ms),
    )
    for tenure in person.tenures:
        page.rows.add(
            "customers_mobiletenure",
            record_id(page.random, tenure.since_ms),
            person.id,
            tenure.mobile,
            moment(tenure.since_ms),
            _moment(tenure.until_ms),
        )


def write_profile(page: Page) -> None:
    """Write the KYC profile, and what its history begins with."""
    known, created = page.person.verification, moment(page.person.created_ms)
    pk = record_id(page.random, page.person.created_ms)
    page.rows.add(
        _PROFILE,
        pk,
        page.person.id,
        known.status,
        known.risk,
        *sealed(_PROFILE, "pan", pk, known.pan, mask_pan, digested=True),
        known.aadhaar_last_four,
        *sealed(_PROFILE, "aadhaar_reference", pk, known.aadhaar_reference, mask_aadhaar_reference),
        *sealed(_PROFILE, "date_of_birth", pk, known.date_of_birth, mask_date_of_birth),
        *sealed(_PROFILE, "address", pk, known.address, mask_address),
        "f",
        _moment(known.verified_ms),
        known.next_due_on,
        "1",
        created,
        created,
    )
    began_ms = known.verified_ms or page.person.created_ms
    own = Random(pk)  # noqa: S311 - invented people; a source of its own, so that the rest of the book stays
    page.rows.add(
        "kyc_kycstatechange",
        record_id(own, began_ms),
        pk,
        "OPEN",
        known.status,
        "SYSTEM",
        "",
        "",
        "The state when histories began.",
        "{}",
        known.risk,
        _moment(known.verified_ms),
        known.next_due_on,
        "1",
        moment(began_ms),
    )
    if known.status in ("SUBMITTED", "IN_VERIFICATION"):
        priority, opened_ms = _PRIORITIES[known.risk], page.last_ms - own.randrange(30 * DAY_MS)
        page.rows.add(
            "kyc_kyctask", record_id(own, opened_ms), pk, "VERIFY", "WAITING", priority, moment(opened_ms), ""
        )


def _moment(at_ms: int | None) -> str | None:
    return None if at_ms is None else moment(at_ms)
