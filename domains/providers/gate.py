"""Who may go through to a provider: circuit breaker, concurrency and rate, as rules over counted numbers.

Knows no database and no clock: `traffic` keeps the numbers in PostgreSQL, one row for each provider, locked
while they change, so that all processes share them. Times are seconds since the epoch.

The breaker opens when, within its rolling window, at least `calls_min` calls have ended and the share of faults
has reached `fault_percent`. After `open_s` it is half open: so many calls as `probes` are let through as probes;
when all of them have passed it closes, and the first that fails opens it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domains.providers.words import Breaker

BUCKETS = 10  # into which the window is divided; it rolls by whole ones


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed, as it is configured."""

    concurrency_max: int
    rate_per_minute: int | None
    rate_burst: int
    breaker_window_s: int
    breaker_calls_min: int
    breaker_fault_percent: int
    breaker_open_s: int
    breaker_probes: int


@dataclass(slots=True)
class Gate:
    """The numbers of one provider.

    `window` holds [bucket, calls, faults]; `on_the_way` the time until which each call keeps its place, so that
    one whose process died gives it back; `probes` which of these are probes.
    """

    breaker: Breaker = Breaker.CLOSED
    retry_at: float | None = None
    window: list[list[int]] = field(default_factory=list)
    on_the_way: dict[str, float] = field(default_factory=dict)
    probes: list[str] = field(default_factory=list)
    passed: int = 0
    rate_clock: float = 0.0  # GCRA: when the allowance would be whole again

    @classmethod
    def of(cls, *, breaker: str, retry_at: float | None, tally: Mapping[str, Any]) -> "Gate":
        """Return the gate that was kept."""
        return cls(breaker=Breaker(breaker), retry_at=retry_at, **tally)

    def tally(self) -> dict[str, Any]:
        """Return what is to be kept beside breaker and time."""
        return {
            "window": self.window,
            "on_the_way": self.on_the_way,
            "probes": self.probes,
            "passed": self.passed,
            "rate_clock": self.rate_clock,
        }

    def enter(self, *, limits: Limits, at: float, call: str, until: float) -> tuple[str, float | None]:
        """Let a call through; else return why not, as a common raw code, and after how many seconds it may be."""
        self._forget(at)
        if self.breaker is Breaker.OPEN:
            if self.retry_at is not None and at < self.retry_at:
                return "BREAKER_OPEN", self.retry_at - at
            self.breaker, self.passed = Breaker.HALF_OPEN, 0
        half_open = self.breaker is Breaker.HALF_OPEN
        if half_open and len(self.probes) + self.passed >= limits.breaker_probes:
            return "BREAKER_OPEN", 1.0
        if len(self.on_the_way) >= limits.concurrency_max:
            return "BUSY", None
        if (wait_s := self._rate_wait_s(limits, at)) > 0:
            return "RATE_LIMITED_HERE", wait_s
        self.on_the_way[call] = until
        if half_open:
            self.probes.append(call)
        return "", None

    def leave(self, *, limits: Limits, at: float, call: str, fault: bool) -> None:
        """Count how a call ended, and open or close the breaker accordingly."""
        probe = call in self.probes
        self.on_the_way.pop(call, None)
        self._forget(at)
        if self.breaker is Breaker.CLOSED:
            self._count(limits, at, fault)
            if self._too_many_faults(limits):
                self._open(limits, at)
        elif self.breaker is Breaker.HALF_OPEN and probe:
            if fault:
                self._open(limits, at)
            else:
                self.passed += 1
                if self.passed >= limits.breaker_probes:
                    self.breaker, self.retry_at, self.window, self.probes = Breaker.CLOSED, None, [], []
        # What was sent before the breaker opened and ends after it tells nothing about now.

    def _forget(self, at: float) -> None:
        self.on_the_way = {call: until for call, until in self.on_the_way.items() if until > at}
        self.probes = [call for call in self.probes if call in self.on_the_way]

    def _rate_wait_s(self, limits: Limits, at: float) -> float:
        if limits.rate_per_minute is None:
            return 0.0
        each_s = 60 / limits.rate_per_minute
        clock = max(self.rate_clock, at) + each_s
        wait_s = clock - at - each_s * limits.rate_burst
        if wait_s <= 1e-6:
            self.rate_clock = clock
            return 0.0
        return wait_s

    def _count(self, limits: Limits, at: float, fault: bool) -> None:
        width_s = limits.breaker_window_s / BUCKETS
        bucket = int(at / width_s)
        if self.window and bucket < self.window[-1][0] <= bucket + BUCKETS:
            bucket = self.window[-1][0]  # who waited for the lock has read the clock before who held it
        self.window = [each for each in self.window if bucket - BUCKETS < each[0] <= bucket]
        if not self.window or self.window[-1][0] != bucket:
            self.window.append([bucket, 0, 0])
        self.window[-1][1] += 1
        self.window[-1][2] += fault

    def _too_many_faults(self, limits: Limits) -> bool:
        calls, faults = (sum(each[place] for each in self.window) for place in (1, 2))
        return calls >= limits.breaker_calls_min and faults * 100 >= calls * limits.breaker_fault_percent

    def _open(self, limits: Limits, at: float) -> None:
        self.breaker, self.retry_at = Breaker.OPEN, at + limits.breaker_open_s
        self.window, self.probes, self.passed = [], [], 0
