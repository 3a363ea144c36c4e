"""Who is measured: each contestant says how it is started, how both queries are spelt, and what differs.

A contestant is a process (group) that answers GraphQL over HTTP on one port. All have two processes and four
connections to the database in all, on the same book.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.book import Book
from benchmarks.free_port import free_port
from benchmarks.load import CONNECTIONS
from benchmarks.queries import Queries

PROCESSES = 2
CONNECTIONS_PER_PROCESS = 2


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """One server: what is run, what it is asked, and what has to be known about it."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int
    queries: Queries
    notes: str
    path: str = "graphql"
    directory: str = "."
    headers: Callable[[], Mapping[str, str]] = field(default=dict)  # made anew for each round
    is_limit: bool = False  # no gateway at all: what is left when everything is taken away

    @property
    def application(self) -> str:
        """Return the name under which its sessions are known to the database."""
        return f"benchmark {self.port}"

    @property
    def url(self) -> str:
        """Return the address of its graph."""
        return f"http://127.0.0.1:{self.port}/{self.path}"


Make = Callable[[Book, int], Contestant]


def gunicorn(book: Book, *, port: int, settings: str = "banking_project.settings") -> dict[str, str]:
    """Return the environment of a gunicorn with the product's own configuration and two processes."""
    return book.environment() | {
        "DJANGO_SETTINGS_MODULE": settings,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "METRICS_PORT": str(free_port()),
        "WEB_CONCURRENCY": str(PROCESSES),
        "THREADS": str(CONNECTIONS_PER_PROCESS),
        # An even share for each process: otherwise the quicker one takes all the load's few lasting connections.
        "WORKER_CONNECTIONS": str(CONNECTIONS // PROCESSES),
    }
