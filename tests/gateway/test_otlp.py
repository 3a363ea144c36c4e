"""What is put for a collector arrives there; what finds no room is dropped and counted."""

import pytest
from django.test import override_settings
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client import REGISTRY

from gateway import otlp
from gateway.otlp import Exporter
from gateway.span_bytes import entry_of
from tests.collector import collecting


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("banking_spans_total", {"outcome": outcome}) or 0.0


def entries(*names: str) -> bytes:
    return b"".join(entry_of(Span(name=name, trace_id=b"a" * 16, span_id=b"b" * 8)) for name in names)


def test_what_finds_no_room_is_dropped_and_counted_and_the_rest_arrives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(otlp, "WAITING_MAX", 5)
    monkeypatch.setattr(otlp, "ENOUGH", 4)
    # Sent because it is enough, not because it is time.
    with collecting() as collector, override_settings(SPANS_EVERY_S=60):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        sent, dropped = counted("sent"), counted("dropped")
        exporter = Exporter()
        exporter.put(entries("one", "two", "three"), spans=3)
        exporter.put(entries(*["too many"] * 3), spans=3)
        assert counted("dropped") == dropped + 3
        exporter.put(entries("four", "five"), spans=2)
        spans = collector.wait_for(lambda spans: len(spans) == 5)
        assert [span.name for span in spans] == ["one", "two", "three", "four", "five"]
        exporter.put(entries("six"))
        exporter.end()
        assert [span.name for span in collector.spans[5:]] == ["six"]
        assert counted("sent") == sent + 6
        assert len(collector.raw) == 2
