"""Sealing stored values anew under the primary key, while everything runs.

A ciphertext begins with a byte 01 and the four bytes of its key's id (tink's prefix), so the rows that are left
can be told by the database, and nothing but the rows has to remember how far it got: killed, it is started
again. Rows are taken in batches by primary key, locked as they are read, and given back after milliseconds.
What another transaction holds is passed over and met in the next round, so that rotation neither waits nor
overwrites what was written meanwhile; readers are never held up.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import BinaryField, Count, F, Func, Model, Q, QuerySet

from domains.vault.keyring import keyring
from domains.vault.sealing import BrokenSeal, open_sealed, seal

SEALED = "_sealed"
PREFIX_BYTES = 5
BATCH_ROWS = 200
ROUNDS_MAX = 10
ROUNDS_APART_S = 0.2  # times the number of the round

log = logging.getLogger("vault.rotation")
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A model that has sealed columns, and the names of these."""

    model: type[Model]
    columns: tuple[str, ...]

    def place(self, column: str) -> str:
        """Return what the column's ciphertexts are bound to beside their row: `table.column`."""
        return f"{self.model._meta.db_table}.{column.removesuffix(SEALED)}"


@dataclass(slots=True)
class Resealed:
    """What a rotation did: rows and values sealed anew, and rows with a value that does not open."""

    rows: int = 0
    values: int = 0
    broken: int = 0


def sealed_tables() -> list[SealedTable]:
    """Return every model with columns named `…_sealed`: the one list of what a rotation must reach."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        fields = [] if model._meta.proxy else model._meta.local_concrete_fields
        columns = tuple(field.name for field in fields if field.name.endswith(SEALED))
        if columns:
            found.append(SealedTable(model, columns))
    return found


def values_by_key() -> dict[int, int]:
    """Count the stored values by the id of the key that sealed them."""
    counted: Counter[int] = Counter()
    for table in sealed_tables():
        for column in table.columns:
            rows = table.model._base_manager.filter(**{f"{column}__isnull": False}).order_by()
            for key, count in rows.values_list(_key(column, "id")).annotate(Count("pk")):
                counted[int.from_bytes(key)] += count
    return dict(counted)


def rows_left() -> int:
    """Count the rows that hold a value which the primary key did not seal."""
    return sum(_left(table).count() for table in sealed_tables())


def reseal(*, progress: Progress, batch_rows: int = BATCH_ROWS, until: float = 0.0) -> Resealed:
    """Seal anew all that the primary key has not sealed; `progress` is told of rows as they are done.

    Goes round until nothing is left but what does not open, and once more after `until` (monotonic seconds), if
    other processes may seal with the key before till then. What others hold for ROUNDS_MAX rounds is left as
    well: `rows_left` tells.
    """
    done = Resealed()
    number = 0
    while True:
        done.broken = 0
        for table in sealed_tables():
            for rows in _batches(table, batch_rows, done):
                progress(rows)
        if (wait_s := until - time.monotonic()) > 0:
            time.sleep(wait_s)
            continue
        number += 1
        if rows_left() <= done.broken or number == ROUNDS_MAX:
            return done
        time.sleep(ROUNDS_APART_S * number)


def _left(table: SealedTable) -> "QuerySet[Any]":
    keys: dict[str, Any] = {f"{column}_key": _key(column, "prefix") for column in table.columns}
    left = Q()
    for column in table.columns:
        left |= Q(**{f"{column}__isnull": False}) & ~Q(**{f"{column}_key": _primary()})
    rows: QuerySet[Any] = table.model._base_manager.alias(**keys).filter(left)
    return rows


def _key(column: str, part: str) -> Func:
    """Return the first bytes of a ciphertext: tink's `prefix`, or the key's `id` in it."""
    first, length = {"prefix": (1, PREFIX_BYTES), "id": (2, PREFIX_BYTES - 1)}[part]
    return Func(F(column), first, length, function="substring", output_field=BinaryField())


def _batches(table: SealedTable, batch_rows: int, done: Resealed) -> Iterator[int]:
    """Go through what is left of a table once, in the order of its primary key; give each batch's rows."""
    last: UUID | None = None
    while True:
        with transaction.atomic():
            left = _left(table).filter(**({"pk__gt": last} if last else {})).only("pk", *table.columns)
            rows = list(left.select_for_update(skip_locked=True, no_key=True).order_by("pk")[:batch_rows])
            fresh = [row for row in rows if _resealed(table, row, done)]
            table.model._base_manager.bulk_update(fresh, table.columns)
        if not rows:
            return
        last = rows[-1].pk
        done.rows += len(fresh)
        yield len(fresh)


def _resealed(table: SealedTable, row: Any, done: Resealed) -> bool:
    """Seal a row's values anew in memory; tell whether any changed."""
    opened, whole = {}, True
    for column in table.columns:
        sealed = getattr(row, column)
        if sealed is None or bytes(sealed[:PREFIX_BYTES]) == _primary():
            continue
        place = table.place(column)
        try:
            opened[column] = open_sealed(table_column=place, pk=row.pk, sealed=sealed)
        except BrokenSeal:
            log.error("%s of row %s does not open; it was left as it is.", place, row.pk)
            whole = False
    for column, value in opened.items():
        setattr(row, column, seal(table_column=table.place(column), pk=row.pk, value=value))
    done.values += len(opened)
    done.broken += not whole
    return bool(opened)


def _primary() -> bytes:
    """Return how a ciphertext of the primary key begins."""
    return b"\x01" + keyring().value_keys.primary.to_bytes(4)
