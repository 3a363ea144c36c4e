"""Requests sorted by what they have in common: none is lost, none is told with another's times."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domains.kernel.trace import Place
from gateway.alike import sorted_out
from gateway.record import RequestRecord, Step

PARTS = st.lists(
    st.tuples(st.sampled_from(["documents", "execute"]), st.integers(0, 99), st.integers(0, 99)), max_size=3
)


@st.composite
def records(draw: st.DrawFn) -> RequestRecord:
    return RequestRecord(
        Place("a" * 32, "b" * 16, sampled=False),
        operation_name=draw(st.sampled_from(["One", "Other"])),
        code=draw(st.sampled_from(["OK", "BAD_REQUEST"])),
        steps=draw(PARTS),
        statements=draw(PARTS),
        batches=draw(PARTS),
    )


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(records(), max_size=20))
def test_each_request_is_among_those_that_it_is_like_with_its_own_times(given: list[RequestRecord]) -> None:
    kinds = sorted_out(given)
    told = [record for kind in kinds for record in kind.records]
    assert sorted(map(id, told)) == sorted(map(id, given))
    for kind in kinds:
        places = [list(map(id, given)).index(id(record)) for record in kind.records]
        assert places == sorted(places)
        for record, started, ended, took in zip(
            kind.records, kind.started_ns, kind.ended_ns, kind.took_ns, strict=True
        ):
            parts: list[Step] = list(zip(kind.names, started, ended, strict=True))
            assert parts[: kind.steps] == record.steps
            assert parts[kind.steps : kind.steps_and_statements] == record.statements
            assert parts[kind.steps_and_statements :] == record.batches
            assert took == tuple(end - start for _, start, end in parts)
            assert (record.operation_name, record.code) == (kind.first.operation_name, kind.first.code)
