"""Where the program stands in a trace (W3C Trace Context), and for which request or job: for logs, spans and the
headers of outgoing calls, and never for a decision.

This is the one thing that is ambient here: a line of a log must tell its request although no function was handed
it. Spans go to a sink that the program sets at start (`gateway.tracing`); without one they are dropped.
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field

Attribute = str | int | float | bool

TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A request's or a job's place in its trace: ids in lower-case hex."""

    trace_id: str
    span_id: str
    sampled: bool
    correlation_id: str = ""

    @property
    def traceparent(self) -> str:
        """Return the header that hands the place on."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


@dataclass(slots=True)
class Span:
    """A piece of work that is told: names and marks, never a value. Times in nanoseconds since the epoch."""

    name: str
    kind: str  # INTERNAL, SERVER, CLIENT, PRODUCER or CONSUMER
    place: Place
    parent_id: str
    started_ns: int
    ended_ns: int = 0
    attributes: dict[str, Attribute] = field(default_factory=dict)
    error: str = ""  # a code or the name of a type, never a message
    links: tuple[Place, ...] = ()


Sink = Callable[[Span], None]
_place: ContextVar[Place | None] = ContextVar("place", default=None)
_sink: Sink | None = None
_sampled = 0.0


def send_to(sink: Sink | None, *, sampled: float = 0.0) -> None:
    """Let ended spans go there, and begin that share of new traces as sampled ones; None drops them."""
    global _sink, _sampled
    _sink, _sampled = sink, sampled


def begin(correlation_id: str) -> Place:
    """Return the beginning of a new trace, sampled by chance; to be stood at."""
    sampled = _sink is not None and random.random() < _sampled  # noqa: S311  chance, no secret
    return Place(new_trace_id(), new_span_id(), sampled, correlation_id)


def place() -> Place | None:
    """Return where the program stands, None outside of requests and jobs."""
    return _place.get()


def stand(here: Place) -> "Token[Place | None]":
    """Stand at a place until `leave` is called with what this returns."""
    return _place.set(here)


def leave(token: "Token[Place | None]") -> None:
    """Stand where one stood before."""
    _place.reset(token)


def new_trace_id() -> str:
    """Return a new id of a trace."""
    return f"{random.getrandbits(128) or 1:032x}"


def new_span_id() -> str:
    """Return a new id of a span."""
    return f"{random.getrandbits(64) or 1:016x}"


def parsed(traceparent: str, *, correlation_id: str = "") -> Place | None:
    """Return the place that a traceparent names; None when it is none (W3C Trace Context, section 3.2)."""
    found = TRACEPARENT.fullmatch(traceparent)
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return Place(trace_id, span_id, bool(int(flags, 16) & 1), correlation_id)


@contextmanager
def span(
    name: str,
    *,
    kind: str = "INTERNAL",
    attributes: Mapping[str, Attribute] | None = None,
    links: tuple[Place, ...] = (),
) -> Iterator[Span]:
    """Tell of a piece of work as a child of where the program stands; what is called meanwhile stands in it.

    Outside of a request or job a trace of its own is begun, which nobody records.
    """
    parent = _place.get() or Place(new_trace_id(), "", False)
    here = Place(parent.trace_id, new_span_id(), parent.sampled, parent.correlation_id)
    told = Span(
        name, kind, here, parent.span_id, time.time_ns(), attributes=dict(attributes or {}), links=links
    )
    token = _place.set(here)
    try:
        yield told
    except BaseException as error:
        told.error = told.error or type(error).__name__
        raise
    finally:
        _place.reset(token)
        if here.sampled and _sink is not None:
            told.ended_ns = time.time_ns()
            _sink(told)
