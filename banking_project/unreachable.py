"""What a command says that finds no database: what it tried, why it did not get in, and what would be right."""

import os
import re

from django.conf import settings
from django.db import ProgrammingError, connections

from banking_project.production import FORM
from domains.kernel.outages import LOST, is_lost, place

_REASON = re.compile(r"(?:.* failed: )?(?:FATAL: +)?(?P<reason>[^\n]+)")


def sentence(error: Exception) -> str | None:
    """Return the sentence for an error of the database; None when the database was there and an error it is."""
    if isinstance(error, ProgrammingError) and "does not exist" in str(error):
        return "The database is not migrated to this version yet: run `python manage.py migrate`."
    if not is_lost(error) and "invalid dsn" not in str(error):
        return None
    for alias in settings.DATABASES:  # which of them it was is not said by every error
        connections[alias].close()
        try:
            connections[alias].ensure_connection()
        except (*LOST, ProgrammingError) as found:
            return _sentence(alias, str(found))
    return (
        f"The connection to the database {place('default')} was lost, and it answers again. What was not "
        "committed is undone: run the command once more."
    )


def _sentence(alias: str, told: str) -> str:
    found = _REASON.match(told)
    reason = (found["reason"] if found else "it does not answer").strip().rstrip(".")
    user = connections[alias].settings_dict["USER"]
    return f"The database {place(alias)}, can't be reached as {user}: {reason}. {_right(alias)}"


def _right(alias: str) -> str:
    if not os.environ.get("DATABASE_URL"):
        return "It is the embedded one; its log lies beside its data, under BANKING_VAR."
    variable = "DATABASE_POOLER_URL" if alias == "default" and settings.DATABASE_POOLED else "DATABASE_URL"
    if alias == "owner" and os.environ.get("DATABASE_OWNER_URL"):
        variable = "DATABASE_OWNER_URL"
    return f"Is it running there, and is {variable} right ({FORM})?"
