"""From samples to rates, percentiles and tables."""

import pytest

from banking_project.dashboard_figures import figures, percentile


def sample(at: int, ok: int, failed: int, below: dict[str, float]) -> dict[str, object]:
    measured = {"count": below.get("+Inf", 0), "sum": 1.0 * ok, "below": below}
    return {
        "at": at,
        "counted": {
            "banking_requests": {"OK": ok, "INTERNAL": failed},
            "banking_request_failures": {"One": failed},
        },
        "measured": {"banking_request_seconds": {"One": measured}},
        "gauges": {"banking_jobs": {"WAITING": 3}},
    }


def test_nothing_sampled_is_nothing_shown() -> None:
    assert figures([]) == {"everyS": 5.0, "series": [], "now": None}


def test_a_point_tells_what_happened_between_two_samples() -> None:
    told = figures(
        [sample(0, 10, 0, {"0.1": 10, "+Inf": 10}), sample(5_000, 20, 5, {"0.1": 15, "1.0": 25, "+Inf": 25})]
    )
    (point,) = told["series"]
    assert point["perSecond"] == 3.0
    assert point["failedPerSecond"] == 1.0
    assert point["waiting"] == 3
    (operation,) = told["now"]["operations"]
    assert (operation["name"], operation["count"], operation["failures"]) == ("One", 15, 5)


def test_counters_that_began_anew_are_counted_from_nothing() -> None:
    told = figures([sample(0, 100, 0, {"+Inf": 100}), sample(5_000, 10, 0, {"+Inf": 10})])
    assert told["series"][0]["perSecond"] == 2.0
    assert told["now"]["operations"][0]["count"] == 10


def test_rows_are_told_by_the_second_and_only_once_there_is_an_earlier_sum() -> None:
    first, second = sample(0, 1, 0, {}), sample(5_000, 1, 0, {})
    second["counted"]["banking_database_rows"] = {"fetched": 1_500}  # type: ignore[index] # a dict of them
    assert figures([first, second])["now"]["database"]["rowsPerSecond"] == {}
    first["counted"]["banking_database_rows"] = {"fetched": 1_000}  # type: ignore[index] # likewise
    assert figures([first, second])["now"]["database"]["rowsPerSecond"] == {"fetched": 100.0}


@pytest.mark.parametrize(
    ("below", "share", "expected"),
    [
        ({}, 0.5, None),
        ({"0.1": 0, "+Inf": 0}, 0.5, None),
        ({"0.1": 10, "1.0": 10, "+Inf": 10}, 0.5, 50.0),
        ({"0.1": 5, "1.0": 10, "+Inf": 10}, 0.75, 550.0),
        ({"0.1": 5, "1.0": 5, "+Inf": 10}, 0.95, 1000.0),
    ],
)
def test_percentiles_are_interpolated_within_their_bucket(
    below: dict[str, float], share: float, expected: float | None
) -> None:
    assert percentile(below, share) == (None if expected is None else pytest.approx(expected))
