"""A mask shows what a rule allows and never the value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.kernel import identifiers as ids

MASKS = [
    ids.mask_aadhaar,
    ids.mask_aadhaar_reference,
    ids.mask_address,
    ids.mask_bank_account,
    ids.mask_boid,
    ids.mask_date_of_birth,
    ids.mask_email,
    ids.mask_mobile,
    ids.mask_pan,
]


@pytest.mark.parametrize(
    ("mask", "value", "masked"),
    [
        (ids.mask_aadhaar, "234123412346", "XXXX XXXX 2346"),
        (ids.mask_aadhaar_reference, "269720190308114407437", "2697XXXXXXXXXXXXXXXXX"),
        (ids.mask_address, "12, MG Road, Pune 411001", "[address withheld]"),
        (ids.mask_bank_account, "5010001234", "XXXXXX1234"),
        (ids.mask_boid, "1201090000012345", "XXXXXXXXXXXX2345"),
        (ids.mask_date_of_birth, "1985-07-24", "XXXX-XX-XX"),
        (ids.mask_email, "priya@example.com", "p***@example.com"),
        (ids.mask_email, "p@example.com", "***@example.com"),
        (ids.mask_mobile, "+919876543210", "+91XXXXXX3210"),
        (ids.mask_mobile, "+14155552671", "+1XXXXXX2671"),
        (ids.mask_pan, "AAPPV8261K", "AAPPVXXXXK"),
    ],
)
def test_a_mask_has_the_form_that_its_rule_gives(mask, value: str, masked: str) -> None:
    assert mask(value) == masked


@pytest.mark.parametrize("mask", MASKS)
@given(value=st.text(st.characters(codec="utf-8", exclude_characters="X*-"), min_size=1, max_size=60))
def test_a_mask_never_returns_the_value_nor_most_of_a_short_one(mask, value: str) -> None:
    masked = mask(value)
    assert masked != value
    assert len(value) > 5 or "@" in value or value not in masked or value in "[address withheld]"


@given(st.text("0123456789", min_size=6, max_size=34))
def test_an_account_number_keeps_four_digits_at_most(number: str) -> None:
    assert sum(letter.isdigit() for letter in ids.mask_bank_account(number)) <= 4


@given(st.text("0123456789", min_size=1, max_size=5))
def test_a_number_too_short_to_hide_is_hidden_wholly(number: str) -> None:
    assert ids.mask_bank_account(number) == "XXXX"
    assert ids.mask_boid(number) == "XXXX"
