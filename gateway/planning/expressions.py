"""The SQL that Django's ORM lacks: JSON as text, pages, keyset comparison.

With `connections`, `gathering` and `receipt` the only file that knows SQL text. JSON is assembled as text
(`'{"key":' || …`), which was measured at 0.75 of the time of `json_build_object` and has no limit on the number of
keys. Names of response keys come from documents; GraphQL's grammar limits them to letters, digits and underscores,
and they still go through quoted constants. `MARK` never occurs in JSON (control characters are escaped there), so
what stands between two marks can only have been put there by a batch field of ours.
"""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Any

from django.db.models import BooleanField, Expression, Field, Func, QuerySet, Subquery, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

MARK = "\x01"


class JsonForm(Enum):
    """How a value is written as JSON; `%(expressions)s` is the value."""

    ESCAPED = "to_json(%(expressions)s)::text"  # free text; also times, which JSON writes as ISO 8601
    QUOTED = "'\"'||(%(expressions)s)::text||'\"'"  # nothing to escape: numbers, uuids, dates, closed sets
    BARE = "(%(expressions)s)::text"  # integers, true and false, JSON itself


class Text(Func):
    """A value of any type as text."""

    template = "(%(expressions)s)::text"

    def __init__(self, expression: Any) -> None:
        super().__init__(expression, output_field=TextField())


class Json(Func):
    """A value as JSON text; NULL becomes `null`."""

    def __init__(self, expression: Any, form: JsonForm, *, nullable: bool) -> None:
        template = f"COALESCE({form.value},'null')" if nullable else form.value
        super().__init__(expression, template=template, output_field=TextField())


def json_value(expression: Any, form: JsonForm, *, nullable: bool) -> Any:
    """Return a value as JSON text; what needs quotes only can be joined with the constants around it."""
    if form is JsonForm.QUOTED and not nullable:
        return Concatenation('"', Text(expression), '"')
    return Json(expression, form, nullable=nullable)


class Concatenation(Expression):
    """Texts joined by `||`: NULL if one of them is (Django's Concat would make it empty)."""

    def __init__(self, *parts: str | Any) -> None:
        super().__init__(output_field=TextField())
        self.parts = [Value(part) if isinstance(part, str) else part for part in _joined(parts)]

    def get_source_expressions(self) -> list[Any]:
        """Return the parts."""
        return self.parts

    def set_source_expressions(self, expressions: Sequence[Any]) -> None:
        """Take resolved parts."""
        self.parts = list(expressions)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Compile to `(a||b||c)`."""
        pieces, params = [], []
        for part in self.parts:
            sql, part_params = compiler.compile(part)
            pieces.append(sql)
            params += part_params
        return f"({'||'.join(pieces)})", tuple(params)


def _joined(parts: Sequence[Any]) -> list[Any]:
    """Lay nested concatenations flat and join neighbouring constants: each `||` costs."""
    flat: list[Any] = []
    for part in parts:
        flat += part.parts if isinstance(part, Concatenation) else [part]
    joined: list[Any] = []
    for part in flat:
        text = part.value if isinstance(part, Value) and isinstance(part.value, str) else part
        if isinstance(text, str) and joined and isinstance(joined[-1], str):
            joined[-1] += text
        else:
            joined.append(text)
    return joined


def json_object(pairs: Sequence[tuple[str, Any]]) -> Concatenation:
    """Return the JSON object of (response key, JSON text expression or constant) in the order given."""
    parts: list[Any] = ["{"]
    for number, (key, value) in enumerate(pairs):
        parts += [f'{"," if number else ""}"{key}":', value]
    return Concatenation(*parts, "}")


class EqualsAny(Func):
    """The condition that a value is one of an array's elements."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("

    def __init__(self, value: Any, array: Any) -> None:
        super().__init__(value, array, output_field=BooleanField())


class Wrapped(Subquery):
    """A subquery inside text: `template` holds `%(subquery)s`; `fillers` are expressions for `{0}`, `{1}`, ….

    The text is ours, never a user's.
    """

    def __init__(
        self,
        queryset: "QuerySet[Any]",
        template: str,
        *fillers: Any,
        output_field: "Field[Any, Any] | None" = None,
    ) -> None:
        self.text, self.fillers = template, list(fillers)
        super().__init__(queryset, output_field=output_field or TextField())

    def get_source_expressions(self) -> list[Any]:
        """Return the query and the fillers."""
        return [self.query, *self.fillers]

    def set_source_expressions(self, expressions: Sequence[Any]) -> None:
        """Take resolved expressions."""
        self.query, *self.fillers = expressions

    def as_sql(
        self, compiler: Any, connection: Any, template: str | None = None, **extra_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Compile the query, and the fillers, where the text wants them."""
        text: list[str] = []
        params: list[Any] = []
        for piece in _pieces(self.text):
            if piece == "%(subquery)s":
                sql, subquery_params = self.query.as_sql(compiler, connection)
                text.append(sql)
                params += subquery_params
            elif piece.startswith("{"):
                sql, extra_params = compiler.compile(self.fillers[int(piece[1:-1])])
                text.append(sql)
                params += extra_params
            else:
                text.append(piece.replace("%", "%%"))
        return "".join(text), tuple(params)


def _pieces(template: str) -> list[str]:

    return re.split(r"(%\(subquery\)s|\{\d+\})", template)


class RowAfter(Expression):
    """The keyset condition `(a, b) < (x, y)`: rows that come behind a cursor, found by the index."""

    def __init__(self, columns: Sequence[Any], values: Sequence[Any], *, descending: bool) -> None:
        super().__init__(output_field=BooleanField())
        self.columns, self.values, self.descending = list(columns), list(values), descending

    conditional = True

    def get_source_expressions(self) -> list[Any]:
        """Return columns, then values."""
        return [*self.columns, *self.values]

    def set_source_expressions(self, expressions: Sequence[Any]) -> None:
        """Take resolved columns and values."""
        self.columns = list(expressions[: len(self.columns)])
        self.values = list(expressions[len(self.columns) :])

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Compile to a comparison of rows."""
        params: list[Any] = []
        sides = []
        for side in (self.columns, self.values):
            pieces = []
            for expression in side:
                sql, expression_params = compiler.compile(expression)
                pieces.append(sql)
                params += expression_params
            sides.append(", ".join(pieces))
        return f"({sides[0]}) {'<' if self.descending else '>'} ({sides[1]})", tuple(params)


def marked(label: str, payload: Combinable | Expression) -> Concatenation:
    """Return the marker that a batch field leaves in the bytes: its label and its JSON payload."""
    return Concatenation(MARK, f"{label}:", payload, MARK)


def nullable(expression: Any) -> Coalesce:
    """Return a JSON text that is `null` where the expression is NULL."""
    return Coalesce(expression, Value("null"), output_field=TextField())
