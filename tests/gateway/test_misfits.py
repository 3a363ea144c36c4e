"""A value that does not fit its type: the answer names its place and what would fit, and quotes nothing."""

import json
import re
from typing import Any

import pytest
from graphql import GraphQLScalarType

from gateway.misfits import what_fits
from gateway.pipeline import Gateway
from schema.root import schema
from tests.gateway.test_bad_input import ask

pytestmark = pytest.mark.usefixtures("written_book")

PAN, NUMBER, AMOUNT = "DMVPR0339K", "8123456709", "98765.43210"
TEXTS = {f'"{PAN}"', f'"""{PAN}"""'}
LITERALS = [*sorted(TEXTS), PAN, NUMBER, AMOUNT, f'["{PAN}"]', f'{{pan: "{PAN}"}}']
VALUES: list[Any] = [PAN, int(NUMBER), float(AMOUNT), [PAN], {"pan": PAN}]
# For each scalar, an enum and an object: a place for a value, and the literals that are taken there.
PLACES: dict[str, tuple[str, set[str]]] = {
    "Boolean": ("customers {{ totalCount @include(if: {}) }}", set()),
    "CustomerFilter": ("customers(filter: {}) {{ totalCount }}", {LITERALS[-1]}),
    "CustomerStatus": ("customers(filter: {{status: {{in: [ACTIVE, {}]}}}}) {{ totalCount }}", set()),
    "Date": ("kycProfiles(filter: {{nextDueOn: {{eq: {}}}}}) {{ totalCount }}", set()),
    "DateTime": ("customers(filter: {{or: [{{createdAt: {{lt: {}}}}}]}}) {{ totalCount }}", set()),
    "Decimal": ("transactions(filter: {{amount: {{lt: {}}}}}) {{ totalCount }}", {NUMBER}),
    "ID": ("node(id: {}) {{ id }}", {*TEXTS, NUMBER}),
    "Int": ("customers(first: {}) {{ totalCount }}", set()),
    "MobileNumber": ("customer(mobile: {}) {{ id }}", set()),
    "String": ("customers(filter: {{fullName: {{in: [{}]}}}}) {{ totalCount }}", TEXTS),
    "Upload": (
        'attachKycDocument(input: {{id: "KYCProfile:1", version: 1, '
        "kind: PASSPORT, file: {}}}) {{ __typename }}",
        set(),
    ),
}
# What takes all that JSON can hold, and what no argument has.
TAKES_ALL, NOWHERE = {"JSON"}, {"Float"}


def asking(kind: str, value: str, *, variables: str = "") -> str:
    operation = "mutation" if kind == "Upload" else "query"
    return f"{operation} {variables} {{ {PLACES[kind][0].format(value)} }}"


def quoted(message: str) -> list[str]:
    return [value for value in (PAN, NUMBER, AMOUNT, AMOUNT.rstrip("0")) if value in message]


@pytest.mark.parametrize("written", LITERALS)
@pytest.mark.parametrize("kind", sorted(PLACES))
def test_a_literal_is_refused_with_its_place_and_not_quoted(
    clear_gateway: Gateway, kind: str, written: str
) -> None:
    text = asking(kind, written)
    errors = [error for error in ask(clear_gateway, text).errors if "is not defined" not in error["message"]]
    if written in PLACES[kind][1]:
        assert errors == []
        return
    (error,) = errors
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    (location,) = error["locations"]
    begin = text.index(written) + 1
    assert begin <= location["column"] <= begin + 1  # where a list may stand, its item is meant
    assert error["message"].startswith(f"Invalid literal of type '{kind}")
    assert re.search("expected|This is not a mobile number; write it with", error["message"])
    assert not quoted(error["message"])


@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("kind", sorted(PLACES))
def test_a_variable_is_refused_with_its_place_and_not_quoted(
    clear_gateway: Gateway, kind: str, value: Any
) -> None:
    text = asking(kind, "$v", variables=f"($v: {kind}!)")
    errors = ask(clear_gateway, text, {"v": value}).errors
    if json.dumps(value) in PLACES[kind][1]:
        assert errors == []
        return
    for error in errors:
        assert error["extensions"]["code"] == "INVALID_VARIABLE"
        assert error["message"].startswith("Variable '$v' got an invalid value")
        assert error["locations"] == [{"line": 1, "column": text.index("$v") + 1}]
        assert re.search("expected|mobile number|is not defined by type|list", error["message"])
        assert not quoted(error["message"])
    assert len(errors) == 1


def test_every_scalar_is_tried() -> None:
    scalars = {
        name for name, kind in schema()._schema.type_map.items() if isinstance(kind, GraphQLScalarType)
    }
    assert scalars == {name for name in PLACES if name in scalars} | TAKES_ALL | NOWHERE & scalars


def test_a_default_is_refused_like_any_other_literal(clear_gateway: Gateway) -> None:
    text = f"query ($v: MobileNumber = {NUMBER}) {{ customer(mobile: $v) {{ id }} }}"
    error = ask(clear_gateway, text).errors[0]
    assert error["message"] == (
        "Invalid literal of type 'MobileNumber': expected a mobile number as a text, such as \"+919876543210\"."
    )
    assert error["locations"] == [{"line": 1, "column": text.index(NUMBER) + 1}]


@pytest.mark.parametrize("written", [f'"{PAN}"', f'"""{PAN}"""', NUMBER, AMOUNT, f"\"{PAN}' or '\""])
def test_a_literal_that_is_out_of_place_is_not_quoted(clear_gateway: Gateway, written: str) -> None:
    (error,) = ask(clear_gateway, f"{{ customers({written}) {{ totalCount }} }}").errors
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert error["locations"]
    assert not [value for value in (PAN, NUMBER, AMOUNT) if value in error["message"]]


def test_a_text_that_can_t_be_stored_is_not_quoted(clear_gateway: Gateway) -> None:
    (error,) = ask(clear_gateway, f'{{ security(isin: "{PAN}\\u0000") {{ name }} }}').errors
    assert error["message"] == "Invalid literal: a text may not hold the character NUL."
    assert error["locations"] == [{"line": 1, "column": 18}]


def test_an_enum_s_value_is_hinted_at(clear_gateway: Gateway) -> None:
    (error,) = ask(clear_gateway, "{ customers(filter: {status: {eq: ACTIV}}) { totalCount } }").errors
    assert error["message"] == (
        "Invalid literal of type 'CustomerStatus': expected a value of 'CustomerStatus'."
        " Did you mean the enum value 'ACTIVE'?"
    )


def test_a_value_that_looks_like_a_hint_is_not_quoted() -> None:
    value = [f" Did you mean the enum value '{PAN}'?"]
    message = f"Enum 'CustomerStatus' cannot represent non-string value: {value}."
    assert what_fits(message) == "expected a value of 'CustomerStatus'"
