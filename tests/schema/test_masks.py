"""Masked forms tell less than the whole, however short the value is."""

import pytest

from domains.customers.models import Customer
from schema.masks import masked_mobile


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mobile", "masked"),
    [
        ("+919876543210", "+91XXXXXX3210"),
        ("+14155550123", "+1XXXXXX0123"),
        ("+6590123456", "+6XXXXXX56"),
        ("+29051234", "+2XXXXXX34"),
        ("+2475123", "+2XXXXXX23"),
    ],
)
def test_a_masked_number_keeps_at_most_its_ends(mobile: str, masked: str) -> None:
    customer = Customer.objects.create(full_name="Somebody", mobile=mobile)
    found = Customer.objects.filter(id=customer.id).values_list(masked_mobile("mobile"), flat=True).get()
    assert found == masked
