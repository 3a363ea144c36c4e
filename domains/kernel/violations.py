"""Broken database constraints as failures, without the row that the database quotes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError

from domains.kernel.failures import Failure


class ConstraintBroken(Exception):
    """A constraint that no caller was expected to break; the message holds its name only."""


@contextmanager
def refused_as(failures: Mapping[str, Callable[[], Failure]]) -> Iterator[None]:
    """Raise the failure that stands for a broken constraint's name; usable as a decorator.

    Put it outside the transaction. A constraint that is not listed raises ConstraintBroken: its cause is
    dropped because PostgreSQL's detail would carry the row's values into logs.
    """
    try:
        yield
    except IntegrityError as error:
        name = constraint_name(error)
    else:
        return
    if name in failures:
        raise failures[name]() from None
    raise ConstraintBroken(name) from None


def constraint_name(error: IntegrityError) -> str:
    """Return the name of the constraint that the statement broke, or '' when the driver does not tell."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""
