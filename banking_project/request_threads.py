"""Gunicorn's threaded worker with three habits of ours: connections from the start, nobody left at the door, and
no place left empty.

Every request thread opens its database connection before the worker takes a request, keeps it, and goes through
the main requests once (`gateway.rehearsal`). A worker that is told to stop accepts whoever already stands in the
listening socket's queue, and answers them. One that has answered its number of requests serves on until another
one is ready (`succession`).
"""

import logging
import select
import sys
import threading
import time
from typing import Any

from django.db import connection
from gunicorn.workers.gthread import ThreadWorker

from banking_project.broken_requests import OURS, refuse, told_of
from banking_project.succession import MAY_GO, Post
from domains.kernel.outages import outage

log = logging.getLogger("banking_project.request_threads")

OPEN_WITHIN_S = 10.0
ACCEPT_WITHIN_S = 1.0
REHEARSAL_PAUSE_S = 0.02
READ_TO_THE_END_MAX = 65_536  # bytes of a body, which gunicorn reads when nobody else did


class RequestThreads(ThreadWorker):  # type: ignore[misc] # gunicorn is published without types
    """The gateway's worker."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the number of requests from gunicorn, which would end the worker there and then."""
        super().__init__(*args, **kwargs)
        self.alive: bool
        self.replaced_after: int = vars(self)["max_requests"]  # with its share of the jitter
        self.max_requests = sys.maxsize
        self.post = Post()

    def notify(self) -> None:
        """Tell that the worker lives, as it does at least every second; and look whether its time has come."""
        super().notify()
        if not self.alive or self.nr < self.replaced_after:
            return
        if self.post.has_room and self.post.state != MAY_GO:
            self.post.ask()
            return
        self.log.info("Worker %s is replaced after %d requests.", self.pid, self.nr)
        self.alive = False

    def run(self) -> None:
        """Open the connections, then serve; what is told of requests is told by a thread beside them."""
        # Gunicorn loads this file before Django is set up, and the application after it.
        from gateway import tracing
        from gateway.afterwards import afterwards

        self._open_connections()
        tracing.start()
        afterwards.defer()
        self.post.take_over()
        self.serve()
        afterwards.end()
        tracing.end()

    def serve(self) -> None:
        """Serve until told to stop and everyone is answered."""
        super().run()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to accept; at the end, with nobody left in the queue."""
        ends = not enabled and not self.alive
        if ends:
            self._accept_the_waiting()
        super().set_accept_enabled(enabled)
        if ends:
            for listener in self.sockets:
                listener.close()

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request; after a body that may be left unread the connection ends, and the client is told.

        Of a body that was refused gunicorn reads a part, and then closes a connection that it said to keep.
        """
        if _may_be_left(req):
            req.force_close()
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002  gunicorn's
        """Tell of a request that can't be read in JSON, where gunicorn writes a page that quotes it."""
        reference = refuse(client, exc)
        if told_of(exc) is OURS:
            log.exception("A request failed in the server itself (%s).", reference)
        else:
            self.log.warning("A request that is no proper HTTP was refused: %s.", type(exc).__name__)

    def _open_connections(self) -> None:
        """Let each thread open its own: the barrier keeps one of them from doing it for two."""
        from banking_project.warming import rehearse_requests

        barrier = threading.Barrier(self.cfg.threads)
        pause_s = REHEARSAL_PAUSE_S if self.post.predecessor else 0.0  # who is succeeded serves meanwhile

        def open_one() -> None:
            try:
                connection.ensure_connection()
            except Exception as error:  # the gateway serves all the same, and says that it is not ready
                if not outage.explains(error):
                    log.warning("A request thread found no database: %s", type(error).__name__)
            barrier.wait(OPEN_WITHIN_S)
            rehearse_requests(pause_s=pause_s)

        for opened in [self.tpool.submit(open_one) for _ in range(self.cfg.threads)]:
            try:
                opened.result()
            except threading.BrokenBarrierError:
                log.warning("A request thread waits for its database; the others begin.")

    def _accept_the_waiting(self) -> None:
        deadline = time.monotonic() + ACCEPT_WITHIN_S
        while time.monotonic() < deadline:
            ready, _, _ = select.select(self.sockets, [], [], 0)
            if not ready:
                return
            for listener in ready:
                self.accept(listener)


def _may_be_left(req: Any) -> bool:
    headers = dict(req.headers)
    return "TRANSFER-ENCODING" in headers or int(headers.get("CONTENT-LENGTH", 0)) >= READ_TO_THE_END_MAX
