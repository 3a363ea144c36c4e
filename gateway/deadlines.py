"""When a request must be over, and how its statements keep to that.

Every statement of a served connection is cut by PostgreSQL after STATEMENT_TIMEOUT_MS (the connection asks for
it when it is opened, so that costs no request anything). Only a request that has less time left than that pays
for a shorter limit of its own. What was cut, or came too late to begin, is DEADLINE_EXCEEDED.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2.errors
from django.conf import settings
from django.db import connection
from graphql import GraphQLError

from domains.kernel.pooling import is_pooled, statements_within
from gateway.failures import RequestError, coded, refuse

CODE = "DEADLINE_EXCEEDED"


class Deadline:
    """The moment by which a request must be over."""

    __slots__ = ("_at",)

    def __init__(self, allowed_ms: int | None = None) -> None:
        allowed = settings.REQUEST_DEADLINE_MS if allowed_ms is None else allowed_ms
        self._at = time.monotonic() + allowed / 1000

    def left_ms(self) -> int:
        """Return the milliseconds that are left; 0 when it has passed."""
        return max(0, int((self._at - time.monotonic()) * 1000))

    def check(self) -> None:
        """Raise RequestError when it has passed."""
        if time.monotonic() >= self._at:
            raise too_late()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Let each statement inside take no longer than is left, where that is less than it may take anyway.

        Raises RequestError `DEADLINE_EXCEEDED` when nothing is left, or PostgreSQL cut a statement.
        """
        left, usual = self.left_ms(), settings.STATEMENT_TIMEOUT_MS
        if not left:
            raise too_late()
        try:
            if left < usual:
                with _statements_within(left):
                    yield
            else:
                yield
        except Exception as error:
            if was_cut(error):
                raise too_late() from None
            raise


@contextmanager
def _statements_within(limit_ms: int) -> Iterator[None]:
    if is_pooled():
        with statements_within(limit_ms):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = %s", [limit_ms])
    raw = connection.connection
    try:
        yield
    finally:  # a connection that broke has forgotten it
        if connection.connection is raw and not raw.closed:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")


def was_cut(error: BaseException) -> bool:
    """Tell whether PostgreSQL cut a statement for taking too long."""
    cause: Any = error.__cause__ or error  # Django's errors wrap psycopg2's
    return isinstance(cause, psycopg2.errors.QueryCanceled)


def too_late() -> RequestError:
    """Return the refusal of a request whose time is up before anything of it was answered."""
    return refuse(f"The request was not answered within its time ({_allowed()}).", CODE, status=504)


def not_begun(path: list[str]) -> GraphQLError:
    """Return the error of a mutation that was not begun, since the time was up."""
    return coded(f"Not begun: the request's time ({_allowed()}) was up.", CODE, path=path)


def stopped(path: list[str]) -> GraphQLError:
    """Return the error of a mutation that was stopped on its way."""
    return coded(
        "It took too long and was stopped: ask what became of it before you repeat it.", CODE, path=path
    )


def not_told(path: list[str]) -> GraphQLError:
    """Return the error of a mutation that was done, but whose answer could not be read (in time)."""
    return coded(
        f"It was done; reading the answer failed, or was not over in {_allowed()}. Ask for it again.",
        CODE,
        path=path,
    )


def _allowed() -> str:
    return f"{settings.REQUEST_DEADLINE_MS} ms"
