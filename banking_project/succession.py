"""How a worker is replaced after its number of requests: by one that is ready before it goes.

Gunicorn ends such a worker first and then starts another one; meanwhile the others do its work, and the new one's
start takes from them. Here the worker asks for a successor and serves on. The process that forks the workers
starts one more, and that one says when it has opened its connections and gone through the main requests; then the
old one ends. One worker is replaced at a time, so that no more than one worker's connections are added.
"""

import mmap
from collections.abc import Callable
from typing import Any

SERVES, ASKS, MAY_GO = 0, 1, 2


class Post:
    """What a worker and the process that forked it know of its replacement: one byte that both share."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)  # made before the fork
        self.has_room = False  # whether a successor may have connections beside its own
        self.predecessor: Post | None = None

    @property
    def state(self) -> int:
        """Return SERVES, ASKS or MAY_GO."""
        return self._byte[0]

    def ask(self) -> None:
        """Ask for a successor, once."""
        if self.state == SERVES:
            self._byte[0] = ASKS

    def take_over(self) -> None:
        """Say that this worker serves from now on, so that the one whom it succeeds may go."""
        if self.predecessor is not None:
            self.predecessor._byte[0] = MAY_GO


def one_more(manage_workers: Callable[[], None], server: Any) -> Callable[[], None]:
    """Return what keeps a gunicorn arbiter's number of workers, with one more while one of them is replaced."""

    def managed() -> None:
        number = server.num_workers
        server.num_workers += any(post.state != SERVES for post in _posts(server))
        try:
            manage_workers()
        finally:
            server.num_workers = number

    return managed


def prepare(server: Any, post: Post, *, has_room: bool) -> None:
    """Tell a worker that is forked next whom it succeeds, if anyone asks."""
    post.has_room = has_room
    post.predecessor = next((each for each in _posts(server) if each.state == ASKS), None)
    if post.predecessor is not None:
        post.predecessor.predecessor = None  # who went long ago


def _posts(server: Any) -> list[Post]:
    """Return those of the live workers, the oldest first; workers of gunicorn's own kinds have none."""
    workers = sorted(server.WORKERS.values(), key=lambda worker: worker.age)
    return [worker.post for worker in workers if hasattr(worker, "post")]
