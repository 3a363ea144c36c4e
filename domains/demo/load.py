"""Loading the demo: what it refers to, the book, the logins, and the mark that says that it is there."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections, transaction

from domains.audit.events import Event
from domains.audit.operations import record
from domains.demo.book import Book
from domains.demo.loading import Progress, load_here, load_in_processes
from domains.demo.logins import make_logins
from domains.demo.reference import BOOK_KEY, list_securities, register_reference
from domains.demo.rows import COLUMNS
from domains.kernel.actor import Actor
from domains.kernel.failures import Conflict, Refused
from domains.providers.operations import configure
from domains.providers.queries import configured

_LOCK = 7_301_245  # any number, the same for every loader


class BookThere(Refused):
    """There is a demo book already, and it can't be replaced: ledgers and the audit trail only grow."""

    code = "DEMO_BOOK_THERE"


class LoaderBusy(Conflict):
    """Another process loads a demo book into this database right now."""

    code = "DEMO_LOADER_BUSY"

    def __init__(self) -> None:
        super().__init__("Another process is loading the demo book into this database right now.")


def load_book(*, book: Book, actor: Actor, progress: Progress, processes: int = 1) -> None:
    """Load the book with its logins, once; `progress` is told how many customers went in.

    With one process it joins the caller's transaction. Raises BookThere, LoaderBusy or LoadingFailed.
    """
    with _alone():
        refuse_second_book()
        register_reference(actor=actor)
        security_ids = list_securities(book=book)
        if processes > 1:
            load_in_processes(book=book, security_ids=security_ids, progress=progress, processes=processes)
            _finish(book, actor)
        else:
            with transaction.atomic():
                load_here(book=book, security_ids=security_ids, progress=progress)
                _finish(book, actor)


def refuse_second_book() -> None:
    """Raise BookThere when the mark of a demo book is in the database."""
    known = configured(BOOK_KEY)
    if isinstance(known, dict):
        raise BookThere(
            f"This database holds a demo book already ({known.get('customers')} customers, "
            f"seed {known.get('seed')}). It can't be replaced, because the ledger of units and the audit "
            "trail only grow: use an empty database (another DATABASE_URL, or `make clean`)."
        )


def freshen_statistics() -> None:
    """Let the planner know what came in; as the owner, since it is the owner's tables that are vacuumed."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(COLUMNS)}, portfolios_security")
    connections["owner"].close()


@transaction.atomic
def _finish(book: Book, actor: Actor) -> None:
    mark = {"customers": book.customers, "seed": book.seed, "last_day": book.last_day.isoformat()}
    configure(actor=actor, key=BOOK_KEY, value=mark, description="The demo book that was loaded.")
    record(event=Event.CHANGE, actor=actor, operation_name="load_demo_book", row_count=book.customers)
    make_logins(actor=actor)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold a lock of the session, so that two loaders do not mix their books."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise LoaderBusy
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
