"""A text of the answer, joined by SQL from constants and from what SQL computes."""

from typing import Any

from django.db.models import TextField, Value


class Template:
    """SQL text that joins constants and values by `||`, with the expressions that fill its places.

    Neighbouring constants become one: each `||` copies all that stands before it.
    """

    def __init__(self) -> None:
        self.fillers: list[Any] = []
        self._parts: list[str] = []
        self._constant = ""

    def filler(self, expression: Any) -> str:
        """Take an expression and return its place in the text."""
        self.fillers.append(expression)
        return f"{{{len(self.fillers) - 1}}}"

    def constant(self, text: str) -> None:
        """Add a text of the answer."""
        self._constant += text

    def value(self, sql: str) -> None:
        """Add a text that SQL computes; `sql` is ours, never a user's."""
        self._flush()
        self._parts.append(sql)

    def sql(self) -> str:
        """Return the whole."""
        self._flush()
        return "||".join(self._parts)

    def _flush(self) -> None:
        if self._constant:
            self._parts.append(self.filler(Value(self._constant, output_field=TextField())))
            self._constant = ""
