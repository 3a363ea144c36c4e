"""Many observations at once come to what they come to one by one."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from gateway.tallies import observe_all

BUCKETS = (0.1, 1, 2.5, 10)
MS = 1_000  # to a second
BOUNDS = [int(bound * MS) for bound in BUCKETS]


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(st.integers(min_value=0, max_value=20 * MS), st.sampled_from(BOUNDS)), max_size=50))
def test_observing_all_is_observing_each(values: list[int]) -> None:
    one, other = (
        Histogram("values", "Values.", buckets=BUCKETS, registry=CollectorRegistry()) for _ in range(2)
    )
    for value in values:
        one.observe(value / MS)
    observe_all(other, values, to_one=MS)
    told, expected = (
        {
            sample.name + str(sample.labels): sample.value
            for sample in histogram.collect()[0].samples
            if "created" not in sample.name
        }
        for histogram in (other, one)
    )
    assert told.keys() == expected.keys()
    assert all(abs(told[name] - expected[name]) < 1e-9 for name in expected)
