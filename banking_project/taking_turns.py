"""A worker whose request threads take turns at its connections, with nobody between them and the clients.

Gunicorn's main thread waits for connections that can be read, hands each to a request thread by a queue, and
takes it back afterwards: three changes of thread for a request, each for Python's one lock. Here the threads ask
the kernel themselves from which connection something came; the main thread accepts new ones, and looks once a
second whose time is over. A connection holds a thread only once something came from it, and no longer than a
request may take to arrive; one that is being closed holds nobody while its client reads the end.

Linux only, for `epoll`: elsewhere gunicorn's own way is gone (`request_threads`).
"""

import logging
import math
import os
import select
import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import DEFAULT_WORKER_DATA_TIMEOUT, STOP_KEEPALIVE_LINGER

from banking_project.request_threads import RequestThreads

log = logging.getLogger("banking_project.taking_turns")

ARRIVES_WITHIN_S = int(os.environ.get("READ_TIMEOUT", "30"))
LEAVES_WITHIN_S = 2.0
LEAVES_UNREAD_MAX = 65_536  # bytes that a client may still send then


class TakingTurns(RequestThreads):
    """The gateway's worker on Linux."""

    waiting: "Waiting"

    def init_process(self) -> None:
        """Make what is not shared with the process that forked this one."""
        self.waiting = Waiting()
        self.taken: dict[Any, float] = {}  # connections that a thread reads from or answers, and since when
        super().init_process()

    def serve(self) -> None:
        """Serve until told to stop and everyone is answered; then call the threads back."""
        for _ in range(self.cfg.threads):
            self.tpool.submit(self._take_turns)
        super().serve()
        self.waiting.end()

    def enqueue_req(self, conn: Any) -> None:
        """Let a new connection wait for its first request."""
        conn.data_ready = True  # when a thread takes it
        self._let_wait(conn, DEFAULT_WORKER_DATA_TIMEOUT)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close what has waited too long, and read no more from who takes too long to ask."""
        now = time.monotonic()
        for conn in self.waiting.take_overdue(math.inf if force else now):
            self._close(conn)
        for conn, since in list(self.taken.items()):
            if since > now - ARRIVES_WITHIN_S:
                break
            if not conn.is_http2:  # whose thread stays with it
                _shut(conn, socket.SHUT_RD)

    def _cap_keepalive(self, deadline: float) -> None:
        self.waiting.cap(deadline)

    def _take_turns(self) -> None:
        while not self.waiting.has_ended:
            if (conn := self.waiting.take_next()) is None:
                continue
            if getattr(conn, "unread", None) is None:
                self._answer(conn)
            else:
                self._take_leave(conn)

    def _answer(self, conn: Any) -> None:
        self.taken[conn] = time.monotonic()
        try:
            stays = self.handle(conn)
            while stays and _is_read_ahead(conn):
                stays = self.handle(conn)
        except BaseException:  # what ends this thread would end the turns of all its connections
            log.exception("A connection is given up.")
            stays = False
        finally:
            del self.taken[conn]
        if stays:
            self._let_wait(conn, self.cfg.keepalive)
        else:
            conn.unread = LEAVES_UNREAD_MAX
            _shut(conn, socket.SHUT_WR)
            self._let_wait(conn, LEAVES_WITHIN_S)

    def _take_leave(self, conn: Any) -> None:
        """Read what the client still sends, so that the kernel doesn't take back what it was told; then close."""
        try:
            read = len(socket.socket.recv(conn.sock, LEAVES_UNREAD_MAX, socket.MSG_DONTWAIT))
        except OSError:
            read = 0
        conn.unread -= read
        if read and conn.unread > 0:
            self._let_wait(conn, conn.timeout - time.monotonic())
        else:
            self.method_queue.defer(self._close, conn)

    def _let_wait(self, conn: Any, seconds: float) -> None:
        if not self.alive:
            seconds = min(seconds, STOP_KEEPALIVE_LINGER)
        try:
            self.waiting.add(conn, until=time.monotonic() + seconds)
        except (OSError, ValueError):  # it is closed already
            self.method_queue.defer(self._close, conn)

    def _close(self, conn: Any) -> None:
        """Close a connection, on the main thread, which counts them."""
        self.nr_conns -= 1
        conn.close()


class Waiting:
    """Connections that something may come from. One belongs to whoever takes it out."""

    def __init__(self) -> None:
        self.has_ended = False
        self._connections: dict[int, Any] = {}
        self._epoll = select.epoll()
        self._bell, self._rope = os.pipe()
        self._epoll.register(self._bell, select.EPOLLIN)

    def add(self, conn: Any, *, until: float) -> None:
        """Let a connection wait until something comes from it, or its time is over.

        Raises OSError or ValueError for one that can't, as it is closed.
        """
        number = conn.sock.fileno()
        conn.timeout = until
        self._connections[number] = conn
        try:
            self._arm(number)
        except (OSError, ValueError):
            self._connections.pop(number, None)  # it would be closed, and counted, twice
            raise

    def _arm(self, number: int) -> None:
        once = select.EPOLLIN | select.EPOLLONESHOT  # one thread learns of it
        try:
            self._epoll.modify(number, once)
        except FileNotFoundError:
            self._epoll.register(number, once)

    def take_next(self) -> Any:
        """Wait until something comes, and take the connection that it came from; None if it is gone by then."""
        ((number, _),) = self._epoll.poll(maxevents=1)
        return self._connections.pop(number, None)

    def take_overdue(self, now: float) -> list[Any]:
        """Take those whose time is over."""
        waiting = list(self._connections.items())
        overdue = [number for number, conn in waiting if conn.timeout <= now]
        taken = [self._connections.pop(number, None) for number in overdue]
        return [conn for conn in taken if conn is not None]

    def cap(self, until: float) -> None:
        """Let none wait longer than until then."""
        for conn in list(self._connections.values()):
            conn.timeout = min(conn.timeout, until)

    def end(self) -> None:
        """Call back every thread that waits, or will."""
        self.has_ended = True
        os.write(self._rope, b"!")


def _is_read_ahead(conn: Any) -> bool:
    """Tell whether a part of the next request was read with the last one: the kernel will not tell of it."""
    return bool(conn.parser.unreader.buf.getvalue() or getattr(conn.sock, "pending", int)())


def _shut(conn: Any, way: int) -> None:
    """Shut one way of a connection, TLS or not, without a word."""
    with suppress(OSError):  # the client has gone
        socket.socket.shutdown(conn.sock, way)
