"""Ours with the receipt left out of every statement, to tell what it costs; nothing that ships can do this."""

from typing import Any

from banking_project.wsgi import application as application  # sets Django up
from gateway.planning.levels import Level, Place


def nowhere(_: Level) -> list[Place]:
    """Return where a receipt names anybody: as if all data were nobody's."""
    return []


unreceipted: Any = Level
unreceipted.places = nowhere
