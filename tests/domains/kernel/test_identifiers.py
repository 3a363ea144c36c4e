"""Identifiers that others issue: what is taken, in which form, and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import isin, verhoeff

from domains.kernel import identifiers as ids
from domains.kernel.failures import Invalid

DIGITS = st.sampled_from("0123456789")
PARSERS = [
    ids.parse_aadhaar,
    ids.parse_aadhaar_last_four,
    ids.parse_aadhaar_reference,
    ids.parse_address,
    ids.parse_bank_account,
    ids.parse_boid,
    ids.parse_email,
    ids.parse_ifsc,
    ids.parse_isin,
    ids.parse_mobile,
    ids.parse_pan,
    lambda text: ids.parse_date_of_birth(text, today=date(2026, 11, 23)),
]


@st.composite
def aadhaars(draw: st.DrawFn) -> str:
    body = draw(st.sampled_from("23456789")) + draw(st.text(DIGITS, min_size=10, max_size=10))
    number = body + verhoeff.calc_check_digit(body)
    return number if number != number[::-1] else "234123412346"


@st.composite
def isins(draw: st.DrawFn) -> str:
    letters = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    body = draw(st.sampled_from(["IN", "US", "GB", "XS"])) + draw(st.text(letters, min_size=9, max_size=9))
    return body + isin.calc_check_digit(body)


@st.composite
def corrupted(draw: st.DrawFn, numbers: st.SearchStrategy[str]) -> str:
    """A valid number with one of its digits replaced by another digit."""
    number = draw(numbers)
    places = [place for place, letter in enumerate(number) if letter.isdigit()]
    place = draw(st.sampled_from(places))
    other = draw(DIGITS.filter(lambda digit: digit != number[place]))
    return number[:place] + other + number[place + 1 :]


@given(aadhaars())
def test_a_valid_aadhaar_comes_back_canonical_however_it_is_spaced(number: str) -> None:
    assert ids.parse_aadhaar(number) == number
    assert ids.parse_aadhaar(f" {number[:4]} {number[4:8]}-{number[8:]} ") == number


@given(corrupted(aadhaars()))
def test_an_aadhaar_with_one_wrong_digit_is_refused(number: str) -> None:
    with pytest.raises(Invalid) as refused:
        ids.parse_aadhaar(number)
    assert number not in refused.value.message


@given(isins())
def test_a_valid_isin_comes_back_canonical(number: str) -> None:
    assert ids.parse_isin(number.lower()) == number


@given(corrupted(isins()))
def test_an_isin_with_one_wrong_digit_is_refused(number: str) -> None:
    with pytest.raises(Invalid):
        ids.parse_isin(number)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("+919876543210", "+919876543210"),
        ("+91 98765 43210", "+919876543210"),
        ("9876543210", "+919876543210"),
        ("+14155552671", "+14155552671"),
    ],
)
def test_a_mobile_number_is_kept_in_e164(text: str, canonical: str) -> None:
    assert ids.parse_mobile(text) == canonical


@pytest.mark.parametrize(
    "text",
    ["91729391923", "+9198765", "+912226543210", "98765432101", "+91987654321x", "", "tel:+919876543210"],
)
def test_what_no_mobile_line_can_have_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        ids.parse_mobile(text, path=("input", "mobile"))
    assert (refused.value.code, refused.value.path) == ("INVALID_MOBILE", ("input", "mobile"))


def test_a_bo_id_has_the_form_of_its_depository() -> None:
    assert ids.parse_boid("1201 0900 0001 2345") == "1201090000012345"
    assert ids.depository_of("1201090000012345") == ids.Depository.CDSL
    assert ids.parse_boid("in30021412345678") == "IN30021412345678"
    assert ids.depository_of("IN30021412345678") == ids.Depository.NSDL


@pytest.mark.parametrize(
    "text", ["120109000001234", "12010900000123456", "IN3002141234567", "INX0021412345678"]
)
def test_what_neither_depository_issues_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        ids.parse_boid(text)


def test_canonical_forms_of_the_others() -> None:
    assert ids.parse_pan(" aappv8261k ") == "AAPPV8261K"
    assert ids.parse_ifsc("hdfc0000001") == "HDFC0000001"
    assert ids.parse_bank_account("5010 0012-3456") == "501000123456"
    assert ids.parse_email(" Asha.Rao@Example.COM ") == "asha.rao@example.com"
    assert ids.parse_address("12,  MG Road\n Pune") == "12, MG Road Pune"
    assert ids.parse_date_of_birth("1985-07-24", today=date(2026, 11, 23)) == "1985-07-24"


def test_nobody_is_born_tomorrow() -> None:
    with pytest.raises(Invalid):
        ids.parse_date_of_birth("2026-11-24", today=date(2026, 11, 23))


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.one_of(st.text(), st.none(), st.integers(), st.binary()))
def test_anything_at_all_is_parsed_or_refused_and_never_repeated(parse, text) -> None:
    refused = None
    try:
        parsed = parse(text)
    except Invalid as failure:
        refused = failure
    if refused is None:
        assert parse(parsed) == parsed
        assert "\x00" not in parsed
    else:
        assert refused.code.startswith("INVALID_")
        assert not isinstance(text, str) or len(text) < 6 or text not in refused.message


def test_ids_sort_in_the_order_of_their_making() -> None:
    made = [ids.new_id() for _ in range(1_000)]
    assert made == sorted(made)
    assert {each.version for each in made} == {7}
