"""Decimals and money at the edge: exact or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.kernel.failures import Invalid
from domains.kernel.money import Currency, Money, parse_currency
from domains.kernel.numbers import parse_decimal, require_exact


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=6))
def test_what_fits_comes_back_exact(number: Decimal) -> None:
    assert parse_decimal(f"{number:f}", digits=20, places=6) == number


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "-sNaN",
        "Infinity",
        "1e5",
        "1_000",
        "",
        " 1",
        "1.",
        ".5",
        "١٢",
        "0x10",
        "1,5",
        "1\x00",
        "9" * 41,
    ],
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_decimal(text, digits=20, places=6, path=("amount",))
    assert refused.value.path == ("amount",)


@pytest.mark.parametrize("number", ["0.001", "1000000000000000000"])
def test_what_would_be_rounded_or_cut_is_refused(number: str) -> None:
    with pytest.raises(Invalid):
        parse_decimal(number, digits=20, places=2)


def test_zeros_behind_the_last_digit_that_counts_are_no_precision() -> None:
    assert require_exact(Decimal("5.1000"), digits=20, places=2) == Decimal("5.1")


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), 1.5, 3])
def test_floats_and_what_is_not_finite_are_refused(number: object) -> None:
    with pytest.raises(Invalid):
        require_exact(number, digits=20, places=2)  # type: ignore[arg-type]


def test_money_is_exact_to_its_currencys_minor_unit() -> None:
    assert Money(Decimal("10.50"), Currency.INR) == Money(Decimal("10.5"), Currency.INR)
    with pytest.raises(Invalid):
        Money(Decimal("10.505"), Currency.INR)
    with pytest.raises(Invalid):
        Money(Decimal("10.5"), Currency.JPY)


def test_a_currency_that_is_not_dealt_in_is_refused() -> None:
    assert parse_currency("INR") is Currency.INR
    with pytest.raises(Invalid) as refused:
        parse_currency("XXX")
    assert refused.value.code == "INVALID_CURRENCY"
