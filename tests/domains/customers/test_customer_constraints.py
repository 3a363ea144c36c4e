"""What the database itself refuses of customers and their numbers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domains.customers.models import Customer, MobileTenure
from domains.kernel.clock import now
from tests.domains.conftest import FREE_MOBILE, OWNER_MOBILE
from tests.domains.refusal import breaks

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_two_customers_never_hold_one_number_now(owner_id: UUID) -> None:
    with breaks("customer_mobile_once"):
        Customer.objects.create(full_name="Other", mobile=OWNER_MOBILE)
    with breaks("tenure_current_once"):
        MobileTenure.objects.create(
            customer_id=owner_id, mobile=OWNER_MOBILE, since=now() + timedelta(days=1)
        )


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"status": "ASLEEP"}, "customer_status_known"),
        ({"status": "CLOSED"}, "customer_closed_has_time"),
        ({"closed_at": NOON}, "customer_closed_has_time"),
        ({"status": "CLOSED", "closed_at": NOON, "mobile": FREE_MOBILE}, "customer_closed_has_no_mobile"),
        ({"mobile": "9820099999"}, "customer_mobile_e164"),
        ({"mobile": "+0820099999"}, "customer_mobile_e164"),
        ({"mobile": f"{FREE_MOBILE}\n"}, "customer_mobile_e164"),
        ({"full_name": "  "}, "customer_name_not_empty"),
        ({"email_masked": "a***@example.com"}, "customer_email_sealed"),
        ({"email_sealed": b"1", "email_masked": "a***@example.com"}, "customer_email_sealed"),
    ],
)
def test_a_customer_that_can_not_be_is_refused(db: None, given: dict[str, object], constraint: str) -> None:
    with breaks(constraint):
        Customer.objects.create(**({"full_name": "Asha Rao"} | given))


def test_customers_without_a_number_do_not_clash(db: None) -> None:
    for _ in range(2):
        Customer.objects.create(full_name="Asha Rao")
    assert Customer.objects.filter(mobile__isnull=True).count() == 2


def test_tenures_of_one_number_never_overlap(owner_id: UUID, stranger_id: UUID) -> None:
    MobileTenure.objects.create(
        customer_id=owner_id, mobile=FREE_MOBILE, since=NOON, until=NOON + timedelta(hours=2)
    )
    with breaks("tenure_never_overlaps"):
        MobileTenure.objects.create(
            customer_id=stranger_id, mobile=FREE_MOBILE, since=NOON + timedelta(hours=1)
        )
    with breaks("tenure_never_overlaps"):
        MobileTenure.objects.create(
            customer_id=stranger_id,
            mobile=FREE_MOBILE,
            since=NOON - timedelta(hours=1),
            until=NOON + timedelta(hours=1),
        )
    MobileTenure.objects.create(customer_id=stranger_id, mobile=FREE_MOBILE, since=NOON + timedelta(hours=2))


def test_a_tenure_does_not_end_before_it_began(owner_id: UUID) -> None:
    with breaks("tenure_ends_after_start"):
        MobileTenure.objects.create(
            customer_id=owner_id, mobile=FREE_MOBILE, since=NOON, until=NOON - timedelta(seconds=1)
        )


def test_neighbouring_numbers_do_not_clash(owner_id: UUID) -> None:
    for mobile in ("+919820099998", "+919820099999", "+9198200999"):
        MobileTenure.objects.create(customer_id=owner_id, mobile=mobile, since=NOON)
    assert MobileTenure.objects.filter(since=NOON).count() == 3
