"""What is known of one request while it is answered: marks that other systems join by, and the time of each step.

Tracing, metrics and logs read it when the request has ended; they add nothing to the path before that.
"""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domains.kernel.trace import Place

if TYPE_CHECKING:
    from gateway.planning.planner import Plan


# One step of the pipeline, a statement or a batch field: its name, when it started and when it ended, in
# nanoseconds since the epoch. An object of a class of its own would take four times as long to make.
Step = tuple[str, int, int]


class Timing:
    """Times one step while it is entered; a generator would take twice as long, six times in each request."""

    __slots__ = ("_name", "_started_ns", "_steps")

    def __init__(self, steps: list[Step], name: str) -> None:
        self._steps, self._name = steps, name

    def __enter__(self) -> None:
        self._started_ns = time.time_ns()

    def __exit__(self, *_: object) -> None:
        self._steps.append((self._name, self._started_ns, time.time_ns()))


@dataclass(slots=True)
class RequestRecord:
    """One request: never a value, a literal or anything personal."""

    place: Place
    parent_id: str = ""  # the caller's span
    operation_type: str = ""
    operation_name: str = ""
    document_id: str = ""
    viewer_kind: str = "ANONYMOUS"
    sees_schema: bool = False
    code: str = "OK"  # OK, or the first error's code
    status: int = 200
    cost: int | None = None  # points, as estimated; None: refused before that
    points_max: int | None = None  # what one request of the viewer's may cost
    plan: "Plan | None" = None
    plan_built: bool = False
    answer_bytes: int = 0
    steps: list[Step] = field(default_factory=list)
    statements: list[Step] = field(default_factory=list)
    batches: list[Step] = field(default_factory=list)
    started_ns: int = field(default_factory=time.time_ns)
    ended_ns: int = 0

    @property
    def correlation_id(self) -> str:
        """Return the id that joins all logs of the request."""
        return self.place.correlation_id

    @property
    def trace_id(self) -> str:
        """Return the id of the request's trace."""
        return self.place.trace_id

    def step(self, name: str) -> "Timing":
        """Time one step, whether it succeeds or not."""
        return Timing(self.steps, name)

    @property
    def seconds(self) -> float:
        """Return how long the request took."""
        return (self.ended_ns - self.started_ns) / 1e9
