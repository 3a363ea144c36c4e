"""Constants of declarations as SQL: never a request's values, which are bound."""

from typing import Any

from psycopg2.extensions import adapt


def quoted(constant: Any) -> str:
    """Return a constant as PostgreSQL reads it, so that it is seen when a statement is planned."""
    adapted: Any = adapt(constant)
    if hasattr(adapted, "encoding"):
        adapted.encoding = "utf-8"
    literal: bytes = adapted.getquoted()
    return literal.decode()
