"""Runs statements: prepared once for each connection, bound, executed, retried once on a lost connection.

psycopg2 does not prepare by itself; `PREPARE` and `EXECUTE` are sent as SQL. The names prepared on a
connection are remembered beside it, least recently used first, and dropped beyond a limit. Behind a pooler of
transactions, which can't follow that, a statement is sent whole (see `domains.kernel.pooling`).

Inside a transaction of the caller's they share its commit, and a savepoint lets it live on when they fail.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg2
import psycopg2.extensions
from django.db import connection

from domains.kernel.outages import LOST, is_lost, outage
from domains.kernel.pooling import is_pooled, opening
from gateway.failures import RequestError, refuse
from gateway.planning.statement import Statement
from gateway.record import RequestRecord
from gateway.slots import Bindings

PREPARED_MAX = 200  # for each connection; each holds about 200 KB in the database's process
BYTES = psycopg2.extensions.BYTES  # text arrives as the bytes that the database sent

SAVEPOINT, BACK = "SAVEPOINT reading; ", "ROLLBACK TO SAVEPOINT reading"

Row = tuple[bool, bytes | None]
Found = TypeVar("Found")
_local = threading.local()


def run(statements: Sequence[Statement], bindings: Bindings) -> list[Row]:
    """Execute the statements in one snapshot and return their rows; several share a transaction.

    Raises RequestError `DATABASE_UNAVAILABLE` when the database can't be reached, `DEADLINE_EXCEEDED` when
    there is not enough time. `run_within` is for a transaction of the caller's.
    """
    with bindings.deadline.kept():
        # Bound anew for each attempt: a receipt's id is never used twice.
        record = bindings.record
        rows = reconnecting(
            lambda: _attempt(statements, [each.values(bindings) for each in statements], record)
        )
    outage.note_answer()
    return rows


def run_within(statement: Statement, bindings: Bindings) -> Row:
    """Execute a statement inside the caller's transaction and return its row; if it fails, the transaction lives.

    Raises RequestError `DEADLINE_EXCEEDED` when there is not enough time.
    """
    assert connection.in_atomic_block
    with bindings.deadline.kept():
        raw = _raw_connection()
        prepared, values = _prepared_on(raw), statement.values(bindings)
        with raw.cursor() as cursor:
            psycopg2.extensions.register_type(BYTES, cursor)
            try:
                return _timed(cursor, prepared, statement, values, bindings.record, before=SAVEPOINT)
            except BaseException:
                if not raw.closed:
                    cursor.execute(BACK)
                raise


def reconnecting(work: Callable[[], Found]) -> Found:
    """Do what may be done twice; once more when the connection proves lost.

    Raises RequestError `DATABASE_UNAVAILABLE` when there is none to be had.
    """
    # Django need not ask before whether it answers: what is asked here shows it.
    connection.health_check_done = True  # type: ignore[attr-defined] # missing in the stubs
    try:
        return work()
    except LOST as error:
        if connection.in_atomic_block or not is_lost(error):
            raise
        connection.close()
    try:
        return work()
    except LOST as error:
        if not outage.explains(error):
            raise
        connection.close()
        raise unavailable() from None


def unavailable() -> RequestError:
    """Return the refusal of who asks while there is no database."""
    return refuse("The database does not answer. Try again.", "DATABASE_UNAVAILABLE", status=503)


def _attempt(
    statements: Sequence[Statement], values: Sequence[list[Any]], record: RequestRecord | None
) -> list[Row]:
    raw = _raw_connection()
    prepared = _prepared_on(raw)
    with raw.cursor() as cursor:
        psycopg2.extensions.register_type(BYTES, cursor)
        if len(statements) == 1:
            return [_timed(cursor, prepared, statements[0], values[0], record)]
        alone = not connection.in_atomic_block
        if alone:
            begin = "BEGIN ISOLATION LEVEL REPEATABLE READ"
            cursor.execute(f"{begin}; {opening()}" if is_pooled() else begin)
        try:
            rows = [
                _timed(cursor, prepared, statement, bound, record)
                for statement, bound in zip(statements, values, strict=True)
            ]
        except BaseException:
            if alone and not raw.closed:
                cursor.execute("ROLLBACK")
            raise
        if alone:
            cursor.execute("COMMIT")
        return rows


def _raw_connection() -> Any:
    try:
        connection.ensure_connection()
    except Exception as error:  # Django wraps psycopg2's error
        cause = error.__cause__
        raise cause if isinstance(cause, psycopg2.Error) else error from None
    return connection.connection


def _prepared_on(raw: Any) -> "OrderedDict[str, None]":
    """Return the names prepared on this connection; a new connection has none."""
    if getattr(_local, "raw", None) is not raw:
        _local.raw, _local.names = raw, OrderedDict()
    names: OrderedDict[str, None] = _local.names
    return names


def _timed(
    cursor: Any,
    prepared: "OrderedDict[str, None]",
    statement: Statement,
    values: list[Any],
    record: RequestRecord | None,
    *,
    before: str = "",
) -> Row:
    started = time.time_ns()
    try:
        return _execute(cursor, prepared, statement, values, before)
    finally:
        if record is not None:
            record.statements.append((statement.name, started, time.time_ns()))


def _execute(
    cursor: Any, prepared: "OrderedDict[str, None]", statement: Statement, values: list[Any], before: str = ""
) -> Row:
    if is_pooled():
        _execute_unprepared(cursor, before + opening(), statement, values)
    else:
        if before and statement.name not in prepared:
            cursor.execute(before)
            before = ""
        _prepare(cursor, prepared, statement)
        cursor.execute(before + statement.execute, values or None)
    row: Row = cursor.fetchone()
    return row


def _prepare(cursor: Any, prepared: "OrderedDict[str, None]", statement: Statement) -> None:
    if statement.name in prepared:
        prepared.move_to_end(statement.name)
        return
    if len(prepared) >= PREPARED_MAX:
        cursor.execute(f"DEALLOCATE {prepared.popitem(last=False)[0]}")
    cursor.execute(statement.prepare)
    prepared[statement.name] = None


def _execute_unprepared(cursor: Any, before: str, statement: Statement, values: list[Any]) -> None:
    cursor.execute(
        f"{before}{statement.direct}", {f"s{number}": value for number, value in enumerate(values, 1)}
    )


def explain(statement: Statement, values: list[Any]) -> list[str]:
    """Return PostgreSQL's plan for a statement with these values; nothing is executed."""
    raw = _raw_connection()
    with raw.cursor() as cursor:
        if is_pooled():
            _execute_unprepared(cursor, f"{opening()}EXPLAIN (VERBOSE off) ", statement, values)
        else:
            _prepare(cursor, _prepared_on(raw), statement)
            cursor.execute(f"EXPLAIN (VERBOSE off) {statement.execute}", values or None)
        return [line if isinstance(line, str) else line.decode() for (line,) in cursor.fetchall()]
