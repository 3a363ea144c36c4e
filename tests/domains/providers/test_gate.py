"""The gate: breaker, concurrency and rate as rules over numbers, for any order of calls."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.providers.gate import Gate, Limits
from domains.providers.words import Breaker

LIMITS = Limits(
    concurrency_max=3,
    rate_per_minute=None,
    rate_burst=1,
    breaker_window_s=10,
    breaker_calls_min=4,
    breaker_fault_percent=50,
    breaker_open_s=5,
    breaker_probes=2,
)


def end(gate: Gate, at: float, *, fault: bool, call: str = "c") -> None:
    assert gate.enter(limits=LIMITS, at=at, call=call, until=at + 1) == ("", None)
    gate.leave(limits=LIMITS, at=at, call=call, fault=fault)


def opened(at: float) -> Gate:
    gate = Gate()
    for _ in range(4):
        end(gate, at, fault=True)
    assert gate.breaker is Breaker.OPEN
    return gate


def test_it_opens_at_the_share_of_faults_and_not_before_the_floor() -> None:
    gate = Gate()
    for fault in (True, True, True):
        end(gate, 100.0, fault=fault)
        assert gate.breaker is Breaker.CLOSED
    end(gate, 100.0, fault=False)
    assert gate.breaker is Breaker.OPEN


def test_faults_that_left_the_window_no_longer_count() -> None:
    gate = Gate()
    for _ in range(3):
        end(gate, 100.0, fault=True)
    for _ in range(3):
        end(gate, 111.0, fault=False)
    end(gate, 111.0, fault=True)
    assert gate.breaker is Breaker.CLOSED


def test_an_open_one_lets_nobody_through_until_it_is_due() -> None:
    gate = opened(100.0)
    assert gate.enter(limits=LIMITS, at=104.0, call="c", until=105) == ("BREAKER_OPEN", 1.0)
    assert gate.enter(limits=LIMITS, at=105.0, call="c", until=106) == ("", None)
    assert gate.breaker is Breaker.HALF_OPEN


def test_it_closes_when_all_probes_have_passed() -> None:
    gate = opened(100.0)
    end(gate, 105.0, fault=False)
    assert gate.breaker is Breaker.HALF_OPEN
    end(gate, 105.0, fault=False)
    assert gate.breaker is Breaker.CLOSED
    end(gate, 105.0, fault=True)
    assert gate.breaker is Breaker.CLOSED  # it begins to count anew


def test_a_probe_that_fails_opens_it_again() -> None:
    gate = opened(100.0)
    end(gate, 105.0, fault=True)
    assert (gate.breaker, gate.retry_at) == (Breaker.OPEN, 110.0)


def test_no_more_probes_go_out_than_are_allowed_and_a_lost_one_gives_its_place_back() -> None:
    gate = opened(100.0)
    for call in ("one", "two"):
        assert gate.enter(limits=LIMITS, at=105.0, call=call, until=107.0)[0] == ""
    assert gate.enter(limits=LIMITS, at=106.0, call="three", until=108.0)[0] == "BREAKER_OPEN"
    assert gate.enter(limits=LIMITS, at=107.5, call="three", until=109.0)[0] == ""


def test_what_was_sent_before_it_opened_does_not_close_it() -> None:
    gate = Gate()
    gate.enter(limits=LIMITS, at=99.0, call="early", until=200.0)
    for _ in range(4):
        end(gate, 100.0, fault=True)
    gate.leave(limits=LIMITS, at=101.0, call="early", fault=False)
    assert gate.breaker is Breaker.OPEN


def test_it_is_the_same_after_it_was_kept() -> None:
    gate = opened(100.0)
    assert Gate.of(breaker=gate.breaker, retry_at=gate.retry_at, tally=gate.tally()) == gate


def test_a_clock_that_is_read_a_little_early_loses_no_count() -> None:
    gate = Gate()
    end(gate, 100.9, fault=True)
    end(gate, 101.1, fault=True)
    end(gate, 100.95, fault=True)
    assert sum(calls for _, calls, _ in gate.window) == 3


Steps = st.lists(st.tuples(st.floats(0, 3), st.booleans(), st.booleans()), max_size=60)


@given(Steps)
@settings(max_examples=200, deadline=None)
def test_never_are_more_on_the_way_than_allowed_and_an_open_breaker_lets_none_through(
    steps: list[tuple[float, bool, bool]],
) -> None:
    gate, at, inside = Gate(), 1_000.0, []
    for number, (passed_s, enters, fault) in enumerate(steps):
        at += passed_s
        if enters or not inside:
            closed_to_all = gate.breaker is Breaker.OPEN and gate.retry_at is not None and at < gate.retry_at
            refusal, _ = gate.enter(limits=LIMITS, at=at, call=str(number), until=at + 4)
            assert not (closed_to_all and refusal == "")
            if not refusal:
                inside.append(str(number))
        else:
            gate.leave(limits=LIMITS, at=at, call=inside.pop(0), fault=fault)
        assert len(gate.on_the_way) <= LIMITS.concurrency_max
        assert len(gate.probes) <= LIMITS.breaker_probes
        assert len(gate.window) <= 10


@given(st.lists(st.floats(0, 5), max_size=80), st.integers(1, 120), st.integers(1, 10))
@settings(max_examples=200, deadline=None)
def test_no_span_of_time_sees_more_than_rate_and_burst(
    pauses: list[float], rate_per_minute: int, burst: int
) -> None:
    limits = replace(LIMITS, rate_per_minute=rate_per_minute, rate_burst=burst)
    gate, at, let_through = Gate(), 1_000.0, []
    for pause in pauses:
        at += pause
        if gate.enter(limits=limits, at=at, call="c", until=at)[0] == "":
            let_through.append(at)
    for first in range(len(let_through)):
        for last in range(first, len(let_through)):
            allowed = burst + (let_through[last] - let_through[first]) * rate_per_minute / 60
            assert last - first + 1 <= allowed + 1e-3


def test_a_refusal_by_rate_says_when_to_come_again() -> None:
    limits = replace(LIMITS, rate_per_minute=60, rate_burst=1)
    gate = Gate()
    assert gate.enter(limits=limits, at=100.0, call="a", until=101.0) == ("", None)
    refusal, wait_s = gate.enter(limits=limits, at=100.25, call="b", until=101.0)
    assert (refusal, wait_s) == ("RATE_LIMITED_HERE", pytest.approx(0.75))
