"""The connections of the live feed: each has a thread, and no more come in than the entrance takes.

What it does not take is told so by the thread that accepts, which waits for nobody, and closed a moment later: a
connection that is closed with something unread in it would take the refusal with it.
"""

import json
import logging
import socket
import time
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from banking_project.feed_entrance import Entrance

log = logging.getLogger("banking_project.feed")

LINGERS_S = 1.0
LINGERING_MAX = 64
LEFT_UNREAD_BYTES_MAX = 1024 * 1024
FULL = {
    "TOO_MANY_CONNECTIONS": (503, "The feed has as many connections as it takes: come back soon."),
    "TOO_MANY_OWN_CONNECTIONS": (429, "From where you are there are too many connections that say nothing."),
}


class FeedConnections(ThreadingHTTPServer):
    """Takes connections, and refuses those that are too many."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], *, entrance: Entrance
    ) -> None:
        super().__init__(address, handler)
        self.entrance = entrance
        self._lingering: deque[tuple[float, socket.socket]] = deque()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Let a connection have a thread, or tell it why not."""
        code = self.entrance.enter(request, peer=client_address[0])
        if code is None:
            super().process_request(request, client_address)
            return
        request.setblocking(False)
        with suppress(OSError):
            request.send(_refusal(code))
            request.shutdown(socket.SHUT_WR)
        self._lingering.append((time.monotonic() + LINGERS_S, request))
        self.service_actions()

    def service_actions(self) -> None:
        """Close what was refused a moment ago."""
        while self._lingering and (
            self._lingering[0][0] < time.monotonic() or len(self._lingering) > LINGERING_MAX
        ):
            _, refused = self._lingering.popleft()
            with suppress(OSError):
                refused.recv(LINGERING_MAX * 1024)
            refused.close()

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has ended."""
        self.entrance.leave(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what went wrong in the log, not on the terminal."""
        log.exception("A connection of the feed failed.")

    def server_close(self) -> None:
        """Close all that is open."""
        super().server_close()
        while self._lingering:
            self._lingering.popleft()[1].close()


def hang_up(connection: socket.socket) -> None:
    """End a connection of which not all was read, so that what was written arrives."""
    until, left = time.monotonic() + LINGERS_S, LEFT_UNREAD_BYTES_MAX
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        while left > 0 and (remaining_s := until - time.monotonic()) > 0:
            connection.settimeout(remaining_s)
            found = len(connection.recv(65_536))
            if not found:
                return
            left -= found


def _refusal(code: str) -> bytes:
    status, message = FULL[code]
    body = json.dumps({"code": code, "message": message})
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nRetry-After: 5\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
