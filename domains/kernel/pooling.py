"""Behind a pooler of transactions (PgBouncer): nothing outlives the transaction that it was said in.

Each transaction may come to another session of the database, so nothing is prepared, no session is given
settings, and every transaction begins with what the gateway's sessions would otherwise be opened with, by
`SET LOCAL`, sent in one message with its first statement. Without a pooler all of this is idle.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db.backends.signals import connection_created
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

_local = threading.local()


def is_pooled() -> bool:
    """Tell whether this process reaches the database through a pooler of transactions."""
    pooled: bool = settings.DATABASE_POOLED
    return pooled


def opening() -> str:
    """Return the SQL that a transaction begins with, in the same message as its first statement."""
    known: dict[str, object] = dict(settings.DATABASE_SESSION)
    if (limit_ms := getattr(_local, "limit_ms", None)) is not None:
        known["statement_timeout"] = limit_ms
    return "".join(f"SET LOCAL {name} = {value}; " for name, value in known.items())


@contextmanager
def statements_within(limit_ms: int) -> Iterator[None]:
    """Let the statements of transactions that begin inside take no longer than this, on this thread."""
    before = getattr(_local, "limit_ms", None)
    _local.limit_ms = int(limit_ms)
    try:
        yield
    finally:
        _local.limit_ms = before


def begin_transactions_well() -> None:
    """Let Django's own statements begin their transactions like that, on every connection to come."""
    connection_created.connect(_wrapped, dispatch_uid="pooling")


def _wrapped(connection: Any, **_: Any) -> None:
    if is_pooled() and _opened not in connection.execute_wrappers:
        connection.execute_wrappers.append(_opened)


def _opened(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    raw = context["connection"].connection
    if raw.get_transaction_status() == TRANSACTION_STATUS_IDLE and isinstance(sql, str):
        sql = opening() + sql
    return execute(sql, params, many, context)
