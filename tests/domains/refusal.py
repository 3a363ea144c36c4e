"""Saying in a test that the database itself refuses something."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, ProgrammingError, connections, transaction

from domains.kernel.violations import constraint_name


@contextmanager
def breaks(constraint: str) -> Iterator[None]:
    """Expect the statements within to break this very constraint; what was done before stays."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        yield
    assert constraint_name(refused.value) == constraint


def refuses(alias: str, statement: str, *values: object, because: str) -> None:
    """Expect the database to refuse a statement to the role of an alias, in these words."""
    with (
        pytest.raises(ProgrammingError, match=because) as refused,
        transaction.atomic(using=alias),
        connections[alias].cursor() as cursor,
    ):
        cursor.execute(statement, values)
    assert getattr(refused.value.__cause__, "pgcode", None) == "42501"  # insufficient_privilege
