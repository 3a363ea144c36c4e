"""What looks for values must find them, or finding none would mean nothing."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.banking_project.traces import traces

VALUE = "AAPPV8261K"


@pytest.mark.parametrize("around", ["", "x", "xy", "xyz"])
def test_a_value_is_found_in_clear_in_hex_and_in_base64_wherever_it_stands(around: str) -> None:
    raw = f"{around}{VALUE}{around}".encode()
    for text in (
        raw.decode(),
        raw.decode().lower(),
        f"\\x{raw.hex()}",
        raw.hex().upper(),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
    ):
        assert traces({VALUE, "other"}, f"({text})") == {VALUE}


@given(st.text(min_size=8, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_any_value_is_found_in_base64(value: str, before: bytes, after: bytes) -> None:
    raw = before + value.encode() + after
    assert traces({value}, base64.b64encode(raw).decode()) == {value}


def test_digits_within_a_digest_are_no_trace_of_a_number() -> None:
    assert traces({"1990"}, "a1990b 19901") == set()
    assert traces({"1990"}, "born 1990.") == {"1990"}
