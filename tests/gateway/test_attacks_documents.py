"""Attacks by documents: each is refused before anything runs, quickly, with a stable code."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from domains.audit.models import AuditLog
from gateway.asker import Asker
from gateway.failures import RequestError
from gateway.introspection import Visibility
from gateway.limits import Limits, check_variables
from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.viewer import ANONYMOUS, Viewer
from schema.policy import POLICY
from schema.root import gateway, schema
from tests.conftest import BASE_DIR

pytestmark = pytest.mark.django_db  # a refusal is paid for

REFUSED_WITHIN_S = 1.0  # generous: the worst takes a fifth of it on a slow machine


def document(text: str) -> None:
    gateway().documents.read(text)


@contextmanager
def refused(code: str, *, found: int | None = None, allowed: int | None = None) -> Iterator[None]:
    """Expect a refusal with this code, soon, which says what was found and what is allowed."""
    started = time.perf_counter()
    with pytest.raises(RequestError) as caught:
        yield
    assert time.perf_counter() - started < REFUSED_WITHIN_S
    extensions = caught.value.errors[0].extensions
    assert extensions is not None
    assert extensions["code"] == code
    if allowed is not None:
        assert (extensions["found"], extensions["allowed"]) == (found, allowed)


def post(body: Any, **options: Any) -> HttpResponse:
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    response: Any = Client().post("/graphql", text, **({"content_type": "application/json"} | options))
    return response


def code_of(response: HttpResponse) -> str:
    code: str = json.loads(response.content)["errors"][0]["extensions"]["code"]
    return code


def test_a_text_that_is_long_but_has_few_tokens_is_refused() -> None:
    """A comment is no token, nor do a name's letters count; and what is read is kept."""
    text = f"{{ __typename }} # {'x' * 100_000}"
    with refused("DOCUMENT_TOO_LONG", found=len(text), allowed=100_000):
        document(text)


def test_an_operation_with_a_long_name_is_refused() -> None:
    """The name stands in every receipt and every line of the log."""
    with refused("DOCUMENT_TOO_LONG", found=201, allowed=200):
        document(f"query {'x' * 201} {{ __typename }}")
    document(f"query {'x' * 200} {{ __typename }}")


def test_a_flood_of_aliases_is_refused() -> None:
    flood = " ".join(f"a{number}: fullName" for number in range(101))
    with refused("TOO_MANY_ALIASES", found=101, allowed=100):
        document(f"{{ customers {{ nodes {{ {flood} }} }} }}")


def test_a_flood_of_root_fields_is_refused() -> None:
    flood = " ".join(f"a{number}: __typename" for number in range(21))
    with refused("TOO_MANY_ROOT_FIELDS", found=21, allowed=20):
        document(f"{{ {flood} }}")


def test_a_flood_of_aliases_that_hides_in_fragments_is_counted_as_if_it_were_written_out() -> None:
    aliases = " ".join(f"a{number}: id" for number in range(40))
    with refused("TOO_MANY_ALIASES", found=120, allowed=100):
        document(
            "{ customers { nodes { ...F } edges { node { ...F } } } securities { nodes { ... on Security {"
            f" {aliases} }} }} }} }} fragment F on Customer {{ {aliases} }}"
        )


def test_a_bomb_of_fragments_is_refused_without_being_expanded() -> None:
    """Forty fragments that each spread the next one twice would be a thousand billion fields."""
    spreads = "".join(
        f"fragment F{number} on Customer {{ ...F{number + 1} ...F{number + 1} }} " for number in range(40)
    )
    with refused("OPERATION_TOO_LARGE"):
        document(f"{{ customers {{ nodes {{ ...F0 }} }} }} {spreads} fragment F40 on Customer {{ id }}")


def test_a_bomb_of_fragments_at_the_root_is_refused_without_being_expanded() -> None:
    spreads = "".join(
        f"fragment F{number} on Query {{ ...F{number + 1} ...F{number + 1} }} " for number in range(40)
    )
    with refused("TOO_MANY_ROOT_FIELDS"):
        document(f"{{ ...F0 }} {spreads} fragment F40 on Query {{ __typename }}")


def test_a_bomb_in_a_fragment_that_nothing_spreads_is_refused_too() -> None:
    """A validator looks at every fragment, spread or not."""
    selection = "{ id }"
    for _ in range(30):
        selection = f"{{ kycProfile {{ customer {selection} }} }}"
    with refused("OPERATION_TOO_DEEP"):
        document(f"{{ __typename }} fragment F on Customer {selection}")


def test_an_operation_that_is_nested_too_deeply_is_refused() -> None:
    selection = "{ id }"
    for _ in range(10):
        selection = f"{{ kycProfile {{ customer {selection} }} }}"
    with refused("OPERATION_TOO_DEEP", found=23, allowed=20):
        document(f"{{ customers {{ nodes {selection} }} }}")


def test_depth_that_hides_in_a_chain_of_fragments_is_counted() -> None:
    chain = "".join(
        f"fragment F{number} on Customer {{ kycProfile {{ customer {{ ...F{number + 1} }} }} }} "
        for number in range(10)
    )
    with refused("OPERATION_TOO_DEEP", found=23, allowed=20):
        document(f"{{ customers {{ nodes {{ ...F0 }} }} }} {chain} fragment F10 on Customer {{ id }}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{a" * 3_000, id="selection sets"),
        pytest.param("{ ... " * 300 + "{ __typename" + " }" * 301, id="inline fragments"),
        pytest.param("{ customer(mobile: " + "[" * 900 + "]" * 900 + ") { id } }", id="lists"),
        pytest.param("query ($a: " + "[" * 900 + "Int" + "]" * 900 + ") { __typename }", id="types"),
    ],
)
def test_nesting_that_would_exhaust_the_stack_is_refused(text: str) -> None:
    with refused("OPERATION_TOO_DEEP"):
        document(text)


def test_a_chain_of_fragments_that_would_exhaust_the_stack_is_refused() -> None:
    parts = "".join(
        f"fragment F{number} on Query {{ " + "... { " * 60 + f"...F{number + 1}" + " }" * 60 + " } "
        for number in range(20)
    )
    with refused("OPERATION_TOO_DEEP", found=101, allowed=100):
        document("{ ...F0 } " + parts + "fragment F20 on Query { __typename }")


def test_an_overload_of_directives_at_one_place_is_refused() -> None:
    with refused("TOO_MANY_DIRECTIVES", found=1_000, allowed=5):
        document("{ __typename " + "@skip(if: false) " * 500 + "@a" * 500 + " }")


def test_an_overload_of_directives_over_many_fields_is_refused() -> None:
    fields = "id @include(if: true) fullName @include(if: true) " * 17
    with refused("TOO_MANY_DIRECTIVES", found=102, allowed=100):
        document(
            f"{{ customers {{ nodes {{ {fields} }} edges {{ node {{ ...F }} }} }} }}"
            f" fragment F on Customer {{ {fields} ... {{ {fields} }} }}"
        )


def test_directives_on_fragments_and_operations_count_as_well() -> None:
    with refused("TOO_MANY_DIRECTIVES", found=6, allowed=5):
        document("query " + "@a " * 6 + "{ __typename }")
    with refused("TOO_MANY_DIRECTIVES", found=6, allowed=5):
        document("{ ... " + "@a " * 6 + "{ __typename } }")


def test_circular_fragments_are_refused_with_the_cycle_named() -> None:
    with pytest.raises(RequestError, match="Cannot spread fragment 'A' within itself via 'B'"):
        document("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")


def test_circular_fragments_that_are_never_spread_are_refused_too() -> None:
    with refused("GRAPHQL_VALIDATION_FAILED"):
        document("{ __typename } fragment A on Query { ...A }")


def test_a_document_of_too_many_tokens_is_refused() -> None:
    with refused("DOCUMENT_TOO_LONG", found=5_001, allowed=5_000):
        document("{ " + "__typename " * 6_000 + "}")


def test_a_document_of_too_many_fragments_is_refused() -> None:
    """A validator compares fragments in pairs."""
    parts = " ".join(f"fragment F{number} on Query {{ __typename }}" for number in range(101))
    with refused("DOCUMENT_TOO_LONG", found=101, allowed=100):
        document("{ __typename } " + parts)


def test_a_document_of_too_many_operations_is_refused() -> None:
    with refused("DOCUMENT_TOO_LONG", found=51, allowed=50):
        document(" ".join(f"query Q{number} {{ __typename }}" for number in range(51)))


def test_a_field_repeated_until_its_validation_takes_seconds_is_refused() -> None:
    """A validator compares the fields that stand under one key in pairs: 1,900 of them are 1.8 million."""
    with refused("TOO_MANY_REPETITIONS", found=1_900 * 1_899 // 2, allowed=5_000):
        document("{ customers { nodes { " + "id " * 1_900 + "} } }")


def test_repetitions_that_multiply_level_by_level_are_refused() -> None:
    """Twenty selections of sixty fields each merge into one of 1,200 under one key."""
    with refused("TOO_MANY_REPETITIONS"):
        document("{ " + ("customers { " + "nodes { id } " * 40 + "} ") * 20 + "}")


def test_a_list_in_a_document_that_is_too_long_is_refused() -> None:
    numbers = ", ".join(f'"{number}"' for number in range(201))
    with refused("LIST_TOO_LONG", found=201, allowed=200):
        document(f"{{ securities(filter: {{ isin: {{ in: [{numbers}] }} }}) {{ nodes {{ id }} }} }}")


def test_a_list_in_a_default_value_that_is_too_long_is_refused() -> None:
    numbers = ", ".join(f'"{number}"' for number in range(201))
    with refused("LIST_TOO_LONG", found=201, allowed=200):
        document(f"query ($in: [String!] = [{numbers}]) {{ __typename @include(if: true) }}")


def test_a_list_in_the_variables_that_is_too_long_is_refused() -> None:
    with refused("LIST_TOO_LONG", found=201, allowed=200):
        check_variables({"filter": {"isin": {"in": ["x"] * 201}}}, Limits())


def test_variables_of_too_many_values_are_refused() -> None:
    with refused("INPUT_TOO_LARGE", found=2_042, allowed=2_000):
        check_variables({"filter": {"or": [{"isin": {"in": ["x"] * 99}} for _ in range(20)]}}, Limits())


def test_a_filter_in_the_variables_that_is_nested_too_deeply_is_refused() -> None:
    tree: dict[str, Any] = {"isin": {"eq": "x"}}
    for _ in range(500):
        tree = {"not": tree}
    with refused("INPUT_TOO_DEEP", found=21, allowed=20):
        check_variables({"filter": tree}, Limits())


def test_a_filter_in_a_document_that_is_nested_too_deeply_is_refused() -> None:
    tree = "{ not: " * 30 + '{ isin: { eq: "x" } }' + " }" * 30
    with refused("INPUT_TOO_DEEP", found=21, allowed=20):
        document(f"{{ securities(filter: {tree}) {{ nodes {{ id }} }} }}")


def test_variables_are_measured_before_they_are_coerced() -> None:
    body = {"query": "query ($i: Boolean!) { __typename @skip(if: $i) }", "variables": {"i": [1] * 201}}
    response = post(body, headers={"Accept": "application/graphql-response+json"})
    assert (response.status_code, code_of(response)) == (400, "LIST_TOO_LONG")


def test_introspection_that_runs_in_circles_is_refused() -> None:
    selection = "{ name }"
    for _ in range(4):
        selection = f"{{ fields {{ type {selection} }} }}"
    with refused("GRAPHQL_VALIDATION_FAILED"):
        document(f"{{ __schema {{ types {selection} }} }}")


def logins(number: int) -> str:
    tries = (
        f'a{this}: tokenAuth(username: "officer", password: "guess {this}") {{ token }}'
        for this in range(number)
    )
    return f"mutation {{ {' '.join(tries)} }}"


def test_two_hundred_logins_in_one_request_are_refused() -> None:
    assert refusal(gateway(), logins(200))["extensions"]["code"] == "TOO_MANY_ROOT_FIELDS"


def test_twenty_logins_in_one_request_cost_too_much() -> None:
    """None of them is tried: the time of twenty password hashes is not to be had in one request."""
    extensions = refusal(gateway(), logins(20))["extensions"]
    assert extensions["code"] == "COST_ESTIMATED_TOO_EXPENSIVE"
    assert extensions["requested"] >= 20 * 200
    assert not AuditLog.objects.filter(event="LOGIN_FAILED").exists()


def test_a_batch_of_operations_is_refused() -> None:
    response = post([{"query": "{ __typename }"}, {"query": "{ __typename }"}])
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


def test_a_mutation_by_get_is_refused() -> None:
    query = 'mutation { closeCustomer(input: { id: "Customer:x" }) { customer { id } } }'
    response = Client().get("/graphql", {"query": query})
    assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")


def test_a_mutation_by_get_that_hides_behind_a_query_is_refused() -> None:
    query = 'query A { __typename } mutation B { closeCustomer(input: { id: "x" }) { customer { id } } }'
    response = Client().get("/graphql", {"query": query, "operationName": "B"})
    assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "text/plain",
        "",
        "application/graphql",
    ],
)
def test_a_form_of_another_site_is_refused(kind: str) -> None:
    """A page elsewhere can make a browser send these types without asking us first; JSON it can't."""
    response = post('{"query": "{ __typename }"}', content_type=kind, headers={"Origin": "https://evil.test"})
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_no_other_site_is_told_that_it_may_read_answers() -> None:
    response = Client().options(
        "/graphql", headers={"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
    )
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]


def test_a_body_that_is_too_long_is_refused_by_its_length() -> None:
    response = post(b"{" + b" " * 1_048_576)
    assert (response.status_code, code_of(response)) == (413, "BODY_TOO_LARGE")
    extensions = json.loads(response.content)["errors"][0]["extensions"]
    assert (extensions["found"], extensions["allowed"]) == (1_048_577, 1_048_576)


@pytest.mark.parametrize(
    "body",
    [b"[" * 200_000, b'{"query":' * 50_000, b"\xff\xfe", b" ", b"null", b'{"query":{}}', b'{"query":""}'],
)
def test_a_body_that_is_no_request_is_refused_without_a_traceback(body: bytes) -> None:
    response = post(body)
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


def hidden() -> Gateway:
    """Return a gateway that shows the schema to administrators only."""
    visibility = Visibility(everyone=False, roles=frozenset({"administrator"}))
    return Gateway(schema(), POLICY, customer_of=lambda _: None, visibility=visibility)


def refusal(over: Gateway, text: str, viewer: Viewer = ANONYMOUS, **variables: Any) -> Any:
    request = Request(text=text, operation_name=None, variables=variables, correlation_id="test")
    return json.loads(over.answer(request, viewer).body)["errors"][0]


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { name } } }",
        '{ __type(name: "Customer") { name } }',
        "{ ok: __typename hidden: __schema { types { name } } }",
        "{ ...F } fragment F on Query { __schema { types { name } } }",
        "{ ... { ... on Query { __schema { types { name } } } } }",
        "query ($no: Boolean = false) { __schema @skip(if: $no) { types { name } } }",
    ],
)
def test_introspection_where_it_is_off_is_refused_however_it_is_written(text: str) -> None:
    assert refusal(hidden(), text)["extensions"]["code"] == "INTROSPECTION_OFF"


def test_introspection_where_it_is_off_is_answered_to_a_role_that_may() -> None:
    request = Request(
        text="{ __schema { queryType { name } } }", operation_name=None, variables={}, correlation_id="test"
    )
    administrator = Viewer(kind="USER", roles=frozenset({"administrator"}))
    body = json.loads(hidden().answer(request, administrator).body)
    assert body["data"] == {"__schema": {"queryType": {"name": "Query"}}}


def test_typename_is_no_introspection() -> None:
    request = Request(text="{ __typename }", operation_name=None, variables={}, correlation_id="test")
    assert json.loads(hidden().answer(request, ANONYMOUS).body)["data"] == {"__typename": "Query"}


HALF_GUESSED = pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ customer { id } }", {}),
        ("{ custome(mobile: 1) { id } }", {}),
        ("{ customers { nodes { fullNam } } }", {}),
        ("{ customers(firs: 3) { nodes { id } } }", {}),
        ("{ customers(filter: { statu: { eq: ACTIVE } }) { nodes { id } } }", {}),
        ("{ customers(filter: { status: { eq: ACTIV } }) { nodes { id } } }", {}),
        ("{ customers { nodes { ... on Custome { id } } } }", {}),
        ("query ($f: CustomerFilte) { customers(filter: $f) { nodes { id } } }", {}),
        ("query ($f: CustomerFilter) { customers(filter: $f) { totalCount } }", {"f": {"statu": {}}}),
        ("query ($f: CustomerFilter) { customers(filter: $f) { totalCount } }", {"f": {"status": {"eq": "ACT"}}}),
    ],
)  # fmt: skip


@HALF_GUESSED
def test_where_introspection_is_off_errors_give_no_hints_at_the_schema(text: str, variables: Any) -> None:
    """Else the whole schema could be guessed, a few letters at a time."""
    assert "Did you mean" not in refusal(hidden(), text, **variables)["message"]


@HALF_GUESSED
def test_nor_does_the_explanation_of_access(text: str, variables: Any) -> None:
    asker = Asker(hidden(), Viewer(kind="USER", roles=frozenset({"customer"})), sees_schema=False)
    with pytest.raises(RequestError) as refused:
        asker.access(text, None, variables, None)
    assert "Did you mean" not in str([error.message for error in refused.value.errors])


def test_where_introspection_is_on_errors_help() -> None:
    assert "Did you mean 'fullName'?" in refusal(gateway(), "{ customers { nodes { fullNam } } }")["message"]


def test_in_production_introspection_is_off_unless_it_is_switched_on() -> None:
    program = "from django.conf import settings; print(settings.GATEWAY_INTROSPECTION)"
    said = []
    for given in ({}, {"GATEWAY_INTROSPECTION": "1"}):
        environment = {
            **os.environ,
            "BANKING_ENVIRONMENT": "production",
            "DJANGO_SECRET_KEY": "of this test alone",
            "DJANGO_SETTINGS_MODULE": "banking_project.settings",
            **given,
        }
        command = [sys.executable, "-W", "ignore", "-c", program]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True
        )
        said.append(done.stdout.strip())
    assert said == ["False", "True"]
