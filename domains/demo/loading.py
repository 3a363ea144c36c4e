"""Loading a book by COPY. All of it is there at the end, or nothing.

A small book is loaded through Django's own connection, inside the caller's transaction. A large one is shared
among processes, each of which makes its blocks and holds one transaction open until all of them are ready;
only then are they committed, one right after the other. Foreign keys, checks and the ledger's triggers hold
throughout: COPY skips none of them.
"""

import io
import signal
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

import psycopg2
from django.db import connection

from domains.demo.block import make_block
from domains.demo.book import Book
from domains.demo.rows import COLUMNS, Rows

Progress = Callable[[int], None]


class LoadingFailed(Exception):
    """The book did not go in and was taken back; the message names the broken constraint, never a row."""


def load_here(*, book: Book, security_ids: Mapping[str, str], progress: Progress) -> None:
    """Load the book through Django's connection; `progress` is told how many customers went in."""
    for places in book.blocks():
        with connection.cursor() as cursor:
            try:
                copy_rows(cursor, make_block(book=book, places=places, security_ids=security_ids))
            except psycopg2.Error as error:
                raise LoadingFailed(_reason(error)) from None
        progress(len(places))


def load_in_processes(
    *, book: Book, security_ids: Mapping[str, str], progress: Progress, processes: int
) -> None:
    """Load the book with several processes, each on a connection of its own; raise LoadingFailed.

    What it refers to (securities) must have been committed. A process that is interrupted or dies takes its
    rows with it, and the others are told to give theirs up.
    """
    address = connection.get_connection_params()
    address.pop("cursor_factory", None)
    blocks = book.blocks()
    context = get_context("spawn")  # a fork would share this process's open connection
    ends: list[Connection] = []
    workers = []
    for number in range(processes):
        ours, theirs = context.Pipe()
        arguments = (theirs, address, book, blocks[number::processes], dict(security_ids))
        workers.append(context.Process(target=_work, args=arguments, daemon=True))
        workers[-1].start()
        theirs.close()
        ends.append(ours)
    try:
        _follow(ends, progress)
        for end in ends:
            end.send("commit")
        _await_commits(ends)
    finally:
        for end in ends:
            end.close()
        for worker in workers:
            worker.join(timeout=30)


def _follow(ends: list[Connection], progress: Progress) -> None:
    """Pass progress on until every process is ready to commit; raise LoadingFailed when one is not."""
    busy = list(ends)
    while busy:
        for end in wait(busy):
            assert isinstance(end, Connection)
            told = _receive(end)
            if told == "ready":
                busy.remove(end)
            elif isinstance(told, int):
                progress(told)
            else:
                raise LoadingFailed(str(told))


def _await_commits(ends: list[Connection]) -> None:
    for end in ends:
        told = _receive(end)
        if told != "committed":
            raise LoadingFailed(f"{told} (while committing: a part of the book may be there)")


def _receive(end: Connection) -> object:
    try:
        return end.recv()
    except EOFError:
        return "a loading process ended early"


def _work(
    end: Connection,
    address: dict[str, Any],
    book: Book,
    blocks: list[range],
    security_ids: Mapping[str, str],
) -> None:
    """Load these blocks in one transaction; commit when told to, and give up when the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which closes the pipe
    try:
        with psycopg2.connect(**address) as database:
            with database.cursor() as cursor:
                for places in blocks:
                    copy_rows(cursor, make_block(book=book, places=places, security_ids=security_ids))
                    end.send(len(places))
            end.send("ready")
            if end.recv() != "commit":
                database.rollback()
        end.send("committed")
    except (EOFError, BrokenPipeError):
        return  # the parent gave up: leaving without a commit takes everything back
    except psycopg2.Error as error:
        end.send(_reason(error))


def copy_rows(cursor: Any, rows: Rows) -> None:
    """Copy the rows in, table by table, and check their foreign keys at once instead of at the end."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, columns in COLUMNS.items():
        if rows.lines(table):
            target = f"COPY {table} ({', '.join(columns.split())}) FROM STDIN"
            cursor.copy_expert(target, io.StringIO(rows.text(table)))


def _reason(error: psycopg2.Error) -> str:
    """Say what the database refused, without the row that it quotes."""
    return error.diag.constraint_name or type(error).__name__
