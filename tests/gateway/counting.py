"""Counting what is sent to PostgreSQL: a cursor that keeps every text, on the connection in use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2.extensions
from django.db import connection

AROUND = ("PREPARE", "DEALLOCATE", "BEGIN", "COMMIT", "ROLLBACK")


class Sent:
    """The texts sent, in order."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @property
    def statements(self) -> list[str]:
        """Return what reads or writes: without preparing and without the transaction's borders."""
        return [text for text in self.texts if not text.startswith(AROUND)]

    def beginning(self, word: str) -> list[str]:
        return [text for text in self.texts if text.startswith(word)]

    def clear(self) -> None:
        self.texts.clear()


@contextmanager
def counted() -> Iterator[Sent]:
    """Keep what is sent on Django's connection while the block runs."""
    sent = Sent()

    class Counting(psycopg2.extensions.cursor):
        def execute(self, query: Any, vars: Any = None) -> Any:
            sent.texts.append(query.decode() if isinstance(query, bytes) else str(query))
            return super().execute(query, vars)

    connection.ensure_connection()
    raw = connection.connection
    before, raw.cursor_factory = raw.cursor_factory, Counting
    try:
        yield sent
    finally:
        raw.cursor_factory = before
