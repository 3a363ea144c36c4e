"""Load by a process of ours on raw sockets with keep-alive, for machines without wrk.

One process holds all connections: it sends prepared bytes and reads no more of an answer than its length.
"""

import multiprocessing
import random
import selectors
import socket
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from benchmarks.load import CONNECTIONS, Load, Measured

READ_BYTES = 1 << 18
END_OF_HEAD, END_OF_CHUNKS = b"\r\n\r\n", b"0\r\n\r\n"


@dataclass
class Client:
    """One connection: when it asked, what it has read, and how much is to come (None: unknown yet)."""

    socket: socket.socket
    asked_at: float = 0.0
    read: bytearray = field(default_factory=bytearray)
    size: int | None = None
    chunked: bool = False

    def ask(self, request: bytes) -> None:
        """Send the next request."""
        self.read.clear()
        self.size, self.chunked, self.asked_at = None, False, time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> bool:
        """Read what has come; return True when the answer is whole."""
        received = self.socket.recv(READ_BYTES)
        if not received:
            raise ConnectionError("closed before the end of an answer")
        self.read += received
        if self.size is None and not self.chunked:
            end = self.read.find(END_OF_HEAD)
            if end < 0:
                return False
            head = bytes(self.read[:end]).lower()
            self.chunked = b"transfer-encoding: chunked" in head
            if not self.chunked:
                length = head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
                self.size = end + len(END_OF_HEAD) + int(length)
        return self.read.endswith(END_OF_CHUNKS) if self.size is None else len(self.read) >= self.size


def generate(load: Load, seconds: float) -> Measured:
    """Run the load in a process of its own and return what it measured."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(load, seconds, there), daemon=True)
    process.start()
    there.close()
    try:
        measured: Measured = here.recv()
    finally:
        process.join()
    return measured


def _run(load: Load, seconds: float, answer: Connection) -> None:
    address = urlsplit(load.url)
    selector = selectors.DefaultSelector()
    started = time.perf_counter()
    times: list[float] = []
    size = refused = broken = 0
    for _ in range(CONNECTIONS):
        client = _connected(address.hostname or "", address.port or 80)
        selector.register(client.socket, selectors.EVENT_READ, client)
        client.ask(_request(load))
    while (now := time.perf_counter()) < started + seconds:
        for key, _ in selector.select(timeout=started + seconds - now):
            client = key.data
            try:
                if not client.take():
                    continue
                times.append(time.perf_counter() - client.asked_at)
                size += len(client.read)
                refused += client.read[9:10] != b"2"
            except OSError:
                broken += 1
                selector.unregister(client.socket)
                client.socket.close()
                client = _connected(address.hostname or "", address.port or 80)
                selector.register(client.socket, selectors.EVENT_READ, client)
            client.ask(_request(load))
    times.sort()
    took = time.perf_counter() - started
    p50, p99 = (times[int(len(times) * part)] * 1000 if times else 0.0 for part in (0.5, 0.99))
    answer.send(Measured(took, len(times), size, refused, broken, p50, p99))


def _connected(host: str, port: int) -> Client:
    connection = socket.create_connection((host, port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Client(connection)


def _request(load: Load) -> bytes:
    mobile = random.choice(load.mobiles).encode() if load.mobiles else b""
    body = load.before + mobile + load.after
    address = urlsplit(load.url)
    lines = [
        f"POST {address.path} HTTP/1.1",
        f"Host: {address.netloc}",
        f"Content-Length: {len(body)}",
        *[f"{name}: {value}" for name, value in load.headers.items()],
    ]
    return "\r\n".join(lines).encode() + END_OF_HEAD + body
