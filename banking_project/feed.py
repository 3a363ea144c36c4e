"""The live feed: changes of transactions, told to whoever listens, in a process of its own.

One thread reads new events, and asks the gateway for each listener *with the listener's own credentials* what they
may see of it, by a subscription of theirs or by the feed's own: so access, masking, receipts and revocation are
the gateway's, at each event anew. What a listener may not see is not sent, and whose credentials end is sent away.
Owns no connection: see `feed_server`.
"""

import json
import logging
import queue
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.conf import settings
from django.db import close_old_connections, connections

from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from domains.transactions.queries import Recorded, event_recorded_at, events_since
from gateway.answer import Answer, without_data
from gateway.failures import coded
from gateway.pipeline import Gateway
from gateway.request import Request

log = logging.getLogger("banking_project.feed")

LISTENERS_MAX = 200
WAITING_MAX = 1_000  # events that a slow listener may be behind; then it is sent away, and comes back
READ_EVERY_S = 0.5
OVERLAP = timedelta(seconds=10)  # a transaction commits its event within that
EVENTS_AT_ONCE, KNOWN_MAX = 500, 20_000
RESUMED_WITHIN = timedelta(hours=1)
BYE = None


class Form(Protocol):
    """How a listener is told, as server-sent events."""

    def event(self, event_id: str, answer: dict[str, Any]) -> str:
        """Return the text for what a listener sees of an event."""

    def farewell(self, answer: dict[str, Any]) -> str:
        """Return the last text, for a refusal."""


@dataclass(eq=False)
class Listener:
    """Who listens: what they ask at each event, with their credentials, and what is to be written to them."""

    request: Request
    form: Form
    viewer_id: UUID | None = None
    confined_to: UUID | None = None  # the customer to whom all belongs that they may see
    waiting: "queue.Queue[str | None]" = field(default_factory=lambda: queue.Queue(WAITING_MAX))

    def __repr__(self) -> str:
        return f"Listener({self.request.address})"

    def put(self, text: str | None) -> bool:
        """Let something be written; return False when the listener is too far behind."""
        try:
            self.waiting.put_nowait(text)
        except queue.Full:
            return False
        return True


class Feed:
    """Reads events, and hands to each listener what they may see."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.listeners: set[Listener] = set()
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._since = now()
        self._known: OrderedDict[UUID, None] = OrderedDict()

    def admit(self, listener: Listener, *, last_event_id: str) -> Answer | None:
        """Let a listener in, with what they missed since an event; return the refusal if they may not.

        They are asked for an event that does not exist: what is wrong with who asks, or with what, shows at once.
        """
        answer = self._ask(listener, new_id())
        if answer.status != 200:
            return answer
        viewer = self.gateway.viewer_of(listener.request)
        listener.viewer_id, listener.confined_to = viewer.id, self.gateway.confined_to(viewer)
        if (refusal := self._enter(listener)) is not None:
            return refusal
        for event in self._missed(last_event_id):  # read afterwards: what comes meanwhile may come twice
            self._hand(event, listener)
        return None

    def _enter(self, listener: Listener) -> Answer | None:
        """Count a listener in, under the lock: two who come at once may not both take the last place."""
        with self._lock:
            if len(self.listeners) >= LISTENERS_MAX:
                return TOO_MANY
            own = sum(each.viewer_id == listener.viewer_id for each in self.listeners)
            if own >= settings.FEED_LISTENERS_PER_VIEWER:
                return _refusal(
                    f"You listen {own} times already: end one of them.", "TOO_MANY_OWN_LISTENERS", status=429
                )
            self.listeners.add(listener)
        return None

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        with self._lock:
            self.listeners.discard(listener)

    def run(self) -> None:
        """Read events until told to stop; a lost database is waited for."""
        while not self.stopping.wait(READ_EVERY_S):
            try:
                close_old_connections()
                self.read()
            except Exception:
                log.exception("The feed could not be read.")
                connections.close_all()
        connections.close_all()

    def read(self) -> None:
        """Hand the events that are new to every listener."""
        found = events_since(self._since - OVERLAP, limit=EVENTS_AT_ONCE)
        new = [event for event in found if event.event_id not in self._known]
        for event in new:
            with self._lock:
                listeners = list(self.listeners)
            for listener in listeners:
                self._hand(event, listener)
            self._known[event.event_id] = None
            self._since = max(self._since, min(event.at, now()))  # whose clock is ahead delays nobody
        if len(found) == EVENTS_AT_ONCE and not new:  # more than one reading within the overlap
            self._since = found[-1].at + OVERLAP
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def _missed(self, last_event_id: str) -> list[Recorded]:
        try:
            recorded_at = event_recorded_at(UUID(last_event_id.rpartition(":")[2]))
        except ValueError:
            return []
        if recorded_at is None or recorded_at < now() - RESUMED_WITHIN:
            return []
        found = events_since(recorded_at - OVERLAP, limit=WAITING_MAX // 2)
        return [
            event for event in found if event.at >= recorded_at and str(event.event_id) not in last_event_id
        ]

    def _hand(self, event: Recorded, listener: Listener) -> None:
        if listener.confined_to not in (None, event.customer_id):
            return  # asking would only cost: they would not see it
        answer = self._ask(listener, event.event_id)
        told = json.loads(answer.body)
        if answer.status != 200:
            self._send_away(listener, told)
            return
        if all(value is None for value in told["data"].values()):
            return
        if not listener.put(listener.form.event(f"TransactionEvent:{event.event_id}", told)):
            self._send_away(listener, json.loads(TOO_SLOW.body))

    def _send_away(self, listener: Listener, refusal: dict[str, Any]) -> None:
        self.leave(listener)
        for text in (listener.form.farewell(refusal), BYE):
            while not listener.put(text):
                listener.waiting.get_nowait()

    def _ask(self, listener: Listener, event_id: UUID) -> Answer:
        return self.gateway.answer(replace(listener.request, announced=event_id, correlation_id=str(uuid4())))


def _refusal(message: str, code: str, *, status: int) -> Answer:
    return Answer(without_data([coded(message, code)], {}), status, {})


TOO_MANY = _refusal("The feed has as many listeners as it takes.", "TOO_MANY_LISTENERS", status=429)
TOO_SLOW = _refusal("You read more slowly than events come: come back to go on.", "TOO_SLOW", status=429)
