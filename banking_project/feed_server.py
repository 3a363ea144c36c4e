"""The live feed over HTTP: `GET /events/transactions` for plain events, `/graphql/stream` for subscriptions.

Subscriptions follow the protocol "GraphQL over Server-Sent Events" in its mode of distinct connections, which the
client library graphql-sse speaks. A listener's connection holds a thread of this process that only writes; no
request thread of the gateway's, and no connection to the database. A connection is for one request: of a body that
is not read the rest would be taken for the next one.
"""

import json
import queue
import select
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import Message
from http.server import BaseHTTPRequestHandler
from io import BufferedReader
from typing import Any
from urllib.parse import urlsplit

from banking_project.feed import LOST, Feed
from banking_project.feed_connections import FULL, FeedConnections, hang_up
from banking_project.feed_entrance import Entrance, Said, TooLate, TooLong
from banking_project.feed_forms import DOCUMENT, GraphQLEvents, PlainEvents, told_plainly
from banking_project.feed_listeners import AWAY, BYE, Form, Listener
from gateway.answer import Answer, without_data
from gateway.failures import RequestError, refuse
from gateway.http import asked_of, correlation_id_of, request_of
from gateway.limits import exceeded

EVENTS, STREAM = "/events/transactions", "/graphql/stream"
EVENT_STREAM = "text/event-stream"
ALLOWED_HEADERS = "Authorization, X-API-Key, Content-Type, X-Purpose, X-Correlation-ID, Last-Event-ID"
PURPOSE = "live feed"  # of a listener who states none
HEARTBEAT_S = 15.0
BODY_BYTES_MAX = 256 * 1024
WRITTEN_WITHIN_S = 60.0  # each write; who vanished without a word is gone after as long
# What is no request is refused with a status, a code and a sentence.
NO_REQUEST = {
    400: (400, "BAD_REQUEST", "This is no HTTP request."),
    408: (408, "REQUEST_TOO_LATE", "The request did not come in the time that it has."),
    411: (411, "LENGTH_REQUIRED", "A body needs a Content-Length: it is not read in chunks."),
    414: (414, "ADDRESS_TOO_LONG", "The address is too long."),
    431: (431, "HEADERS_TOO_LARGE", "The headers are too large, or too many."),
    501: (405, "METHOD_NOT_ALLOWED", "GET and POST are answered here."),
    505: (505, "HTTP_VERSION_NOT_SUPPORTED", "HTTP/1.1 is spoken here."),
}


def make_server(*, host: str, port: int, feed: Feed, entrance: Entrance | None = None) -> FeedConnections:
    """Return the server of a feed; `serve_forever` runs it. Raises OSError when the port can't be used."""
    handler = type("FeedHandler", (Handler,), {"feed": feed})
    return FeedConnections((host, port), handler, entrance=entrance or Entrance(feed.gateway.proxies))


class Handler(BaseHTTPRequestHandler):
    """Writes to one listener."""

    feed: Feed
    server: FeedConnections
    protocol_version = default_request_version = "HTTP/1.1"  # a refusal has its status, whatever was asked
    server_version, sys_version = "feed", ""
    headers = Message()  # of a request whose own could not be read, as the three below
    request_version, requestline, raw_requestline = "HTTP/1.1", "", b""

    def setup(self) -> None:
        """Bound what is read, and notice who is gone."""
        super().setup()
        self.rfile.close()
        self.said = Said(self.connection)
        self.rfile = BufferedReader(self.said)
        self.is_refused = False
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            unheard_ms = int(WRITTEN_WITHIN_S * 1000)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unheard_ms)

    def handle(self) -> None:
        """Answer one request, or refuse what is none."""
        self.close_connection = True
        try:
            self.handle_one_request()
        except TooLate:
            self.send_error(408)
        except TooLong:
            self.send_error(431 if self.raw_requestline else 414)
        except OSError:
            pass  # whoever asked went away

    def finish(self) -> None:
        """End the connection, so that a refusal arrives."""
        super().finish()
        if self.is_refused:
            hang_up(self.connection)

    def parse_request(self) -> bool:
        """Read the head of a request; refuse one whose body can't be told from what follows."""
        if not super().parse_request():
            return False
        if self.request_version == "HTTP/0.9":
            self.send_error(505)
            return False
        self.said.left = BODY_BYTES_MAX
        address = self.feed.gateway.proxies.client(
            self.client_address[0], ",".join(self.headers.get_all("x-forwarded-for", []))
        )
        if (code := self.server.entrance.name(self.request, address=address)) is not None:
            status, message = FULL[code]
            self._end(status, {"code": code, "message": message})
            return False
        if "transfer-encoding" in self.headers:
            self.send_error(411)
            return False
        if len(set(self.headers.get_all("content-length", []))) > 1:
            self.send_error(400)
            return False
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request."""
        status, word, sentence = NO_REQUEST.get(code, NO_REQUEST[400])
        self._end(
            status, {"code": word, "message": sentence}, {"Allow": "GET, POST"} if status == 405 else None
        )

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
        """End the headers with what every answer carries; no cookie is read: a page sends a token or nothing."""
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
            except LOST:
                refused = AWAY
            if refused is not None:
                self._end(refused.status, refusal(json.loads(refused.body)), refused.headers)
                return
            assert listener is not None
            self.server.entrance.leave(self.request)
            self._begin(listener)
            for text in self.feed.missed(listener):
                self._write(text)
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
        length = environ["CONTENT_LENGTH"]
        if length.isascii() and length.isdecimal() and int(length) > BODY_BYTES_MAX:
            raise exceeded(
                "Bytes of the body", "BODY_TOO_LARGE", found=int(length), allowed=BODY_BYTES_MAX, status=413
            )
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

    def _begin(self, listener: Listener) -> None:
        self.connection.settimeout(WRITTEN_WITHIN_S)
        self.send_response(200)
        self.send_header("Content-Type", f"{EVENT_STREAM}; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Accel-Buffering", "no")
        self.end_headers()
        self._write(f"retry: 2000\nid: {self.feed.standing(listener)}\n\n")

    def _write_until(self, ended: Callable[[], bool], listener: Listener) -> None:
        written_at = time.monotonic()
        while not ended():
            try:
                text = listener.waiting.get(timeout=1.0)
            except queue.Empty:
                if self._is_gone():
                    return
                if time.monotonic() - written_at < HEARTBEAT_S:
                    continue
                text = ": still here\n\n"
            if text is BYE:
                return
            self._write(text)
            written_at = time.monotonic()

    def _is_gone(self) -> bool:
        """Tell whether the listener has ended the connection; what else they send is dropped."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(4096)

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def _end(self, status: int, told: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(told).encode()
        self.is_refused, self.request_version = status >= 400, self.protocol_version
        self.connection.settimeout(WRITTEN_WITHIN_S)
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
