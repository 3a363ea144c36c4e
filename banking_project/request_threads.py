"""Gunicorn's threaded worker with two habits of ours: connections from the start, and nobody left at the door.

Every request thread opens its database connection before the worker takes a request, keeps it, and goes through
the main requests once (`gateway.rehearsal`). A worker that is told to stop accepts whoever already stands in the
listening socket's queue, and answers them.
"""

import logging
import select
import threading
import time

from django.db import connection
from gunicorn.workers.gthread import ThreadWorker

log = logging.getLogger("banking_project.request_threads")

OPEN_WITHIN_S = 10.0
ACCEPT_WITHIN_S = 1.0


class RequestThreads(ThreadWorker):  # type: ignore[misc] # gunicorn is published without types
    """The gateway's worker."""

    def run(self) -> None:
        """Open the connections, then serve; what is told of requests is told by a thread beside them."""
        # Gunicorn loads this file before Django is set up, and the application after it.
        from gateway import tracing
        from gateway.afterwards import afterwards

        self._open_connections()
        tracing.start()
        afterwards.defer()
        super().run()
        afterwards.end()
        tracing.end()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to accept; at the end, with nobody left in the queue."""
        ends = not enabled and not self.alive
        if ends:
            self._accept_the_waiting()
        super().set_accept_enabled(enabled)
        if ends:
            for listener in self.sockets:
                listener.close()

    def _open_connections(self) -> None:
        """Let each thread open its own: the barrier keeps one of them from doing it for two."""
        from banking_project.warming import rehearse_requests

        barrier = threading.Barrier(self.cfg.threads)

        def open_one() -> None:
            try:
                connection.ensure_connection()
            except Exception as error:  # the gateway serves all the same, and says that it is not ready
                log.warning("A request thread found no database: %s", type(error).__name__)
            barrier.wait(OPEN_WITHIN_S)
            rehearse_requests()

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
