"""What is counted of costs, limits and allowances, under labels that no client can add to."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from gateway import extent, limits, metrics
from gateway.afterwards import SINKS
from gateway.metrics import LIMIT_CODES
from gateway.pipeline import Gateway
from gateway.rates.allowances import Allowances
from gateway.rates.bill import Rates
from gateway.rates.postgres import PostgresStore
from gateway.request import Request
from gateway.stored import Modes
from gateway.tiers import Tiers
from gateway.viewer import ANONYMOUS, Viewer
from gateway.weights import INTROSPECTED
from schema.policy import POLICY
from schema.root import schema

pytestmark = pytest.mark.django_db

TINY = {"request_points_max": 20, "points_per_minute": 1, "burst_points": 20}


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def gateway(**options: Any) -> Gateway:
    rates = Rates(Tiers({"ANONYMOUS": TINY}, {}), Allowances(PostgresStore()))
    return Gateway(schema(), POLICY, customer_of=lambda _: None, rates=rates, **options)


def ask(over: Gateway, text: str, viewer: Viewer = ANONYMOUS) -> int:
    request = Request(text=text, operation_name=None, variables={}, correlation_id="test")
    return over.answer(request, viewer).status


def test_the_cost_of_each_operation_is_observed() -> None:
    before = counted("banking_cost_points_sum", operation_type="query")
    ask(gateway(), "{ __schema { types { name } } }", Viewer(kind="SYSTEM"))
    after = counted("banking_cost_points_sum", operation_type="query")
    assert after - before == pytest.approx((1 + len(gateway().schema.type_map)) * INTROSPECTED, abs=1)


def test_a_refusal_over_a_limit_is_counted_by_its_code() -> None:
    over = gateway()
    for text, code in (
        ("{ " + " ".join(f"a{number}: __typename" for number in range(21)) + " }", "TOO_MANY_ROOT_FIELDS"),
        ("{ __schema { types { name fields { name args { name } } } } }", "COST_ESTIMATED_TOO_EXPENSIVE"),
    ):
        before = counted("banking_limit_refusals_total", code=code)
        ask(over, text)
        assert counted("banking_limit_refusals_total", code=code) == before + 1


def test_an_empty_allowance_is_counted_by_tier() -> None:
    over = gateway()
    before = counted("banking_rate_limited_total", tier="ANONYMOUS")
    statuses = [ask(over, "{ noSuchField }") for _ in range(3)]
    assert statuses == [400, 400, 429]
    assert counted("banking_rate_limited_total", tier="ANONYMOUS") == before + 1


def test_blocks_that_are_asked_of_the_store_are_counted() -> None:
    before = counted("banking_rate_blocks_total", store="postgres", outcome="taken")
    over = gateway()
    ask(over, "{ noSuchField }")
    assert counted("banking_rate_blocks_total", store="postgres", outcome="taken") == before + 1


def test_documents_are_counted_where_it_counts_whether_they_are_stored() -> None:
    before = counted("banking_documents_total", outcome="refused")
    ask(gateway(modes=Modes({"default": "ONLY_STORED"})), "{ __typename }")
    assert counted("banking_documents_total", outcome="refused") == before + 1


def test_what_telling_of_requests_takes_is_told() -> None:
    before = [counted("banking_telling_seconds_total", sink=sink) for sink in SINKS]
    ask(gateway(), "{ noSuchField }")
    after = [counted("banking_telling_seconds_total", sink=sink) for sink in SINKS]
    assert all(more > less for more, less in zip(after, before, strict=True))


def test_a_document_can_not_add_a_label() -> None:
    def series() -> int:
        return sum(len(metric.samples) for metric in REGISTRY.collect())

    over = gateway()
    ask(over, "{ noSuchField }")
    before = series()
    for number in range(20):
        ask(over, f"query Name{number} {{ noSuchField{number} }}")
    assert series() == before


@pytest.mark.parametrize("module", [limits, extent])
def test_every_code_of_a_limit_is_counted(module: Any) -> None:
    tree = ast.parse(Path(module.__file__).read_text())
    codes = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch("[A-Z]+(_[A-Z]+)+", node.value) and node.value != "GATEWAY_LIMITS"
    }
    assert codes
    assert codes <= LIMIT_CODES


def test_metrics_have_no_label_that_names_somebody() -> None:
    labels = {
        label
        for metric in vars(metrics).values()
        for label in getattr(metric, "_labelnames", ())
    }  # fmt: skip
    assert labels == {
        "operation_type",
        "operation",
        "viewer_kind",
        "code",
        "step",
        "outcome",
        "store",
        "tier",
        "coordinate",
        "decision",
        "sink",
    }
