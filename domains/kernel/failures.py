"""The families of expected failures; every domain error is a subclass beside the function that raises it.

The gateway maps families, never single errors. A message is written for the person who asked and holds
neither a personal value nor a word of the database.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

Path = tuple[str | int, ...]


class Failure(Exception):
    """An outcome that is expected to happen and that the caller is told about."""

    code: ClassVar[str] = "FAILURE"
    retry_after_s: int | None = None  # after how many seconds it may be tried again, if that helps
    also: "tuple[Failure, ...]" = ()  # what else is wrong, where one look finds several faults

    def __init__(self, message: str, *, path: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class Invalid(Failure):
    """The input is not what it must be; `path` names the part."""

    code = "INVALID"


class NotFound(Failure):
    """There is no such thing, or none that may be known of."""

    code = "NOT_FOUND"


class NotAllowed(Failure):
    """The actor may not do this."""

    code = "NOT_ALLOWED"


class Conflict(Failure):
    """It clashes with what is there, or with what happened at the same moment."""

    code = "CONFLICT"
    changed_by: str | None = None  # who was there first, where the caller may know
    changed_at: datetime | None = None


class Refused(Failure):
    """A rule of the business forbids it in the present state."""

    code = "REFUSED"


class Unavailable(Failure):
    """Something that is needed does not answer; nothing was done, try again."""

    code = "UNAVAILABLE"


class Unknown(Failure):
    """Whether it was done can't be told yet; it must be asked for, never repeated blindly."""

    code = "UNKNOWN"


def raise_all(failures: Sequence[Failure]) -> None:
    """Raise the first failure, which carries the others; do nothing when there is none."""
    if failures:
        first, *others = failures
        first.also = tuple(others)
        raise first
