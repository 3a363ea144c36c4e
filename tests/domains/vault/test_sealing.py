"""Sealed values open in their own place only; digests and tokens tell nothing without the key."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.kernel.failures import Invalid
from domains.kernel.identifiers import mask_pan, new_id
from domains.vault.sealing import (
    BrokenSeal,
    digest,
    open_all,
    open_sealed,
    open_token,
    seal,
    seal_token,
    sealed_columns,
)

PAN = "kyc_kycprofile.pan"
ALPHABET = string.ascii_letters + string.digits + "-_"  # of base64 in addresses


@given(st.text(st.characters(codec="utf-8")))
def test_a_sealed_value_opens_in_its_own_row_and_column(value: str) -> None:
    pk = new_id()
    assert open_sealed(table_column=PAN, pk=pk, sealed=seal(table_column=PAN, pk=pk, value=value)) == value


def test_of_many_values_the_one_that_was_moved_does_not_open_and_the_others_do() -> None:
    pks = [new_id() for _ in range(3)]
    sealed = [(str(pk), seal(table_column=PAN, pk=pk, value=f"value {n}")) for n, pk in enumerate(pks)]
    moved = [sealed[0], (str(pks[1]), sealed[2][1]), sealed[2]]
    opened = open_all(table_column=PAN, sealed=moved)
    assert opened[0] == "value 0"
    assert isinstance(opened[1], BrokenSeal)
    assert opened[2] == "value 2"


def test_a_sealed_value_does_not_open_in_another_row() -> None:
    sealed = seal(table_column=PAN, pk=new_id(), value="AAPPV8261K")
    with pytest.raises(BrokenSeal):
        open_sealed(table_column=PAN, pk=new_id(), sealed=sealed)


def test_a_sealed_value_does_not_open_in_another_column() -> None:
    pk = new_id()
    sealed = seal(table_column=PAN, pk=pk, value="AAPPV8261K")
    with pytest.raises(BrokenSeal):
        open_sealed(table_column="kyc_kycprofile.address", pk=pk, sealed=sealed)


@given(st.data())
def test_a_sealed_value_that_was_altered_does_not_open(data: st.DataObject) -> None:
    pk = new_id()
    sealed = bytearray(seal(table_column=PAN, pk=pk, value="AAPPV8261K"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BrokenSeal) as broken:
        open_sealed(table_column=PAN, pk=pk, sealed=bytes(sealed))
    assert str(pk) not in str(broken.value)


def test_the_same_value_sealed_twice_looks_different() -> None:
    pk = new_id()
    first, second = (seal(table_column=PAN, pk=pk, value="AAPPV8261K") for _ in range(2))
    assert first != second


def test_a_digest_finds_equal_values_of_one_purpose_only() -> None:
    assert digest(purpose="a", value="b") == digest(purpose="a", value="b")
    assert digest(purpose="a", value="b") != digest(purpose="a", value="c")
    assert digest(purpose="a", value="b") != digest(purpose="b", value="b")
    assert len(digest(purpose="a", value="b")) == 32


def test_the_columns_of_a_sealed_value_are_made_together() -> None:
    pk = new_id()
    columns = sealed_columns(
        table="kyc_kycprofile", column="pan", pk=pk, value="AAPPV8261K", mask=mask_pan, digested=True
    )
    assert columns["pan_masked"] == "AAPPVXXXXK"
    assert columns["pan_digest"] == digest(purpose=PAN, value="AAPPV8261K")
    assert open_sealed(table_column=PAN, pk=pk, sealed=columns["pan_sealed"]) == "AAPPV8261K"  # type: ignore[arg-type]


def test_the_columns_of_no_value_are_all_none() -> None:
    columns = sealed_columns(table="t", column="c", pk=new_id(), value=None, mask=mask_pan)
    assert columns == {"c_sealed": None, "c_masked": None}


@given(st.binary(max_size=200))
def test_a_token_opens_under_its_context(payload: bytes) -> None:
    token = seal_token(context="Customer.transactions", payload=payload)
    assert open_token(context="Customer.transactions", token=token) == payload
    with pytest.raises(Invalid):
        open_token(context="Query.customers", token=token)


@given(place=st.integers(0, 57), shift=st.integers(1, 63))
def test_a_token_with_one_letter_changed_is_refused(place: int, shift: int) -> None:
    token = seal_token(context="c", payload=b"2026-11-23")
    letter = ALPHABET[(ALPHABET.index(token[place]) + shift) % len(ALPHABET)]
    with pytest.raises(Invalid):
        open_token(context="c", token=token[:place] + letter + token[place + 1 :])


@given(st.text(max_size=100))
def test_anything_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_token(context="c", token=text)
    assert refused.value.code == "INVALID_TOKEN"


def test_a_token_of_any_length_is_refused_without_being_decoded() -> None:
    with pytest.raises(Invalid):
        open_token(context="c", token="A" * 10_000_000)
