"""Operations that join the database transaction of their caller without a savepoint of their own."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

Given = ParamSpec("Given")
Done = TypeVar("Done")


def joining(operation: Callable[Given, Done]) -> Callable[Given, Done]:
    """Run an operation inside the transaction of its caller, or in one of its own.

    Only for one that refuses whatever it refuses before it writes anything: then there is nothing to take back,
    and the two round trips of a savepoint are spared.
    """

    @wraps(operation)
    def joined(*given: Given.args, **named: Given.kwargs) -> Done:
        if connection.in_atomic_block:
            return operation(*given, **named)
        with transaction.atomic():
            return operation(*given, **named)

    return joined
