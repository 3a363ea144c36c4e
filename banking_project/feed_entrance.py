"""Bounds on whoever has not said yet who they are: how many, how many of one address, how long, how much.

Listeners are counted by the feed itself, so nobody who is silent at the entrance takes a listener's place.
"""

import io
import socket
import threading
import time
from collections import Counter
from typing import Any

from gateway.addresses import TrustedProxies, network_of

WAITING_MAX = 128
WAITING_OF_ONE_MAX = 32
SAID_WITHIN_S = 10.0  # the whole request
HEAD_BYTES_MAX = 16 * 1024


class TooLate(Exception):
    """A request has not come in the time that it has."""


class TooLong(Exception):
    """A request says more than it may."""


class Entrance:
    """Counts the connections that have not been let in yet."""

    def __init__(
        self, proxies: TrustedProxies, *, most: int = WAITING_MAX, of_one: int = WAITING_OF_ONE_MAX
    ) -> None:
        self.proxies, self.most, self.of_one = proxies, most, of_one
        self._lock = threading.Lock()
        # What each is counted for; a proxy's connection for nobody until it names its client.
        self._waiting: dict[socket.socket, str] = {}
        self._of: Counter[str] = Counter()

    def enter(self, connection: socket.socket, *, peer: str) -> str | None:
        """Count a connection; return the code of its refusal. A proxy's are counted for whom it names later."""
        with self._lock:
            if len(self._waiting) >= self.most:
                return "TOO_MANY_CONNECTIONS"
            return self._count(connection, "" if self.proxies.trusts(peer) else network_of(peer))

    def name(self, connection: socket.socket, *, address: str | None) -> str | None:
        """Count a proxy's connection for the client that it names; return the code of its refusal."""
        with self._lock:
            if self._waiting.get(connection) != "":
                return None
            return self._count(connection, network_of(address))

    def leave(self, connection: socket.socket) -> None:
        """Forget a connection that is let in, or has ended."""
        with self._lock:
            network = self._waiting.pop(connection, "")
            if network:
                self._of[network] -= 1
                if not self._of[network]:
                    del self._of[network]

    def _count(self, connection: socket.socket, network: str) -> str | None:
        if network:
            if self._of[network] >= self.of_one:
                return "TOO_MANY_OWN_CONNECTIONS"
            self._of[network] += 1
        self._waiting[connection] = network
        return None


class Said(io.RawIOBase):
    """What comes over a connection, up to a number of bytes and a moment."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.left = HEAD_BYTES_MAX
        self.until = time.monotonic() + SAID_WITHIN_S

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is; raise TooLate or TooLong."""
        if self.left <= 0:
            raise TooLong
        remaining_s = self.until - time.monotonic()
        if remaining_s <= 0:
            raise TooLate
        self.connection.settimeout(remaining_s)
        try:
            found = self.connection.recv_into(memoryview(buffer)[: self.left])
        except TimeoutError:
            raise TooLate from None
        self.left -= found
        return found
