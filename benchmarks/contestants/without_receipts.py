"""Ours with the receipt left out of every statement, to tell what it costs; nothing that ships can do this."""

from typing import Any

from banking_project.wsgi import application as application  # sets Django up
from gateway.planning import planner
from gateway.planning.receipt import guarded


def unreceipted(answer: Any, *, guard: Any, **_: Any) -> Any:
    """Return the statement of a read as if nobody's data were in it."""
    return guarded(answer, guard)


planner.receipted = unreceipted
