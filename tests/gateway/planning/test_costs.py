"""What an operation is estimated at before it runs."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import strawberry
from django.core.exceptions import ImproperlyConfigured
from graphql import get_introspection_query, graphql_sync
from hypothesis import given
from hypothesis import strategies as st

from domains.audit.models import AuditLog
from domains.identity.models import Role
from domains.providers.models import SystemConfig
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import batch, column, entity, global_id, listing, lookup, operation
from gateway.limits import Limits
from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.slots import Bindings
from gateway.tiers import Tiers
from gateway.viewer import ANONYMOUS, Viewer
from gateway.weights import INTROSPECTED
from schema.policy import POLICY
from schema.root import gateway

CUSTOMER_360 = """
    fullName mobile status
    kycProfile { pan status riskCategory address }
    dematAccounts { nodes { boId depository status } }
    portfolios { nodes { name holdings { nodes {
      isin symbol quantity averageCost lastPrice marketValue } } } }
    transactions(first: 20) { nodes { reference kind status amount { value currency } createdAt }
      pageInfo { hasNextPage endCursor } }
"""
ONE = f'{{ customer(mobile: "+919876543210") {{ {CUSTOMER_360} }} }}'
FIFTY = f"{{ customers(first: 50) {{ nodes {{ {CUSTOMER_360} }} }} }}"
CUSTOMER_POINTS = 1 + (1 + 2 + 2) + (1 + 20) + (1 + 20 * (1 + 1 + 20)) + (1 + 20 + 1 + 2)


def points(text: str, variables: Mapping[str, Any] | None = None, *, over: Gateway | None = None) -> int:
    """Return the estimate; nothing is planned, so no database is needed."""
    asked = over or gateway()
    document = asked.documents.read(text)
    bound = {**document.literals, **(variables or {})}
    found = asked.planner.sketch(
        document, document.operation(None), profile=ANONYMOUS.profile, variables=bound
    )
    return found.cost.points(Bindings(bound, ANONYMOUS, {}))


def ask(text: str, viewer: Viewer, **options: Any) -> Any:
    request = Request(text=text, operation_name=None, variables={}, correlation_id="test", **options)
    return json.loads(gateway().answer(request, viewer).body)


def test_the_customer_query_costs_its_objects_its_sealed_values_and_its_pages() -> None:
    look_up = gateway().planner.mapping.fields["Query.customer"].spec.cost or 0
    assert points(ONE) == look_up + CUSTOMER_POINTS
    assert points(FIFTY) == 1 + 50 * CUSTOMER_POINTS


@pytest.mark.parametrize("role", Role.values)
def test_fifty_customers_with_all_below_them_stay_within_the_budget_of_every_role(role: str) -> None:
    tier = Tiers.configured().of(Viewer(kind="USER", roles=frozenset({role})))
    assert tier is not None
    assert points(FIFTY) <= tier.request_points_max


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_pages_multiply_level_by_level_whether_they_are_literals_or_variables(a: int, b: int, c: int) -> None:
    expected = 1 + a * (1 + 1 + b * (1 + 1 + c))
    literal = (
        f"{{ customers(first: {a}) {{ nodes {{ portfolios(first: {b}) {{ nodes {{"
        f" holdings(first: {c}) {{ nodes {{ id }} }} }} }} }} }} }}"
    )
    variable = (
        "query ($a: Int, $b: Int, $c: Int) { customers(first: $a) { nodes { portfolios(first: $b) { nodes {"
        " holdings(first: $c) { nodes { id } } } } } } }"
    )
    assert points(literal) == expected
    assert points(variable, {"a": a, "b": b, "c": c}) == expected


def test_a_page_that_is_not_sized_counts_as_the_default_page() -> None:
    assert points("{ customers { nodes { id } } }") == points("{ customers(first: 20) { nodes { id } } }")
    assert points("query ($n: Int) { customers(first: $n) { nodes { id } } }", {"n": None}) == 21


def test_every_alias_costs_what_its_field_costs() -> None:
    one = points("{ customers { nodes { id } } }")
    assert points("{ a: customers { nodes { id } } b: customers { nodes { id } } }") == 2 * one


def test_columns_are_free_but_not_the_same_column_again_under_another_name() -> None:
    assert points("{ customers { nodes { id fullName status } } }") == 21
    assert points("{ customers { nodes { id a: fullName b: fullName c: fullName } } }") == 21 + 2 * 20


def test_fragments_cost_what_they_select_each_time_they_are_spread() -> None:
    spread = (
        "{ a: customers { nodes { ...F } } b: customers { nodes { ...F } } }"
        " fragment F on Customer { kycProfile { pan } }"
    )
    assert points(spread) == 2 * points("{ customers { nodes { kycProfile { pan } } } }")


def test_what_is_selected_twice_under_one_key_costs_once() -> None:
    assert points("{ customers { nodes { id } nodes { fullName } } ...F } fragment F on Query {"
                  " customers { nodes { id } } }") == 21  # fmt: skip


def test_what_a_condition_leaves_out_costs_nothing() -> None:
    text = "query ($with: Boolean!) { customers { nodes { id portfolios @include(if: $with) { nodes { id } } } } }"
    assert points(text, {"with": False}) == 21
    assert points(text, {"with": True}) == 21 + 20 * 21


def test_edges_and_nodes_side_by_side_are_two_pages() -> None:
    assert points("{ customers(first: 10) { nodes { id } edges { cursor node { id } } } }") == 1 + 10 + 10 * 3


def test_counting_all_rows_costs_ten() -> None:
    assert points("{ customers(first: 0) { totalCount } }") == 11


def test_figures_over_many_rows_cost_what_counting_rows_does() -> None:
    """Fifty aliases of a percentile over the last minutes' calls were as cheap as fifty columns."""
    assert (
        points("{ providers(first: 3) { nodes { code recentCalls p: recentLatencyP95Ms } } }") == 1 + 3 * 21
    )


def test_behind_an_interface_the_dearest_type_counts() -> None:
    text = (
        '{ node(id: "Customer:x") { id ... on Customer { portfolios(first: 7) { nodes { id } } }'
        " ... on KYCProfile { pan } } }"
    )
    assert points(text) == 1 + 1 + 7


def test_a_mutation_costs_ten_and_its_payload() -> None:
    text = 'mutation { closeCustomer(input: { id: "x" }) { customer { id } problems { code } } }'
    assert points(text) == 10 + 1 + 1 + 10


def test_each_condition_of_a_filter_costs_for_each_parent_for_rows_are_compared_that_are_not_answered() -> (
    None
):
    one = points("{ customers { nodes { id } } }")
    assert points("{ customers(filter: {}) { nodes { id } } }") == one
    assert points("{ customers(filter: {status: {in: [ACTIVE, CLOSED]}}) { nodes { id } } }") == one + 10
    many = {"or": [{"reference": {"startsWith": "x"}, "amount": {"gte": "1", "lt": "9"}}] * 200}
    text = "query ($f: TransactionFilter) { transactions(filter: $f, first: 0) { totalCount } }"
    assert points(text, {"f": many}) == 11 + 200 * 3 * 10
    nested = "query ($f: TransactionFilter) { customers(first: 5) { nodes { transactions(filter: $f, first: 1) { nodes { id } } } } }"  # fmt: skip  # noqa: E501
    assert points(nested, {"f": {"not": {"status": {"eq": "SETTLED"}}}}) == 1 + 5 * (1 + 1 + 10 + 1)


def fields_in(value: Any) -> int:
    """Return how many fields an answer holds."""
    if isinstance(value, dict):
        return sum(1 + fields_in(below) for below in value.values())
    return sum(map(fields_in, value)) if isinstance(value, list) else 0


QUESTIONS = (
    get_introspection_query(),
    "{ __schema { types { fields { args { name } type { fields { name } } } } directives { args { name } } } }",
    "{ __schema { types { possibleTypes { interfaces { name } } inputFields { name } enumValues { name } } } }",
    '{ __type(name: "Node") { possibleTypes { a: fields { args { name } } b: fields { name description } } } }',
    '{ __type(name: "Query") { fields { name args { name } type { fields { name args { name } } } } } }',
    '{ __type(name: "ErrorCode") { enumValues { name } } __schema { mutationType { fields { name } } } }',
)


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_about_the_schema_costs_no_less_than_the_fields_that_answer_it(text: str) -> None:
    found = graphql_sync(gateway().schema, text).data
    assert fields_in(found) > 0
    assert points(text) >= fields_in(found) * INTROSPECTED


def test_one_type_asked_about_under_many_names_is_no_cheap_way_to_keep_a_gateway_busy() -> None:
    """It answered five megabytes in two seconds for sixteen points."""
    flood = " ".join(f"a{number}: fields {{ name args {{ name }} }}" for number in range(90))
    assert points(f'{{ __type(name: "Node") {{ possibleTypes {{ {flood} }} }} }}') > 10_000


def test_introspection_costs_by_what_the_schema_holds() -> None:
    types = len(gateway().schema.type_map)
    assert points("{ __schema { types { name } } }") == pytest.approx((2 + types) * INTROSPECTED, abs=1)
    assert points("{ a: __schema { types { name } } b: __schema { types { name } } }") == 2 * points(
        "{ __schema { types { name } } }"
    )


def test_a_tool_that_reads_the_whole_schema_stays_within_half_the_budget_of_who_has_no_credentials() -> None:
    """So the explorer opens before anyone has signed in, and still will when the schema has grown."""
    everything = get_introspection_query(specified_by_url=True, input_value_deprecation=True)
    assert points(everything) <= Tiers.configured().by_name["ANONYMOUS"].request_points_max / 2


def test_only_typename_costs_nothing() -> None:
    assert points("{ __typename }") == 0


@entity(SystemConfig, name="Setting", description="A setting.")
class Setting:
    """A setting with declared costs."""

    id: strawberry.ID = global_id()
    key: str = column(C.PUBLIC, "Its key.", cost=3)
    description: str = column(C.PUBLIC, "What it does.")
    price: int | None = batch(C.PUBLIC, "A price.", columns=("version",), compute=list, cost=7)
    free: int | None = batch(C.PUBLIC, "Nothing.", columns=("version",), compute=list, cost=0)


@strawberry.type
class Query:
    """Ways in to settings."""

    setting: Setting | None = lookup("One.", arguments={"key": str}, cost=40)
    settings: Connection[Setting] = listing("All.", order="key", cost=60)


def sign_in(_actor: Any) -> str:
    return "no"


@strawberry.type
class Mutation:
    """A sign-in as dear as its password hash."""

    sign_in: str | None = operation("Sign in.", run=sign_in, arguments={}, cost=500)


@pytest.fixture(scope="module")
def declared() -> Gateway:
    schema = strawberry.Schema(query=Query, mutation=Mutation)
    return Gateway(schema, POLICY, customer_of=lambda _: None)


def test_a_declared_cost_replaces_the_default(declared: Gateway) -> None:
    assert points('{ setting(key: "x") { description } }', over=declared) == 40 + 1
    assert points('{ setting(key: "x") { key price free } }', over=declared) == 40 + 1 + 3 + 7
    assert points("{ settings(first: 2) { nodes { key } } }", over=declared) == 60 + 2 * (1 + 3)


@pytest.mark.django_db
def test_two_hundred_logins_in_one_request_cost_two_hundred_logins() -> None:
    schema = strawberry.Schema(query=Query, mutation=Mutation)
    limits = Limits(root_fields_max=200, aliases_max=200)
    generous = Gateway(schema, POLICY, customer_of=lambda _: None, limits=limits)
    flood = " ".join(f"a{number}: signIn" for number in range(200))
    assert points(f"mutation {{ {flood} }}", over=generous) == 200 * 500
    answer = generous.answer(
        Request(text=f"mutation {{ {flood} }}", operation_name=None, variables={}, correlation_id="test"),
        ANONYMOUS,
    )
    assert json.loads(answer.body)["errors"][0]["extensions"]["code"] == "COST_ESTIMATED_TOO_EXPENSIVE"


def test_only_declared_costs_are_printed_in_the_schema(declared: Gateway) -> None:
    printed = strawberry.Schema(query=Query, mutation=Mutation).as_str()
    assert 'signIn: String @classified(as: "PUBLIC") @cost(weight: "500")' in printed
    assert 'key: String! @classified(as: "PUBLIC") @cost(weight: "3")' in printed
    assert 'description: String! @classified(as: "PUBLIC")\n' in printed


@pytest.mark.django_db
def test_an_operation_over_budget_is_refused_with_its_dearest_places_first() -> None:
    viewer = Viewer(kind="USER", roles=frozenset({"administrator"}))
    body = ask(
        "{ customers(first: 200) { nodes { portfolios(first: 200) { nodes { holdings(first: 200) {"
        " nodes { id } } } } } } }",
        viewer,
    )
    (error,) = body["errors"]
    extensions = error["extensions"]
    assert extensions["code"] == "COST_ESTIMATED_TOO_EXPENSIVE"
    assert extensions["requested"] == 1 + 200 * (2 + 200 * (2 + 200))
    assert extensions["allowed"] == 50_000
    assert extensions["breakdown"][0] == {
        "path": "customers.nodes.portfolios.nodes.holdings.nodes",
        "points": 200**3,
        "times": 200**3,
    }
    dearness = [line["points"] for line in extensions["breakdown"]]
    assert dearness == sorted(dearness, reverse=True)
    assert sum(dearness) == extensions["requested"]


@pytest.mark.django_db
def test_the_cost_of_an_operation_is_explained_without_running_it() -> None:
    viewer, planned = Viewer(kind="USER", roles=frozenset({"auditor"})), gateway().planner.built
    body = ask(FIFTY, viewer, explain="cost")
    assert body["data"] is None
    assert gateway().planner.built == planned
    assert not AuditLog.objects.exists()
    assert body["extensions"]["cost"]["estimated"] == points(FIFTY)
    assert body["extensions"]["cost"]["allowed"] == 50_000
    assert sum(line["points"] for line in body["extensions"]["cost"]["breakdown"]) == points(FIFTY)


@pytest.mark.django_db
def test_a_mutation_whose_cost_is_explained_is_not_run() -> None:
    viewer = Viewer(kind="USER", roles=frozenset({"administrator"}))
    text = 'mutation { closeCustomer(input: { id: "Customer:x" }) { problems { code } } }'
    body = ask(text, viewer, explain="cost")
    assert body["data"] is None
    assert body["extensions"]["cost"]["estimated"] == points(text)


@pytest.mark.django_db
def test_an_answer_tells_what_it_was_estimated_at() -> None:
    assert ask("{ __typename }", ANONYMOUS)["extensions"]["cost"]["estimated"] == 0


def test_a_key_has_its_tier_and_a_role_the_most_generous_of_its_own() -> None:
    tiers = Tiers({"SMALL": {"request_points_max": 1, "points_per_minute": 1, "burst_points": 1}},
                  {"service": "ELEVATED", "customer": "SMALL"})  # fmt: skip
    service, customer = frozenset({"service"}), frozenset({"customer"})
    named = {
        "ANONYMOUS": ANONYMOUS,
        "SMALL": Viewer(kind="API_KEY", roles=service, rate_tier="SMALL"),
        "STANDARD": Viewer(kind="API_KEY", rate_tier="no such tier"),
        "ELEVATED": Viewer(kind="USER", roles=service | customer),
    }
    for name, viewer in named.items():
        assert getattr(tiers.of(viewer), "name", None) == name
    assert tiers.of(Viewer(kind="SYSTEM")) is None


@pytest.mark.parametrize(
    ("tiers", "roles"),
    [
        ({"SMALL": {"points_per_minute": 1}}, {}),
        ({"STANDARD": {"points": 1}}, {}),
        ({"STANDARD": {"points_per_minute": 0}}, {}),
        ({"STANDARD": {"burst_points": 10}}, {}),
        ({}, {"service": "NO_SUCH_TIER"}),
    ],
)
def test_a_tier_that_makes_no_sense_is_refused_at_start(tiers: Any, roles: Any) -> None:
    with pytest.raises(ImproperlyConfigured):
        Tiers(tiers, roles)
