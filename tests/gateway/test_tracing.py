"""Spans as a collector receives them: one trace for a request, its steps in it, and no value anywhere."""

from collections.abc import Iterator

import pytest
from django.test import override_settings
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from domains.kernel import trace
from gateway import tracing
from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.viewer import Viewer
from tests.collector import Collector, attributes, collecting
from tests.gateway.conftest import EVERYTHING

pytestmark = pytest.mark.usefixtures("written_book", "db")
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CUSTOMER = "query Whole($mobile: MobileNumber!) { customer(mobile: $mobile) { fullName kycProfile { pan } } }"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        tracing.start()
        yield collector
        tracing.end()


def ask(
    gateway: Gateway,
    text: str = CUSTOMER,
    *,
    sampled: bool | None = True,
    viewer: Viewer = EVERYTHING,
    mobile: str = "+919820000000",
) -> None:
    parent = None if sampled is None else f"00-{TRACE_ID}-{SPAN_ID}-{'01' if sampled else '00'}"
    request = Request(
        text=text,
        operation_name=None,
        variables={"mobile": mobile},
        correlation_id="correlated",
        traceparent=parent,
    )
    gateway.answer(request, viewer)


def named(spans: list[Span], name: str) -> Span:
    (found,) = [span for span in spans if span.name == name]
    return found


def test_a_sampled_request_is_one_trace_with_its_steps_statements_and_batch_fields(
    collector: Collector, clear_gateway: Gateway
) -> None:
    ask(clear_gateway)
    spans = collector.wait_for(lambda spans: any(span.name == "query Whole" for span in spans))
    root, execute = named(spans, "query Whole"), named(spans, "gateway.execute")
    assert {span.trace_id.hex() for span in spans} == {TRACE_ID}
    assert root.parent_span_id.hex() == SPAN_ID
    assert root.kind == Span.SPAN_KIND_SERVER
    told = attributes(root)
    assert told["graphql.operation.type"] == "query"
    assert told["graphql.operation.name"] == "Whole"
    assert told["banking.correlation.id"] == "correlated"
    steps = {span.name for span in spans if span.parent_span_id == root.span_id}
    assert steps == {
        f"gateway.{step}" for step in ("authentication", "documents", "limits", "plan", "execute", "answer")
    }
    (statement,) = [span for span in spans if span.name.startswith("EXECUTE ")]
    assert statement.parent_span_id == execute.span_id
    assert attributes(statement)["db.system.name"] == "postgresql"
    batch = named(spans, "gateway.batch")
    assert attributes(batch)["graphql.field.coordinate"] == "KYCProfile.pan"
    for span in spans:
        assert root.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= root.end_time_unix_nano


def test_a_request_that_was_not_sampled_exports_nothing_unless_it_fails(
    collector: Collector, clear_gateway: Gateway
) -> None:
    ask(clear_gateway, sampled=False)
    ask(clear_gateway, "query Broken { nonsense }", sampled=False)
    spans = collector.wait_for(lambda spans: spans)
    (summary,) = spans
    told = attributes(summary)
    assert told["banking.summary"] is True
    assert summary.status.code == Status.STATUS_CODE_ERROR
    assert told["error.type"] == "GRAPHQL_VALIDATION_FAILED"
    assert "banking.step.documents_ms" in told
    assert summary.trace_id.hex() == TRACE_ID


def test_a_slow_request_that_was_not_sampled_is_told(collector: Collector, clear_gateway: Gateway) -> None:
    with override_settings(TRACE_SLOW_S=0.0):
        ask(clear_gateway, sampled=False)
    (summary,) = collector.wait_for(lambda spans: spans)
    assert attributes(summary)["banking.code"] == "OK"
    assert "banking.step.execute_ms" in attributes(summary)


def test_failing_often_does_not_fill_the_collector(collector: Collector, clear_gateway: Gateway) -> None:
    limit = tracing._Limit(3)
    limit._second = 10**9
    assert [limit.one_more() for _ in range(5)].count(True) == 3


def test_half_of_the_requests_without_a_caller_s_decision_are_sampled(
    collector: Collector, clear_gateway: Gateway
) -> None:
    chosen = [tracing.begun(None, correlation_id="").place.sampled for _ in range(2_000)]
    assert 0.45 < sum(chosen) / len(chosen) < 0.55


def test_without_an_endpoint_nothing_is_sampled_and_ids_are_made_all_the_same() -> None:
    tracing.start()
    records = [tracing.begun(None, correlation_id="") for _ in range(100)]
    assert not any(record.place.sampled for record in records)
    assert len({record.trace_id for record in records}) == 100
    assert all(trace.parsed(record.place.traceparent) for record in records)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nonsense",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID.upper()}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{SPAN_ID}-01-more",
    ],
)
def test_a_header_that_names_no_trace_begins_a_new_one(given: str) -> None:
    record = tracing.begun(given, correlation_id="")
    assert record.trace_id != TRACE_ID
    assert record.parent_id == ""


def test_a_later_version_of_the_header_is_understood() -> None:
    assert tracing.begun(f"01-{TRACE_ID}-{SPAN_ID}-01-more", correlation_id="").trace_id == TRACE_ID


def test_a_collector_that_is_away_costs_spans_and_nothing_else(
    clear_gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    tracing.start()
    try:
        ask(clear_gateway)
    finally:
        tracing.end()
