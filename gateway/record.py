"""What is known of one request while it is answered: marks that other systems join by, and the time of each step.

Tracing, metrics and logs read it when the request has ended; they add nothing to the path before that.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Step:
    """One step of the pipeline: times in nanoseconds since the epoch."""

    name: str
    started_ns: int
    ended_ns: int


@dataclass
class RequestRecord:
    """One request: never a value, a literal or anything personal."""

    correlation_id: str
    trace_id: str = ""
    operation_type: str = ""
    operation_name: str = ""
    document_id: str = ""
    viewer_kind: str = "ANONYMOUS"
    sees_schema: bool = False
    code: str = "OK"  # OK, or the first error's code
    status: int = 200
    cost: int | None = None  # points, as estimated; None: refused before that
    points_max: int | None = None  # what one request of the viewer's may cost
    statements: int = 0
    steps: list[Step] = field(default_factory=list)
    started_ns: int = field(default_factory=time.time_ns)
    ended_ns: int = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step, whether it succeeds or not."""
        started = time.time_ns()
        try:
            yield
        finally:
            self.steps.append(Step(name, started, time.time_ns()))

    @property
    def seconds(self) -> float:
        """Return how long the request took."""
        return (self.ended_ns - self.started_ns) / 1e9
