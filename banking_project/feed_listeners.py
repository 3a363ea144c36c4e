"""Who listens to the live feed: what they ask at each event, where they stand, what is to be written to them."""

import queue
import time
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from domains.transactions.places import Place, Snapshot
from gateway.answer import Answer, without_data
from gateway.failures import coded
from gateway.request import Request

WAITING_MAX = 1_000  # events that a slow listener may be behind; then it is sent away, and comes back
PLACED_EVERY_S = 60.0  # whoever hears nothing learns where they stand
BYE = None


class Refused(Exception):
    """A listener may hear no more."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__()
        self.told = told


class Form(Protocol):
    """How a listener is told, as server-sent events."""

    def event(self, event_id: str, answer: dict[str, Any]) -> str:
        """Return the text for what a listener sees of an event; with its id they come back."""

    def farewell(self, answer: dict[str, Any]) -> str:
        """Return the last text, for a refusal."""


@dataclass(eq=False)
class Listener:
    """Who listens: what they ask at each event, with their credentials, and what is to be written to them."""

    request: Request
    form: Form
    viewer_id: UUID | None = None
    confined_to: UUID | None = None  # the customer to whom all belongs that they may see
    place: Place | None = None  # where they stood when they came
    heard: Snapshot | None = None  # they were told all that it shows, and hear the rest with everybody
    written_at: float = field(default_factory=time.monotonic)
    waiting: "queue.Queue[str | None]" = field(default_factory=lambda: queue.Queue(WAITING_MAX))

    def __repr__(self) -> str:
        return f"Listener({self.request.address})"

    def put(self, text: str | None) -> bool:
        """Let something be written; return False when the listener is too far behind."""
        try:
            self.waiting.put_nowait(text)
        except queue.Full:
            return False
        self.written_at = time.monotonic()
        return True

    def forget(self) -> None:
        """Drop all that is to be written."""
        with self.waiting.mutex:
            self.waiting.queue.clear()

    def is_quiet(self) -> bool:
        """Tell whether they have long heard nothing, not even where they stand."""
        return time.monotonic() - self.written_at > PLACED_EVERY_S


def refusal(message: str, code: str, *, status: int) -> Answer:
    """Return the refusal of a listener."""
    return Answer(without_data([coded(message, code)], {}), status, {})


TOO_MANY = refusal("The feed has as many listeners as it takes.", "TOO_MANY_LISTENERS", status=429)
TOO_SLOW = refusal("You read more slowly than events come: come back to go on.", "TOO_SLOW", status=429)
FAILED = refusal("You could not be told of an event: come back to go on.", "INTERNAL", status=500)
NO_EVENT = refusal(
    "Last-Event-ID is none of the last day: ask for what you missed, and come without it.",
    "INVALID_LAST_EVENT_ID",
    status=400,
)
AWAY = refusal("The database does not answer. Try again.", "DATABASE_UNAVAILABLE", status=503)
