"""Statements that are compiled by the ORM once, prepared once on each connection, and then only executed.

For what is done at every request: building and compiling a query costs more than PostgreSQL takes to answer
it. Behind a pooler of transactions nothing is prepared (see `pooling`). Several questions are asked in one
statement, and several rows are stored in one, so that a domain can join what others ask and store without knowing
their tables.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Expression, Field, Model, QuerySet

from domains.kernel.pooling import is_pooled
from domains.kernel.quoting import quoted
from domains.kernel.rows import Row

Answer = tuple[Any, ...] | None
M = TypeVar("M", bound=Model)
_PLACE = re.compile(r"%%|%s")
_local = threading.local()


class Slot(Expression):
    """A place in a question that is filled when it is asked, by name."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002 - Django's
        """Compile to one placeholder; what stands for it is the slot itself."""
        return "%s", (self,)


class Question:
    """What may be asked again and again: a query of at most one row, built when it is asked first.

    `query` returns a queryset of `values_list`, or SQL text of one column with the `slots` of its placeholders.
    """

    def __init__(self, query: Callable[[], "QuerySet[Any, Any] | str"], slots: Sequence[str] = ()) -> None:
        self.query, self.slots = query, slots

    def about(self, **values: Any) -> "Asked":
        """Return the question with its slots filled."""
        return Asked(self, values)

    @cached_property
    def compiled(self) -> "_Compiled":
        """Return the SQL, what is bound to it, and how the columns become Python's."""
        query = self.query()
        if isinstance(query, str):
            return _Compiled(query, tuple(self.slots), 1)
        compiler = query.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select]
        slots = tuple(each.name for each in parameters if isinstance(each, Slot))
        return _Compiled(
            _inlined(sql, parameters), slots, len(columns), compiler.get_converters(columns), compiler
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what it is about."""

    question: Question
    values: Mapping[str, Any]

    def bound(self) -> list[Any]:
        """Return the values of its placeholders, in order."""
        return [self.values[name] for name in self.question.compiled.slots]


class Records(Generic[M]):
    """What may be asked for again and again: records of a model, by a queryset built when they first are.

    Annotations become attributes, as the ORM's do; records that are joined (`select_related`) do not come along.
    """

    def __init__(self, query: "Callable[[], QuerySet[M]]") -> None:
        self.query = query

    def about(self, **values: Any) -> list[M]:
        """Return the records, its slots filled."""
        kept = self.compiled
        rows = _execute((kept.statement, [values[name] for name in kept.slots]))
        if kept.converters:
            rows = [tuple(row) for row in kept.compiler.apply_converters(rows, kept.converters)]
        return [kept.record(row) for row in rows]

    @cached_property
    def compiled(self) -> "_CompiledRecords":
        """Return the statement, what is bound to it, and how the columns become a record."""
        queryset = self.query()
        compiler = queryset.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select]
        fields = [columns[place].target.attname for place in compiler.klass_info["select_fields"]]
        return _CompiledRecords(
            statement=_statement(_inlined(sql, parameters)),
            slots=tuple(each.name for each in parameters if isinstance(each, Slot)),
            converters=compiler.get_converters(columns),
            compiler=compiler,
            model=queryset.model,
            fields=fields,
            annotations=compiler.annotation_col_map,
        )


def ask(*asked: Asked, locking: Asked | None = None) -> list[Answer]:
    """Ask all of it in one statement, of one snapshot; return each one's row, or None where there is none.

    What is `locking` is executed before, in the same message and a snapshot of its own: so all is seen that was
    committed while the lock was waited for.
    """
    compiled = [each.question.compiled for each in asked]
    values = [value for each in asked for value in each.bound()]
    before = () if locking is None else (_bound(locking),)
    (found,) = _execute(*before, (_together(tuple(each.sql for each in compiled)), values))
    answers: list[Answer] = []
    for each in compiled:
        answers.append(each.converted(found[: each.width]))
        found = found[each.width :]
    return answers


def store(*rows: Row) -> None:
    """Store all of it by one statement; keys between the rows are checked when the transaction ends."""
    _execute((_stored(tuple(row.sql for row in rows)), [value for row in rows for value in row.values]))


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    slots: tuple[str, ...]
    width: int
    converters: Mapping[int, Any] | None = None
    compiler: Any = None

    def converted(self, columns: Sequence[Any]) -> Answer:
        if all(column is None for column in columns):
            return None
        if not self.converters:
            return tuple(columns)
        ((*row,),) = self.compiler.apply_converters([list(columns)], self.converters)
        return tuple(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CompiledRecords:
    statement: "_Statement"
    slots: tuple[str, ...]
    converters: Mapping[int, Any]
    compiler: Any
    model: type[Model]
    fields: Sequence[str]  # their columns come one after the other, after some annotations perhaps
    annotations: Mapping[str, int]

    def record(self, row: Sequence[Any]) -> Any:
        first = self.compiler.klass_info["select_fields"][0]
        record = self.model.from_db(DEFAULT_DB_ALIAS, self.fields, row[first : first + len(self.fields)])
        for name, place in self.annotations.items():
            setattr(record, name, row[place])
        return record


@dataclass(frozen=True, slots=True)
class _Statement:
    name: str
    prepare: str
    execute: str
    direct: str


_Bound = tuple[_Statement, Sequence[Any]]


@lru_cache(maxsize=200)
def _together(questions: tuple[str, ...]) -> _Statement:
    joined = "".join(f" LEFT JOIN ({sql}) q{number} ON true" for number, sql in enumerate(questions))
    columns = ", ".join(f"q{number}.*" for number in range(len(questions)))
    return _statement(f"SELECT {columns} FROM (SELECT) nothing{joined}")  # noqa: S608 - of the ORM's texts


@lru_cache(maxsize=200)
def _stored(inserts: tuple[str, ...]) -> _Statement:
    *first, last = inserts
    named = ", ".join(f"row{number} AS ({sql})" for number, sql in enumerate(first))
    return _statement(f"WITH {named} {last}" if named else last)


def _inlined(sql: str, parameters: Sequence[Any]) -> str:
    """Return a query's SQL with places for its slots alone; its constants need not be sent each time."""
    left = iter(parameters)

    def filled(found: "re.Match[str]") -> str:
        if found.group() == "%%" or isinstance(each := next(left), Slot):
            return found.group()
        return quoted(each).replace("%", "%%")

    return _PLACE.sub(filled, sql)


def _bound(asked: Asked) -> _Bound:
    return _together((asked.question.compiled.sql,)), asked.bound()


def _statement(sql: str) -> _Statement:
    count = 0

    def numbered(found: "re.Match[str]") -> str:
        nonlocal count
        if found.group() == "%%":
            return "%"
        count += 1
        return f"${count}"

    text = _PLACE.sub(numbered, sql)
    name = f"kept_{hashlib.sha256(text.encode()).hexdigest()[:24]}"
    places = f"({', '.join(['%s'] * count)})" if count else ""
    return _Statement(name, f"PREPARE {name} AS {text}", f"EXECUTE {name}{places}", sql if count else text)


def _execute(*bound: _Bound) -> list[Sequence[Any]]:
    """Execute statements in one message, and return the rows of the last one.

    They were prepared on this connection; a new connection has nothing prepared.
    """
    here = _here()
    if is_pooled():
        with here.cursor() as cursor:
            texts = [statement.direct for statement, _ in bound]
            cursor.execute("; ".join(texts), [value for _, values in bound for value in values] or None)
            return _rows(cursor)
    with _cursor(here) as cursor, here.wrap_database_errors:
        if getattr(_local, "raw", None) is not here.connection:
            _local.raw, _local.names = here.connection, set()
        for statement, _ in bound:
            if statement.name not in _local.names:
                cursor.execute(statement.prepare, None)
                _local.names.add(statement.name)
        texts = [statement.execute for statement, _ in bound]
        bare = [_bare(value) for _, values in bound for value in values]
        cursor.execute("; ".join(texts), bare or None)
        return _rows(cursor)


def _cursor(here: Any) -> Any:
    """Return a cursor of the driver's: Django's around it costs as much again, and only logs what it is given."""
    if here.queries_logged:
        return here.cursor()
    here.ensure_connection()
    here.validate_no_broken_transaction()
    return here.create_cursor()


def _rows(cursor: Any) -> list[Sequence[Any]]:
    return list(cursor.fetchall()) if cursor.description else []


def _here() -> Any:
    """Return this thread's connection itself: Django's proxy looks it up again at each attribute."""
    return connections[DEFAULT_DB_ALIAS]


def _bare(value: Any) -> Any:
    """Return a value as text where psycopg2 would add a cast: the place that it is for has its type already."""
    if type(value) is UUID:
        return str(value)
    return value.isoformat() if type(value) is datetime else value
