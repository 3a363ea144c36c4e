"""The book that all contestants read: a database of its own on the embedded server, made when it is missing."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from banking_project import embedded_postgres

BASE_DIR = Path(__file__).resolve().parent.parent
CUSTOMERS = 50_000


@dataclass(frozen=True)
class Book:
    """One database: where it is, and how many customers are in it."""

    host: str  # the directory of the server's socket
    name: str
    customers: int

    def environment(self) -> dict[str, str]:
        """Return the environment in which a process uses this book."""
        owner, application = embedded_postgres.OWNER, embedded_postgres.APPLICATION
        return {
            **os.environ,
            "DATABASE_URL": self._url(application),
            "DATABASE_OWNER_URL": self._url(owner),
            "PYTHONWARNINGS": "ignore",
        }

    def _url(self, role: str) -> str:
        return f"postgres://{role}@{quote(self.host, safe='')}/{self.name}"

    def mobiles(self) -> list[str]:
        """Return every mobile number of the usual length, in no order of the book's."""
        rows = self.ask(
            "SELECT mobile FROM customers_customer WHERE length(mobile) = 13 ORDER BY md5(id::text)"
        )
        return [mobile for (mobile,) in rows]

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement as the superuser and return its rows."""
        connection = psycopg2.connect(host=self.host, user="postgres", dbname=self.name)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


def open_book(customers: int, *, fresh: bool = False) -> Book:
    """Return a book of that many customers; make it when it is missing, of another size, or to be made afresh.

    Of another size it is unfinished, or customers were added: the newest ones, of whom the queries ask first.
    """
    name = "bench" if customers == CUSTOMERS else f"bench_{customers}"
    book = Book(embedded_postgres.socket_directory(), name, customers)
    if fresh:
        _drop(book)
    _create(book)
    _manage(book, "migrate", "-v0")
    found = _count(book)
    if found not in (0, customers):
        print(f"The book {name} holds {found:,} customers: it is made anew.")
        _drop(book)
        _create(book)
        _manage(book, "migrate", "-v0")
        found = 0
    if found == 0:
        print(
            f"Making a book of {customers:,} customers (once; some minutes for the whole size) …", flush=True
        )
        _manage(book, "demo", "--customers", str(customers))
    book.ask("VACUUM ANALYZE")
    book.ask("CHECKPOINT")
    return book


def _count(book: Book) -> int:
    ((found,),) = book.ask("SELECT count(*)::int FROM customers_customer")
    assert isinstance(found, int)
    return found


def _drop(book: Book) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(book.name))
    _server(book, statement)


def _create(book: Book) -> None:
    name, owner = sql.Identifier(book.name), sql.Identifier(embedded_postgres.OWNER)
    if not _server(
        book, sql.SQL("SELECT 1 FROM pg_database WHERE datname = {}").format(sql.Literal(book.name))
    ):
        _server(book, sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))


def _server(book: Book, statement: sql.Composed) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(host=book.host, user="postgres", dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def _manage(book: Book, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=book.environment(), check=True
    )
