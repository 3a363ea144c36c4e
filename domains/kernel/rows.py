"""Rows of models as they are stored: how one is made of certain columns is decided once.

Making a record of the model first costs several times more. What stores them is `prepared.store`.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DecimalField,
    Field,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
    TextField,
    UUIDField,
)
from django.db.models.sql import InsertQuery

# Fields whose values the driver takes as they are; the others make theirs themselves.
_AS_THEY_ARE = (
    BooleanField,
    CharField,
    DateField,
    DecimalField,
    ForeignKey,
    IntegerField,
    TextField,
    UUIDField,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row to be stored: the INSERT, and the values of its placeholders."""

    sql: str
    values: Sequence[Any]


def new_row(model: type[Model], **columns: Any) -> Row:
    """Return a row to be stored: the columns that are given by name, what the model has for the others.

    Where the database has a default of its own, or the default is NULL, the column is left to it.
    """
    return _writer(model, tuple(columns)).row(columns.values())


def row_of(record: Model) -> Row:
    """Return a new record as a row to be stored, with all its columns."""
    names = [field.attname for field in record._meta.local_concrete_fields]
    return new_row(type(record), **{name: getattr(record, name) for name in names})


def changed_row(record: Model, *columns: str) -> Row:
    """Return certain columns of a record, as they are in it now, to be stored in its place in the database.

    Unlike `save`, storing it does not tell whether the row was there: the record must have been locked.
    """
    sql, prepared = _changer(type(record), columns)
    values = [
        getattr(record, name) if prepare is None else prepare(getattr(record, name))
        for name, prepare in zip(columns, prepared, strict=True)
    ]
    return Row(sql, [*values, record.pk])


@dataclass(frozen=True, slots=True)
class _Writer:
    """How a row of a model is made of certain columns, in this order."""

    sql: str
    prepared: Sequence[Callable[[Any], Any] | None]
    defaults: Sequence[Callable[[], Any]]

    def row(self, given: Iterable[Any]) -> Row:
        values = [
            value if prepare is None else prepare(value)
            for value, prepare in zip(given, self.prepared, strict=True)
        ]
        return Row(self.sql, values + [default() for default in self.defaults])


@lru_cache(maxsize=200)
def _writer(model: type[Model], names: tuple[str, ...]) -> _Writer:
    fields = {field.attname: field for field in model._meta.local_concrete_fields}
    left_out = [field for name, field in fields.items() if name not in names]
    defaulted = [
        field for field in left_out if not field.has_db_default() and field.get_default() is not None
    ]
    written = [*(fields[name] for name in names), *defaulted]
    query = InsertQuery(model)
    query.insert_values(written, [model()])
    ((sql, _),) = query.get_compiler(connection=connection).as_sql()
    return _Writer(
        str(sql),
        [_preparing(fields[name]) for name in names],
        [_defaulting(field) for field in defaulted],
    )


@lru_cache(maxsize=200)
def _changer(model: type[Model], names: tuple[str, ...]) -> tuple[str, Sequence[Callable[[Any], Any] | None]]:
    fields: dict[str, Any] = {field.attname: field for field in model._meta.local_concrete_fields}
    quote, primary = connection.ops.quote_name, fields[model._meta.pk.attname]
    columns = ", ".join(f"{quote(fields[name].column)} = %s" for name in names)
    table = quote(model._meta.db_table)
    sql = f"UPDATE {table} SET {columns} WHERE {quote(primary.column)} = %s"  # noqa: S608 - the model's own
    return sql, [_preparing(fields[name]) for name in names]


def _preparing(field: "Field[Any, Any]") -> Callable[[Any], Any] | None:
    if isinstance(field, _AS_THEY_ARE):
        return None
    if isinstance(field, ArrayField) and isinstance(field.base_field, _AS_THEY_ARE):
        return _array
    if isinstance(field, JSONField):
        return partial(_json, encoder=field.encoder)
    return lambda value: field.get_db_prep_save(value, connection)


def _array(value: Any) -> list[Any] | None:
    return None if value is None else list(value)


def _json(value: Any, *, encoder: type[json.JSONEncoder] | None) -> str | None:
    return None if value is None else json.dumps(value, cls=encoder)


def _defaulting(field: "Field[Any, Any]") -> Callable[[], Any]:
    prepare = _preparing(field)
    if prepare is None:
        return field.get_default
    return lambda: prepare(field.get_default())
