"""The live feed: changes of transactions, told to whoever listens, in a process of its own.

One thread reads new events, and asks the gateway for each listener *with the listener's own credentials* what they
may see of it, by a subscription of theirs or by the feed's own: so access, masking, receipts and revocation are
the gateway's, at each event anew. What a listener may not see is not sent, and whose credentials end is sent away.
Whoever comes back is told what they missed by the thread of their own connection, and then hears all with the
others. Owns no connection: see `feed_server`.
"""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from banking_project.feed_listeners import (
    BYE,
    FAILED,
    NO_EVENT,
    TOO_MANY,
    TOO_SLOW,
    Listener,
    Refused,
    refusal,
)
from domains.kernel.identifiers import new_id
from domains.kernel.outages import outage
from domains.transactions.places import Place, Recorded, Snapshot
from domains.transactions.queries import events_after, present_snapshot
from domains.vault.sealing import InvalidToken, open_token, seal_token
from gateway.answer import Answer
from gateway.pipeline import Gateway

log = logging.getLogger("banking_project.feed")

LISTENERS_MAX = 200
ASKED_AT_ONCE_MAX = 4  # by those who come: each that asks holds a connection to the database
READ_EVERY_S = 0.5
EVENTS_AT_ONCE = 500
MISSED_AT_ONCE = 50
RESUMED_WITHIN = timedelta(days=1)
DATABASE_IS_AWAY = 503
LOST = (DatabaseError, InterfaceError)
SEALED_FOR = "feed"


class Feed:
    """Reads events, and hands to each listener what they may see."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.listeners: set[Listener] = set()
        self.stopping = threading.Event()
        self.place: Place | None = None  # of those who hear events together
        self._lock = threading.Lock()  # of the listeners
        self._reading = threading.Lock()  # of the place, and of who hears events from there on
        self._asking = threading.BoundedSemaphore(ASKED_AT_ONCE_MAX)

    def admit(self, listener: Listener, *, last_event_id: str) -> Answer | None:
        """Let a listener in, to be told what came after an event, or comes from now on; return a refusal.

        They are asked for an event that does not exist: what is wrong with who asks, or with what, shows at once.
        """
        with self._asking, _connected():
            answer = self._ask(listener, new_id())
            if answer.status != 200:
                return answer
            viewer = self.gateway.viewer_of(listener.request)
            listener.viewer_id, listener.confined_to = viewer.id, self.gateway.confined_to(viewer)
            if last_event_id and not _return(listener, last_event_id):
                return NO_EVENT
            if (refusal := self._enter(listener)) is not None:
                return refusal
            if listener.place is None:
                self._begin(listener)
        return None

    def standing(self, listener: Listener) -> str:
        """Return the id with which a listener would come back who was told nothing yet."""
        assert listener.place is not None
        return sealed(listener.place)

    def missed(self, listener: Listener) -> Iterator[str]:
        """Yield what a listener is to be written first: what they missed, until they hear all with the others."""
        while listener.heard is None and not self.stopping.is_set():
            try:
                with self._asking, _connected():
                    events = self._missed(listener)
                    texts = [self._text(event, listener, event.place) for event in events]
            except Refused as refused:
                self._send_away(listener, refused.told)
                return
            except LOST:
                self.stopping.wait(READ_EVERY_S)
                continue
            yield from filter(None, texts)

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
                outage.note_answer()
            except Exception as error:
                if not outage.explains(error):
                    log.exception("The feed could not be read.")
                connections.close_all()
        connections.close_all()

    def read(self) -> None:
        """Hand the events that are new to every listener."""
        with self._reading:
            self._require_place()
            assert self.place is not None
            events, self.place = events_after(self.place, limit=EVENTS_AT_ONCE)
            place = self.place
            with self._lock:
                listeners = [each for each in self.listeners if each.heard is not None]
        for event in events:
            for listener in listeners:
                self._hand(event, listener)
        if len(events) < EVENTS_AT_ONCE:
            _tell_place(place, [each for each in listeners if each.is_quiet()])

    def _enter(self, listener: Listener) -> Answer | None:
        """Count a listener in, under the lock: two who come at once may not both take the last place."""
        with self._lock:
            if len(self.listeners) >= LISTENERS_MAX:
                return TOO_MANY
            own = sum(each.viewer_id == listener.viewer_id for each in self.listeners)
            if own >= settings.FEED_LISTENERS_PER_VIEWER:
                return refusal(
                    f"You listen {own} times already: end one of them.", "TOO_MANY_OWN_LISTENERS", status=429
                )
            self.listeners.add(listener)
        return None

    def _begin(self, listener: Listener) -> None:
        """Let a listener hear what comes from now on."""
        with self._reading:
            now = present_snapshot()
            listener.place = Place.at(now)
            self._let_hear(listener, now)

    def _require_place(self) -> None:
        """Begin where there is no place yet; send everybody away where it is lost, as in another database."""
        now = present_snapshot()
        if self.place is not None and self.place.is_older_than(RESUMED_WITHIN, now=now):
            log.error("The feed lost its place: its listeners are sent away.")
            for listener in list(self.listeners):
                self._send_away(listener, json.loads(NO_EVENT.body))
            self.place = None
        self.place = self.place or Place.at(now)

    def _missed(self, listener: Listener) -> list[Recorded]:
        """Return what a listener missed next; with the last of it they hear what comes with the others."""
        assert listener.place is not None
        with self._reading:
            events, listener.place = events_after(
                listener.place, limit=MISSED_AT_ONCE, customer_id=listener.confined_to
            )
            if len(events) < MISSED_AT_ONCE:
                self._let_hear(listener, listener.place.before)
        return events

    def _let_hear(self, listener: Listener, heard: Snapshot) -> None:
        """Let a listener hear with the others what a snapshot does not show; all begin where the first does."""
        listener.heard = heard
        self.place = self.place or Place.at(heard)

    def _hand(self, event: Recorded, listener: Listener) -> None:
        heard, place = listener.heard, event.place
        assert heard is not None
        if listener not in self.listeners or heard.shows(event, seen_by=place.within):
            return
        if heard.taken_at > place.before.taken_at:
            place = replace(place, before=heard)
        try:
            text = self._text(event, listener, place)
            if text is not None and not listener.put(text):
                self._send_away(listener, json.loads(TOO_SLOW.body))
        except Refused as refused:
            self._send_away(listener, refused.told)
        except Exception:  # of one listener, whoever it is: the others hear on
            log.exception("A listener could not be told.")
            self._send_away(listener, json.loads(FAILED.body))

    def _text(self, event: Recorded, listener: Listener, place: Place) -> str | None:
        """Return what is written to a listener of an event, or None where they see nothing; raise Refused."""
        if listener.confined_to not in (None, event.customer_id):
            return None  # asking would only cost: they would not see it
        answer = self._ask(listener, event.event_id)
        while answer.status == DATABASE_IS_AWAY and not self.stopping.wait(READ_EVERY_S):
            answer = self._ask(listener, event.event_id)
        told = json.loads(answer.body)
        if answer.status != 200:
            raise Refused(told)
        if all(value is None for value in (told["data"] or {}).values()):
            return None
        return listener.form.event(sealed(place), told)

    def _send_away(self, listener: Listener, told: dict[str, Any]) -> None:
        self.leave(listener)
        for text in (listener.form.farewell(told), BYE):
            if not listener.put(text):
                listener.forget()  # all of it: what came after a gap would be taken for all that there was
                listener.put(text)

    def _ask(self, listener: Listener, event_id: UUID) -> Answer:
        return self.gateway.answer(replace(listener.request, announced=event_id, correlation_id=str(uuid4())))


def sealed(place: Place) -> str:
    """Return the id of an event, with which who heard it comes back: it tells nothing, and can't be made up."""
    return seal_token(context=SEALED_FOR, payload=place.to_bytes())


def _return(listener: Listener, last_event_id: str) -> bool:
    """Let a listener stand where they stood; return False where that can't be told any more."""
    try:
        place = Place.from_bytes(open_token(context=SEALED_FOR, token=last_event_id))
    except InvalidToken:
        return False
    if place.is_older_than(RESUMED_WITHIN, now=present_snapshot()):
        return False
    listener.place = place
    return True


def _tell_place(place: Place, listeners: list[Listener]) -> None:
    if listeners:
        text = f"id: {sealed(place)}\n\n"
        for listener in listeners:
            listener.put(text)


@contextmanager
def _connected() -> Iterator[None]:
    """Let a listener's thread ask; from then on it only writes, and needs no connection to the database."""
    try:
        yield
    finally:
        connections.close_all()
