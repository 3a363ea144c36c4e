"""`manage.py demo`: fill an empty database with a book of invented people, and make the demo logins."""

import os
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from domains.customers.queries import any_customer_exists
from domains.demo.book import CUSTOMERS_MAX, LAST_DAY, Book
from domains.demo.load import freshen_statistics, load_book
from domains.demo.loading import LoadingFailed
from domains.demo.logins import LOGINS, make_logins
from domains.demo.reference import follow_sandbox
from domains.kernel.actor import Actor
from domains.kernel.failures import Failure

# Below this, starting processes takes longer than they save.
SHARED_FROM = 2_000  # customers
PROCESSES_MAX = 4
ACTOR = Actor.system("load the demo book")


class Command(BaseCommand):
    """Load the book in one go or not at all; exit status 1 when it was refused or failed."""

    help = "Load a book of invented customers, and make the demo logins (demo environment only)."
    requires_system_checks = []  # its own output is what is to be read

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size of the book, and what it grows from."""
        parser.add_argument(
            "--customers", type=_size, default=200, metavar="N", help="how many (default: 200)"
        )
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same book")
        parser.add_argument(
            "--last-day",
            type=date.fromisoformat,
            default=LAST_DAY,
            metavar="YYYY-MM-DD",
            help=f"the day that the book ends on (default: {LAST_DAY}, so that every run makes the same book)",
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="leave the book alone when there is any customer"
        )

    def handle(
        self, *, customers: int, seed: int, last_day: date, if_empty: bool, verbosity: int, **_options: Any
    ) -> None:
        """Load the book, or say in one sentence why not."""
        if settings.BANKING_ENVIRONMENT != "demo":
            self._end("Invented people belong in the demo environment only; nothing was loaded.")
        if if_empty and any_customer_exists():
            follow_sandbox(actor=ACTOR)
            make_logins(actor=ACTOR)  # an imported statement does not keep a newcomer from signing in
            return
        started = time.monotonic()
        try:
            with self._progress(customers, quiet=verbosity == 0) as progress:
                load_book(
                    book=Book(customers, seed, last_day),
                    actor=ACTOR,
                    progress=progress,
                    processes=_processes(customers),
                )
            freshen_statistics()
        except Failure as failure:
            self._end(failure.message)
        except LoadingFailed as failure:
            self._end(f"Nothing was loaded. The database refused the book: {failure}.")
        except KeyboardInterrupt:
            self._end("Interrupted; nothing was loaded.", status=130)
        if verbosity > 0:
            self._summarise(customers, time.monotonic() - started)

    def _summarise(self, customers: int, seconds: float) -> None:
        rate = customers / max(seconds, 0.001)
        self.stdout.write(
            f"Loaded {customers:,} customers with {customers * 10:,} holdings and {customers * 20:,} "
            f"transactions in {seconds:.1f} s ({rate:,.0f} customers a second)."
        )
        self.stdout.write("Logins (password demo-<login>): " + ", ".join(login.username for login in LOGINS))

    @contextmanager
    def _progress(self, customers: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
        """Give what takes the number of customers that went in: a bar on a terminal, else a few lines."""
        console = Console(stderr=True)
        if quiet:
            yield lambda _count: None
        elif console.is_terminal:
            columns = (
                TextColumn("Loading customers"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            with Progress(*columns, console=console) as bar:
                task = bar.add_task("", total=customers)
                yield lambda count: bar.advance(task, count)
        else:
            yield _lines(self.stderr.write, customers)

    def _end(self, sentence: str, *, status: int = 1) -> None:
        self.stderr.write(sentence)
        sys.exit(status)


def _lines(write: Callable[[str], None], customers: int) -> Callable[[int], None]:
    """Return what writes a line at each tenth of the way."""
    done, told = 0, 0

    def advance(count: int) -> None:
        nonlocal done, told
        done += count
        if (tenths := done * 10 // customers) > told:
            told = tenths
            write(f"Loading customers: {done:,} of {customers:,}")

    return advance


def _processes(customers: int) -> int:
    return min(PROCESSES_MAX, os.cpu_count() or 1) if customers >= SHARED_FROM else 1


def _size(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= CUSTOMERS_MAX:
        raise ArgumentTypeError(f"a book has 1 to {CUSTOMERS_MAX} customers")
    return int(text)
