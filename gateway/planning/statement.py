"""A compiled statement: SQL with numbered, typed placeholders, and a reader for each of them.

What the ORM compiled carries `%s` for slots and for constants. Constants come from declarations and from
GraphQL names, never from a request's values; they are quoted by psycopg2 and inlined, so that PostgreSQL sees
them when it plans. Slots become `$1`, `$2`, …; a slot that occurs twice is bound once.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import Query

from domains.kernel.quoting import quoted
from gateway.slots import Bindings, Placeholder, Reader

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Fragment:
    """A piece of SQL with `%s` placeholders and the parameters that stand for them."""

    sql: str
    params: tuple[Any, ...]


@dataclass(frozen=True)
class Statement:
    """What is prepared once for each connection and executed at each request."""

    name: str
    sql: str
    types: tuple[str, ...]
    readers: tuple[Reader, ...]
    parts: tuple[str | int, ...]  # the SQL's text, with a slot's number in the place of each slot

    @property
    def prepare(self) -> str:
        """Return the SQL that prepares it."""
        types = f" ({', '.join(self.types)})" if self.types else ""
        return f"PREPARE {self.name}{types} AS {self.sql}"

    @property
    def execute(self) -> str:
        """Return the SQL that executes it, with psycopg2's placeholders.

        Without casts: PREPARE has declared the types, and each cast is work at every execution.
        """
        values = ", ".join("%s" for _ in self.types)
        return f"EXECUTE {self.name} ({values})" if values else f"EXECUTE {self.name}"

    @cached_property
    def direct(self) -> str:
        """Return the SQL that does the same unprepared, with psycopg2's placeholders by name: `s1`, `s2`, …"""
        return "".join(
            f"%(s{part})s::{self.types[part - 1]}" if isinstance(part, int) else part.replace("%", "%%")
            for part in self.parts
        )

    def values(self, bindings: Bindings) -> list[Any]:
        """Return the values for one request, in order; ids as text, which psycopg2 does not cast."""
        values = [read(bindings) for read in self.readers]
        return [str(value) if type(value) is UUID else value for value in values]


def compiled(expression: Any) -> Fragment:
    """Compile an expression or a queryset that refers to no query around it."""
    if isinstance(expression, QuerySet):
        sql, params = expression.query.get_compiler(connection=connection).as_sql()
        return Fragment(sql, tuple(params))
    query = _anything()
    compiler = query.get_compiler(connection=connection)
    sql, params = compiler.compile(expression.resolve_expression(query, allow_joins=False))
    return Fragment(sql, tuple(params))


def _anything() -> Any:
    """Return an empty query for expressions to be resolved against."""
    return Query(ContentType)


def numbered(sql: str, params: Sequence[Any]) -> Statement:
    """Return the statement of compiled SQL: constants inlined, slots numbered, `%%` undone."""
    pieces = sql.split("%s")
    if len(pieces) - 1 != len(params):
        raise ValueError(f"{len(pieces) - 1} placeholders for {len(params)} parameters")
    parts: list[str | int] = [pieces[0].replace("%%", "%")]
    slots: dict[tuple[tuple[object, ...], str], tuple[int, Placeholder]] = {}
    for piece, param in zip(pieces[1:], params, strict=True):
        if isinstance(param, Placeholder):
            number, _ = slots.setdefault((param.key, param.db_type), (len(slots) + 1, param))
            parts.append(number)
        else:
            parts.append(quoted(param))
        parts.append(piece.replace("%%", "%"))
    found = [placeholder for _, placeholder in slots.values()]
    return Statement(
        name=f"gateway_{next(_numbers)}",
        sql="".join(f"${part}" if isinstance(part, int) else part for part in parts),
        types=tuple(placeholder.db_type for placeholder in found),
        readers=tuple(placeholder.read for placeholder in found),
        parts=tuple(parts),
    )
