"""The live feed: changes of transactions as server-sent events, from a process of its own.

A listener's connection holds a thread of this process that only writes; no request thread, and no connection to
the database. One thread reads new events, and asks the gateway for each listener *with the listener's own
credentials* what they may see of it: so access, masking, receipts and revocation are the gateway's, at each event
anew. What a listener may not see is not sent, and whose credentials end is sent away.
"""

import json
import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

from django.db import close_old_connections, connections

from domains.kernel.clock import now
from domains.transactions.queries import event_recorded_at, events_since
from gateway.pipeline import Gateway
from gateway.request import Request

log = logging.getLogger("banking_project.feed")

PATH = "/events/transactions"
LISTENERS_MAX = 200
WAITING_MAX = 1_000  # events that a slow listener may be behind; then it is sent away, and comes back
READ_EVERY_S, HEARTBEAT_S = 0.5, 15.0
OVERLAP = timedelta(seconds=10)  # a transaction commits its event within that
EVENTS_AT_ONCE, KNOWN_MAX = 500, 20_000
RESUMED_WITHIN = timedelta(hours=1)
QUESTION = """
query Feed($id: ID!) {
  node(id: $id) { ... on TransactionEvent {
    id fromStatus toStatus cause recordedAt
    transaction { id reference kind channel status isoStatus amount { value currency } settledAt }
  } }
}
"""
WHO = "{ __typename transactions(first: 1) { nodes { id } } }"
BYE = None


@dataclass(eq=False)
class Listener:
    """Who listens: their credentials, and what is to be written to them."""

    authorization: str | None
    api_key: str | None
    address: str | None
    waiting: "queue.Queue[str | None]" = field(default_factory=lambda: queue.Queue(WAITING_MAX))

    def __repr__(self) -> str:
        return f"Listener({self.address})"

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

    def admit(self, listener: Listener, *, last_event_id: str) -> dict[str, Any] | None:
        """Let a listener in, with what they missed since an event; return the refusal if they may not."""
        refusal = self._refused(self._ask(listener, WHO, {}))
        if refusal is not None:
            return refusal
        with self._lock:
            if len(self.listeners) >= LISTENERS_MAX:
                return {"code": "TOO_MANY_LISTENERS"}
            self.listeners.add(listener)
        for event_id in self._missed(last_event_id):  # read afterwards: what comes meanwhile may come twice
            self._hand(event_id, listener)
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
        new = [(event_id, at) for event_id, at in found if event_id not in self._known]
        for event_id, at in new:
            with self._lock:
                listeners = list(self.listeners)
            for listener in listeners:
                self._hand(event_id, listener)
            self._known[event_id] = None
            self._since = max(self._since, at)
        if len(found) == EVENTS_AT_ONCE and not new:  # more than one reading within the overlap
            self._since = found[-1][1] + OVERLAP
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def _missed(self, last_event_id: str) -> list[UUID]:
        try:
            recorded_at = event_recorded_at(UUID(last_event_id.rpartition(":")[2]))
        except ValueError:
            return []
        if recorded_at is None or recorded_at < now() - RESUMED_WITHIN:
            return []
        found = events_since(recorded_at - OVERLAP, limit=WAITING_MAX // 2)
        return [
            event_id for event_id, at in found if at >= recorded_at and str(event_id) not in last_event_id
        ]

    def _hand(self, event_id: UUID, listener: Listener) -> None:
        answer = self._ask(listener, QUESTION, {"id": f"TransactionEvent:{event_id}"})
        refusal = self._refused(answer)
        if refusal is not None:
            self._send_away(listener, refusal)
            return
        seen = (answer.get("data") or {}).get("node")
        if seen is None:
            return
        data = json.dumps(seen, ensure_ascii=False)
        if not listener.put(f"id: {seen['id']}\nevent: transaction\ndata: {data}\n\n"):
            self._send_away(listener, {"code": "TOO_SLOW"})

    def _send_away(self, listener: Listener, why: dict[str, Any]) -> None:
        self.leave(listener)
        told = f"event: bye\ndata: {json.dumps(why)}\n\n"
        for text in (told, BYE):
            while not listener.put(text):
                listener.waiting.get_nowait()

    def _ask(self, listener: Listener, text: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = self.gateway.answer(
            Request(
                text=text,
                operation_name=None,
                variables=variables,
                correlation_id=str(uuid4()),
                authorization=listener.authorization,
                api_key=listener.api_key,
                purpose="live feed",
                address=listener.address,
                read_only=True,
                ours=True,
            )
        )
        told: dict[str, Any] = json.loads(answer.body)
        return told

    def _refused(self, answer: dict[str, Any]) -> dict[str, Any] | None:
        """Return why a listener may not go on; what is only hidden from them is no reason."""
        codes = [error.get("extensions", {}).get("code") for error in answer.get("errors", [])]
        found = [code for code in codes if code in ("UNAUTHENTICATED", "RATE_LIMITED")]
        return {"code": found[0]} if found else None


def make_server(*, host: str, port: int, feed: Feed) -> ThreadingHTTPServer:
    """Return the server of a feed; `serve_forever` runs it. Raises OSError when the port can't be used."""
    handler = type("FeedHandler", (Handler,), {"feed": feed})
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    return server


class Handler(BaseHTTPRequestHandler):
    """Writes to one listener."""

    feed: Feed
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that a request may take to come, and a write to get through

    def do_GET(self) -> None:
        """Answer 200 and go on writing, or say why not."""
        path = self.path.partition("?")[0]
        if path == "/healthz":
            self._end(200, {"status": "alive"})
        elif path != PATH:
            self._end(404, {"code": "NOT_FOUND"})
        else:
            self._listen()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; the gateway writes a line for each question."""

    def _listen(self) -> None:
        address = self.feed.gateway.proxies.client(
            self.client_address[0], self.headers.get("x-forwarded-for", "")
        )
        listener = Listener(self.headers.get("authorization"), self.headers.get("x-api-key"), address)
        try:
            refusal = self.feed.admit(listener, last_event_id=self.headers.get("last-event-id", ""))
        except BaseException:
            self.feed.leave(listener)
            raise
        finally:
            connections.close_all()  # this thread only writes from now on
        if refusal is not None:
            self._end(401 if refusal["code"] == "UNAUTHENTICATED" else 429, refusal)
            return
        try:
            self._begin()
            self._write_until(lambda: self.feed.stopping.is_set(), listener)
        except OSError:
            pass  # the listener went away
        finally:
            self.feed.leave(listener)
            self.close_connection = True

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Accel-Buffering", "no")
        self.send_header("Connection", "close")
        self.end_headers()
        self._write("retry: 2000\n\n")

    def _write_until(self, ended: Callable[[], bool], listener: Listener) -> None:
        written_at = time.monotonic()
        while not ended():
            try:
                text = listener.waiting.get(timeout=1.0)
            except queue.Empty:
                if time.monotonic() - written_at < HEARTBEAT_S:
                    continue
                text = ": still here\n\n"
            if text is BYE:
                return
            self._write(text)
            written_at = time.monotonic()

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def _end(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
