"""The live feed over HTTP: `GET /events/transactions` for plain events, `/graphql/stream` for subscriptions.

Subscriptions follow the protocol "GraphQL over Server-Sent Events" in its mode of distinct connections, which the
client library graphql-sse speaks. A listener's connection holds a thread of this process that only writes; no
request thread of the gateway's, and no connection to the database.
"""

import json
import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from django.db import connections

from banking_project.feed import BYE, Feed, Form, Listener
from gateway.answer import Answer, without_data
from gateway.failures import RequestError, refuse
from gateway.http import asked_of, correlation_id_of, request_of

EVENTS, STREAM = "/events/transactions", "/graphql/stream"
EVENT_STREAM = "text/event-stream"
ALLOWED_HEADERS = "Authorization, X-API-Key, Content-Type, X-Purpose, X-Correlation-ID, Last-Event-ID"
PURPOSE = "live feed"  # of a listener who states none
HEARTBEAT_S = 15.0
DOCUMENT = """
subscription Feed {
  transactionChanged {
    id fromStatus toStatus cause recordedAt
    transaction { id reference kind channel status isoStatus amount { value currency } settledAt }
  }
}
"""


class PlainEvents:
    """An event is `transaction` with what the feed's own document selects; the last one is `bye` with a code."""

    def event(self, event_id: str, answer: dict[str, Any]) -> str:
        """Return the text for what a listener sees of an event."""
        return f"id: {event_id}\nevent: transaction\ndata: {_json(answer['data']['transactionChanged'])}\n\n"

    def farewell(self, answer: dict[str, Any]) -> str:
        """Return the last text, for a refusal."""
        return f"event: bye\ndata: {_json(told_plainly(answer))}\n\n"


class GraphQLEvents:
    """An event is `next` with an answer to the listener's subscription; the last one is `complete`."""

    def event(self, event_id: str, answer: dict[str, Any]) -> str:
        """Return the text for what a listener sees of an event."""
        return f"id: {event_id}\nevent: next\ndata: {_json(answer)}\n\n"

    def farewell(self, answer: dict[str, Any]) -> str:
        """Return the last text, for a refusal."""
        return f"event: next\ndata: {_json(answer)}\n\nevent: complete\ndata:\n\n"


def told_plainly(refusal: dict[str, Any]) -> dict[str, str]:
    """Return the first error of a refusal: its code and its sentence."""
    error = refusal["errors"][0]
    return {"code": error["extensions"]["code"], "message": error["message"]}


def make_server(*, host: str, port: int, feed: Feed) -> ThreadingHTTPServer:
    """Return the server of a feed; `serve_forever` runs it. Raises OSError when the port can't be used."""
    handler = type("FeedHandler", (Handler,), {"feed": feed})
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    return server


class Handler(BaseHTTPRequestHandler):
    """Writes to one listener."""

    feed: Feed
    protocol_version = default_request_version = "HTTP/1.1"  # a refusal has its status, whatever was asked
    server_version, sys_version = "feed", ""
    headers = Message()  # of a request whose own could not be read
    timeout = 60  # seconds that a request may take to come, and a write to get through

    def do_GET(self) -> None:
        """Answer 200 and go on writing, or say why not."""
        path = self.path.partition("?")[0]
        if path == "/healthz":
            self._end(200, {"status": "alive"})
        elif path == EVENTS:
            own: dict[str, Any] = {
                "text": DOCUMENT,
                "document_id": None,
                "operation_name": None,
                "variables": {},
            }
            self._listen(lambda _: own, PlainEvents(), refusal=told_plainly, ours=True)
        elif path == STREAM:
            self._subscribe()
        else:
            self._end(404, {"code": "NOT_FOUND"})

    def do_POST(self) -> None:
        """Answer a subscription in the body, as a GET does one in the address."""
        if self.path.partition("?")[0] == STREAM:
            self._subscribe()
        else:
            self._end(404, {"code": "NOT_FOUND"})

    def do_OPTIONS(self) -> None:
        """Tell a browser whether a page may subscribe: one of the same host, such as the explorer's."""
        self.send_response(204)
        self.send_header("Access-Control-Allow-Methods", "GET, POST")
        self.send_header("Access-Control-Allow-Headers", ALLOWED_HEADERS)
        self.send_header("Access-Control-Max-Age", "600")
        self.end_headers()

    def end_headers(self) -> None:
        """End the headers with what every answer carries; no cookie is read: a page sends a token or nothing.

        A connection is for one request: of a body that is not read the rest would be taken for the next one.
        """
        self.send_header("Vary", "Origin")
        self.send_header("Connection", "close")
        origin = self.headers.get("origin", "")
        host = _host(origin)
        if host is not None and host == _host(f"//{self.headers.get('host', '')}"):
            self.send_header("Access-Control-Allow-Origin", origin)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; the gateway writes a line for each question."""

    def _subscribe(self) -> None:
        self._listen(
            lambda environ: asked_of(environ, self.rfile.read), GraphQLEvents(), refusal=dict, ours=False
        )

    def _listen(
        self,
        asked: Callable[[Mapping[str, Any]], dict[str, Any]],
        form: Form,
        *,
        refusal: Callable[[dict[str, Any]], dict[str, Any]],
        ours: bool,
    ) -> None:
        listener: Listener | None = None
        try:
            try:
                listener = self._listener(asked, form, ours=ours)
                refused = self.feed.admit(listener, last_event_id=self.headers.get("last-event-id", ""))
            except RequestError as error:
                refused = Answer(without_data(error.errors, {}), error.status, error.headers)
            finally:
                connections.close_all()  # this thread only writes from now on
            if refused is not None:
                self._end(refused.status, refusal(json.loads(refused.body)), refused.headers)
                return
            assert listener is not None
            self._begin()
            self._write_until(self.feed.stopping.is_set, listener)
        except OSError:
            pass  # the listener went away
        finally:
            if listener is not None:
                self.feed.leave(listener)

    def _listener(
        self, asked: Callable[[Mapping[str, Any]], dict[str, Any]], form: Form, *, ours: bool
    ) -> Listener:
        environ, gateway = self._environ(), self.feed.gateway
        accepted = environ.get("HTTP_ACCEPT", "*/*")
        if not any(kind in accepted for kind in (EVENT_STREAM, "text/*", "*/*")):
            raise refuse(f"Accept must allow {EVENT_STREAM}.", "NOT_ACCEPTABLE", status=406)
        request = request_of(
            gateway, environ, asked(environ), correlation_id=correlation_id_of(environ), read_only=True
        )
        return Listener(replace(request, ours=ours, explain="", purpose=request.purpose or PURPOSE), form)

    def _environ(self) -> dict[str, Any]:
        """Return the request as WSGI has it."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "QUERY_STRING": self.path.partition("?")[2],
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "CONTENT_LENGTH": self.headers.get("content-length", ""),
            "REMOTE_ADDR": self.client_address[0],
        }
        for name in {name.lower() for name in self.headers if "_" not in name}:
            values = self.headers.get_all(name, [])
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = ",".join(values)
        return environ

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{EVENT_STREAM}; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Accel-Buffering", "no")
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

    def _end(self, status: int, told: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
