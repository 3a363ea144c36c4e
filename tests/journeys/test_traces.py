"""From a request to the job that it promised: two traces, linked, and nobody's data in them."""

import pytest
from django.db import transaction
from django.test import override_settings

from domains.jobs.engine import Job, enqueue, work_one
from domains.kernel import trace
from gateway import tracing
from tests.collector import attributes, collecting


def test_a_job_is_a_trace_of_its_own_linked_to_the_request_that_promised_it(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, Job]] = []

    def handler(job: Job) -> None:
        here = trace.place()
        assert here is not None
        seen.append((here.correlation_id, job))

    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        tracing.start()
        try:
            begun = tracing.begun("00-" + "a" * 32 + "-" + "b" * 16 + "-01", correlation_id="one-story")
            standing = trace.stand(begun.place)
            with transaction.atomic():
                enqueue(kind="test", key="1", payload={})
            trace.leave(standing)
            assert work_one({"test": handler})
            (span,) = collector.wait_for(lambda spans: spans)
        finally:
            tracing.end()
    assert [correlation_id for correlation_id, _ in seen] == ["one-story"]
    assert span.name == "job test"
    assert span.trace_id.hex() != "a" * 32
    assert span.parent_span_id == b""
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in span.links] == [
        ("a" * 32, begun.place.span_id)
    ]
    assert attributes(span)["banking.correlation.id"] == "one-story"


def test_a_job_that_fails_says_with_what_and_not_why(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(job: Job) -> None:
        raise ValueError("+919820044556")

    with collecting() as collector, override_settings(TRACES_SAMPLED=1.0):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        tracing.start()
        try:
            with transaction.atomic():
                enqueue(kind="test", key="2", payload={})
            assert work_one({"test": handler})
            (span,) = collector.wait_for(lambda spans: spans)
        finally:
            tracing.end()
    assert span.status.message == "ValueError"
    assert b"9820044556" not in b"".join(collector.raw)
