"""Spans put together of bytes are those that OpenTelemetry's library reads and would have written."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

from gateway.span_bytes import Children, entry_of, key_of, root, text_attribute

TEXTS = st.text(max_size=300)
TIMES = st.integers(min_value=1, max_value=2**64 - 1)
TRACE_IDS, SPAN_IDS = st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8)


def attribute(name: str, value: str) -> KeyValue:
    return KeyValue(key=name, value=AnyValue(string_value=value))


@st.composite
def commons(draw: st.DrawFn) -> Span:
    """Return what spans of a kind have in common, short and long."""
    pairs = draw(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
    failed = Status(code=Status.STATUS_CODE_ERROR, message=draw(TEXTS)) if draw(st.booleans()) else None
    return Span(
        name=draw(TEXTS),
        kind=Span.SPAN_KIND_CLIENT,
        attributes=[attribute(name, value) for name, value in pairs],
        status=failed,
    )


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.lists(commons(), max_size=4), TRACE_IDS, SPAN_IDS)
def test_children_are_what_the_library_reads(
    data: st.DataObject, kinds: list[Span], trace_id: bytes, root_id: bytes
) -> None:
    number = len(kinds)
    parents, started, ended = (
        data.draw(st.lists(drawn, min_size=number, max_size=number))
        for drawn in (st.integers(min_value=-1, max_value=number - 1), TIMES, TIMES)
    )
    entries = Children(kinds, parents=parents).entries(trace_id, root_id, started, ended)
    found = list(ScopeSpans.FromString(entries).spans)
    ids = [*(span.span_id for span in found), root_id]
    assert len(set(ids)) == number + 1
    for common, own, parent, began, stopped in zip(kinds, ids, parents, started, ended, strict=False):
        common.trace_id, common.span_id, common.parent_span_id = trace_id, own, ids[parent]
        common.start_time_unix_nano, common.end_time_unix_nano = began, stopped
    assert found == kinds


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(commons(), TRACE_IDS, SPAN_IDS, st.one_of(st.just(b""), SPAN_IDS), TIMES, TIMES, TEXTS)
def test_a_root_with_an_attribute_of_its_own_is_what_the_library_reads(
    common: Span,
    trace_id: bytes,
    span_id: bytes,
    parent_id: bytes,
    started_ns: int,
    ended_ns: int,
    text: str,
) -> None:
    entry = root(
        common.SerializeToString(),
        text_attribute(key_of("a.name"), text),
        trace_id=trace_id,
        span_id=span_id,
        parent_id=parent_id,
        started_ns=started_ns,
        ended_ns=ended_ns,
    )
    (found,) = ScopeSpans.FromString(entry).spans
    common.trace_id, common.span_id, common.parent_span_id = trace_id, span_id, parent_id
    common.start_time_unix_nano, common.end_time_unix_nano = started_ns, ended_ns
    common.attributes.append(attribute("a.name", text))
    assert found == common


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(commons(), max_size=4))
def test_entries_put_together_are_one_message(spans: list[Span]) -> None:
    assert list(ScopeSpans.FromString(b"".join(map(entry_of, spans))).spans) == spans
