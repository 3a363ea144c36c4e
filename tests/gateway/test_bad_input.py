"""Whatever is sent, the answer is a refusal with a code: never INTERNAL, nothing of PostgreSQL or of Python."""

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.pipeline import Gateway
from gateway.request import Request
from tests.gateway.asking import Answered
from tests.gateway.conftest import EVERYTHING

pytestmark = pytest.mark.usefixtures("written_book")

LEAKS = (
    "psycopg",
    "SELECT",
    "relation",
    "column",
    "Traceback",
    "django",
    "numeric field",
    "invalid input syntax",
    "/gateway/",
)


def ask(gateway: Gateway, text: str, variables: Any = None, name: str | None = None) -> Answered:
    """Ask, and hold the answer to what holds for every answer."""
    answer = gateway.answer(
        Request(text=text, operation_name=name, variables=variables or {}, correlation_id="bad"), EVERYTHING
    )
    body = json.loads(answer.body.decode("utf-8"))
    for error in body.get("errors", ()):
        assert error["extensions"]["code"] != "INTERNAL", (text, variables)
        assert not [leak for leak in LEAKS if leak in error["message"]], error
    assert answer.status != 500
    return Answered(answer.status, body)


ODD_TEXTS = ["a\x00b", "\x00", "\ud800", "a\udfff", "\ud83d", "x" * 10_001]


@pytest.mark.parametrize("value", ODD_TEXTS)
@pytest.mark.parametrize(
    ("kinds", "field"),
    [
        ("$v: String!", "security(isin: $v) { name }"),
        ("$v: ID!", "node(id: $v) { id }"),
        ("$v: String", "customers(after: $v) { totalCount }"),
        ("$v: String", "customers(filter: {fullName: {startsWith: $v}}) { totalCount }"),
        ("$v: String!", "customers(filter: {fullName: {in: [$v]}}) { totalCount }"),
        ("$v: MobileNumber!", "customer(mobile: $v) { id }"),
        ("$v: DateTime", "customers(filter: {createdAt: {lt: $v}}) { totalCount }"),
        ("$v: Decimal", "holdings(filter: {quantity: {eq: $v}}) { totalCount }"),
        ("$v: CustomerStatus", "customers(filter: {status: {eq: $v}}) { totalCount }"),
        ("$v: Int", "customers(first: $v) { totalCount }"),
        ("$v: Boolean!", "customers { totalCount @include(if: $v) }"),
    ],
)
def test_a_text_that_can_t_be_stored_is_refused_as_a_variable(
    clear_gateway: Gateway, kinds: str, field: str, value: str
) -> None:
    answer = ask(clear_gateway, f"query ({kinds}) {{ {field} }}", {"v": value})
    assert (answer.status, set(answer.codes)) == (400, {"INVALID_VARIABLE"})
    assert "$v" in answer.errors[0]["message"]


@pytest.mark.parametrize("value", ODD_TEXTS)
def test_a_text_that_can_t_be_stored_is_refused_inside_objects_and_lists(
    clear_gateway: Gateway, value: str
) -> None:
    text = "query ($f: CustomerFilter) { customers(filter: $f) { totalCount } }"
    inside = {"or": [{"fullName": {"in": ["fine", value]}}]}
    answer = ask(clear_gateway, text, {"f": inside})
    assert (answer.status, answer.codes) == (400, ["INVALID_VARIABLE"])
    assert ".or[0].fullName.in[1]" in answer.errors[0]["message"].replace("in_", "in").replace(
        "full_name", "fullName"
    )


@pytest.mark.parametrize(
    "written", [r'"\u0000"', r'"a\u0000b"', r'"\u{0}"', '"""a\\u0000"""', '"' + "x" * 10_001 + '"']
)
@pytest.mark.parametrize(
    "field",
    [
        "security(isin: {}) {{ name }}",
        "node(id: {}) {{ id }}",
        "customers(filter: {{fullName: {{in: [{}]}}}}) {{ totalCount }}",
    ],
)
def test_a_text_that_can_t_be_stored_is_refused_as_a_literal(
    clear_gateway: Gateway, field: str, written: str
) -> None:
    answer = ask(clear_gateway, f"{{ {field.format(written)} }}")
    if written.startswith('"""'):  # a block string takes the escape for what it is: six characters
        assert answer.codes == []
    else:
        assert (answer.status, answer.codes) == (400, ["INVALID_LITERAL"])
        assert answer.errors[0]["locations"]


@pytest.mark.parametrize(
    "written", [r'"\ud800"', r'"\udfff\ud800"', '"\x00"', '"\n"', '"\\x"', '"', "\ufeff{", "\x00", "\ud800"]
)
def test_what_is_no_text_of_graphql_is_refused(clear_gateway: Gateway, written: str) -> None:
    for text in (f"{{ security(isin: {written}) {{ name }} }}", written):
        answer = ask(clear_gateway, text)
        assert answer.status == 400
        assert set(answer.codes) <= {"GRAPHQL_PARSE_FAILED", "INVALID_LITERAL"}


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "sNaN",
        "-sNaN",
        "Infinity",
        "-Infinity",
        "1e5",
        "1E-5",
        "1.1234567",
        "123456789012345678901",
        "",
        " 1",
        "1 ",
        "+1",
        ".5",
        "5.",
        "1,5",
        "0x10",
        "٣",
        "1_000",
        1.5,
        math.inf,
        math.nan,
        True,
        [],
        {},
        "1" * 5_000,
        10**30,
    ],
)
def test_what_is_no_exact_decimal_is_refused(clear_gateway: Gateway, value: Any) -> None:
    text = "query ($v: Decimal) { holdings(filter: {quantity: {gte: $v}}) { totalCount } }"
    answer = ask(clear_gateway, text, {"v": value})
    assert (answer.status, answer.codes) == (400, ["INVALID_VARIABLE"])


@pytest.mark.parametrize(
    "value", ["NaN", "1e5", "1.5", '"1.1234567"', '"-sNaN"', "1" * 5_000, "$x", "[]", "{}"]
)
def test_what_is_no_exact_decimal_is_refused_as_a_literal(clear_gateway: Gateway, value: str) -> None:
    answer = ask(clear_gateway, f"{{ holdings(filter: {{quantity: {{gte: {value}}}}}) {{ totalCount }} }}")
    assert (answer.status, set(answer.codes)) == (400, {"GRAPHQL_VALIDATION_FAILED"})


@pytest.mark.parametrize(
    "value", ["99999999999999999999", "-99999999999999999999", "0.000001", "-0", "00012.50"]
)
def test_an_exact_decimal_of_any_size_is_compared(clear_gateway: Gateway, value: str) -> None:
    for field, key in (("holdings", "quantity"), ("transactions", "amount")):
        text = f"query ($v: Decimal) {{ {field}(filter: {{{key}: {{lte: $v}}}}) {{ totalCount }} }}"
        assert ask(clear_gateway, text, {"v": value}).errors == []


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 10**30, 1.5, math.inf, math.nan, "5", True, [5], {}])
def test_what_is_no_int_is_refused(clear_gateway: Gateway, value: Any) -> None:
    answer = ask(clear_gateway, "query ($v: Int) { customers(first: $v) { totalCount } }", {"v": value})
    assert (answer.status, answer.codes) == (400, ["INVALID_VARIABLE"])


@pytest.mark.parametrize("value", [-1, -(2**31), 201, 2**31 - 1])
def test_a_page_size_out_of_bounds_is_refused(clear_gateway: Gateway, value: int) -> None:
    for text, variables in (
        ("query ($v: Int) { customers(first: $v) { totalCount } }", {"v": value}),
        (f"{{ customers(first: {value}) {{ totalCount }} }}", {}),
        (f"{{ customers {{ nodes {{ portfolios(first: {value}) {{ totalCount }} }} }} }}", {}),
        (f"query ($v: Int = {value}) {{ customers(first: $v) {{ totalCount }} }}", {}),
    ):
        answer = ask(clear_gateway, text, variables)
        assert (answer.status, answer.codes) == (400, ["PAGE_SIZE_OUT_OF_RANGE"])


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01",
        "2026-03-01T09:30:00",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "now",
        "infinity",
        "",
        "2026-02-30T00:00:00Z",
        5,
    ],
)
def test_what_is_no_time_is_refused(clear_gateway: Gateway, value: Any) -> None:
    text = "query ($v: DateTime) { customers(filter: {createdAt: {lt: $v}}) { totalCount } }"
    answer = ask(clear_gateway, text, {"v": value})
    assert (answer.status, answer.codes) == (400, ["INVALID_VARIABLE"])


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-03-01T09:30:00.1+05:30"]
)
def test_a_time_of_any_year_is_compared(clear_gateway: Gateway, value: str) -> None:
    text = "query ($v: DateTime) { customers(filter: {createdAt: {lt: $v}}) { totalCount } }"
    assert ask(clear_gateway, text, {"v": value}).errors == []


@pytest.mark.parametrize(
    "value", ["2026-3-1", "2026-02-30", "today", "infinity", "2026-W01-1", "20260301", "0000-01-01", 20260301]
)
def test_what_is_no_date_is_refused(clear_gateway: Gateway, value: Any) -> None:
    text = "query ($v: Date) { kycProfiles(filter: {nextDueOn: {eq: $v}}) { totalCount } }"
    answer = ask(clear_gateway, text, {"v": value})
    assert (answer.status, answer.codes) == (400, ["INVALID_VARIABLE"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ customers(first: ) { totalCount } }", "GRAPHQL_PARSE_FAILED"),
        ("# nothing", "GRAPHQL_PARSE_FAILED"),
        ("fragment F on Query { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ customers { nodes { nothing } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ customers }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ customers(nothing: 1) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ customers(first: "1") { totalCount } }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ customer { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ customers(first: $n) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int) { customers { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Nothing) { customers(first: $n) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...F }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ... on Money { value } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ __typename @nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ a: customers { totalCount } a: users { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("type A { b: Int }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query A { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { transactionChanged { id } }", "OPERATION_NOT_SUPPORTED"),
        ("mutation { nothing }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_a_document_that_does_not_hold_is_refused(clear_gateway: Gateway, text: str, code: str) -> None:
    answer = ask(clear_gateway, text)
    assert answer.status == 400
    assert set(answer.codes) == {code}
    assert "data" not in answer.body


@pytest.mark.parametrize("name", ["Nothing", "", "a\x00", "\ud800"])
def test_an_operation_that_is_not_there_is_refused(clear_gateway: Gateway, name: str) -> None:
    text = "query A { __typename } query B { __typename }"
    answer = ask(clear_gateway, text, name=name)
    assert (answer.status, answer.codes) == (400, ["OPERATION_NOT_FOUND"])


@pytest.mark.parametrize("name", ["\ud800", "a\x00", "__proto__", "nothing", ""])
def test_a_field_of_an_input_that_is_not_there_is_refused(clear_gateway: Gateway, name: str) -> None:
    text = "query ($f: CustomerFilter) { customers(filter: $f) { totalCount } }"
    answer = ask(clear_gateway, text, {"f": {name: 1}})
    assert (answer.status, answer.codes) == (400, ["INVALID_VARIABLE"])


def test_an_error_names_the_place_in_an_input_and_quotes_nothing_around_it(clear_gateway: Gateway) -> None:
    """Clients log messages, and an input holds account numbers and PANs."""
    text = 'mutation ($i: InitiatePaymentInput!) { initiatePayment(input: $i, idempotencyKey: "k") { __typename }}'
    given = {"channel": "IMPS", "amount": "1", "account": "50100234567890", "ifcs": "HDFC0000001"}
    (error,) = ask(clear_gateway, text, {"i": given}).errors
    assert error["message"] == (
        "Variable '$i' got an invalid value; Field 'ifcs' is not defined by type 'InitiatePaymentInput'."
        " Did you mean 'ifsc'?"
    )
    text = "query ($f: CustomerFilter) { customers(filter: $f) { totalCount } }"
    (error,) = ask(clear_gateway, text, {"f": {"and": [{}, {"createdAt": {"gte": "soon"}}]}}).errors
    assert error["message"].startswith("Variable '$f' got an invalid value at 'f.and[1].createdAt.gte'; ")


def test_variables_that_nobody_asked_for_are_ignored(clear_gateway: Gateway) -> None:
    assert ask(clear_gateway, "{ __typename }", {"\ud800": "\x00", "0": "literal"}).errors == []
    text = '{ security(isin: "INE000A01020") { isin } }'
    assert ask(clear_gateway, text, {"0": "INE001A01021"}).data == {"security": {"isin": "INE000A01020"}}


def test_a_variable_of_ours_can_t_be_set_from_outside(clear_gateway: Gateway) -> None:
    """Literals live under names that begin with a digit, which no document can declare."""
    answer = ask(clear_gateway, "query ($0: Int) { customers(first: $0) { totalCount } }", {"0": 1})
    assert answer.codes == ["GRAPHQL_PARSE_FAILED"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD_TEXTS[:5]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=6,
)
KINDS = {
    "CustomerFilter": "customers(filter: $v) { totalCount }",
    "CustomerOrder": "customers(orderBy: $v) { totalCount }",
    "String": "customers(after: $v) { totalCount }",
    "Int": "customers(first: $v) { totalCount }",
    "Decimal": "transactions(filter: {amount: {lt: $v}}) { totalCount }",
    "[CustomerFilter!]": "customers(filter: {or: $v}) { totalCount }",
    "[CustomerStatus!]": "customers(filter: {status: {in: $v}}) { totalCount }",
    "DateTime": "customers(filter: {createdAt: {gt: $v}}) { totalCount }",
    "ID!": "node(id: $v) { id }",
    "MobileNumber!": "customer(mobile: $v) { id }",
}


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(sorted(KINDS)), value=ANYTHING)
@example(kind="CustomerFilter", value={"fullName": {"eq": "\ud800"}})
@example(kind="CustomerFilter", value={"\ud800": {"\udfff": 1}})
def test_whatever_a_variable_holds_the_answer_is_coded(clear_gateway: Gateway, kind: str, value: Any) -> None:
    answer = ask(clear_gateway, f"query ($v: {kind}) {{ {KINDS[kind]} }}", {"v": value})
    assert answer.status in {200, 400}
    assert (answer.status == 200) is (not answer.errors)


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    words=st.lists(
        st.sampled_from(
            [
                "{",
                "}",
                "(",
                ")",
                "[",
                "]",
                ":",
                "!",
                "$",
                "@",
                "...",
                "=",
                "|",
                "&",
                "query",
                "mutation",
                "fragment",
                "on",
                "F",
                "Query",
                "customers",
                "first",
                "filter",
                "nodes",
                "fullName",
                "node",
                "id",
                '"x"',
                '"""x"""',
                "1",
                "-1.5e3",
                "null",
                "true",
                "@include(if: true)",
                "$v",
                "# c\n",
                "\ufeff",
                "\x00",
                "\ud800",
            ]
        ),
        max_size=25,
    )
)
def test_whatever_a_document_holds_the_answer_is_coded(clear_gateway: Gateway, words: list[str]) -> None:
    assert ask(clear_gateway, " ".join(words)).status in {200, 400}
