"""Digesting stored values anew under the present key of `digests`, while everything runs.

A column `…_digest` that stands beside a `…_sealed` one is done anew from it: the value is opened, digested and
forgotten. A digest does not tell its key, so every round looks through all rows; nothing but the rows has to
remember how far it got: killed, it is started again, and what was done is only compared. Rows that are behind are
locked in batches for milliseconds; what another transaction holds is passed over and met in the next round. While
it runs, and afterwards, look-ups take the digests under every key (`sealing.digests`).
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model

from domains.vault.rotation import BATCH_ROWS, ROUNDS_APART_S, ROUNDS_MAX, SEALED, sealed_tables
from domains.vault.sealing import BrokenSeal, digest, open_sealed

DIGEST = "_digest"

log = logging.getLogger("vault.redigesting")
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class BlindIndex:
    """A model with a sealed column and the digest beside it."""

    model: type[Model]
    column: str

    @property
    def place(self) -> str:
        """Return the digest's purpose, which is what the ciphertext is bound to as well: `table.column`."""
        return f"{self.model._meta.db_table}.{self.column}"

    @property
    def digest(self) -> str:
        """Return the name of the column that holds the digest."""
        return f"{self.column}{DIGEST}"


@dataclass(slots=True)
class Redigested:
    """What was done: rows digested anew; in the last round rows that others held, and rows that can't be done."""

    rows: int = 0
    left: int = 0
    broken: int = 0


def blind_indexes() -> list[BlindIndex]:
    """Return every digest that can be made anew from the sealed value beside it."""
    found = []
    for table in sealed_tables():
        names = {field.name for field in table.model._meta.local_concrete_fields}
        columns = (column.removesuffix(SEALED) for column in table.columns)
        found += [BlindIndex(table.model, column) for column in columns if f"{column}{DIGEST}" in names]
    return found


def digested_rows() -> int:
    """Count the rows that have a digest, one for each."""
    return sum(
        index.model._base_manager.filter(**{f"{index.digest}__isnull": False}).count()
        for index in blind_indexes()
    )


def rows_behind() -> int:
    """Count the digests that were not made with the present key; it looks through all of them."""
    found = Redigested()
    batches = (rows for index in blind_indexes() for rows in _batches(index, 1_000))
    indexes = (behind for index, rows in batches for behind in _behind(index, rows, found))
    return sum(1 for _ in indexes)


def redigest(
    done: Redigested, *, progress: Progress, batch_rows: int = BATCH_ROWS, until: float = 0.0
) -> None:
    """Digest anew what the present key has not digested; `progress` is told of rows as they were looked at.

    Goes round until a round that began after `until` (monotonic seconds: other processes may digest with the key
    before till then) finds nothing to do, or ROUNDS_MAX rounds are over; `done` tells what came of it.
    """
    for number in range(1, ROUNDS_MAX + 1):
        began, before = time.monotonic(), done.rows
        done.left = done.broken = 0
        for index in blind_indexes():
            for _, rows in _batches(index, batch_rows):
                _do(index, rows, done)
                if number == 1:
                    progress(len(rows))
        if began >= until and done.rows == before and not done.left:
            return
        time.sleep(max(until - time.monotonic(), ROUNDS_APART_S * number))


def _batches(index: BlindIndex, batch_rows: int) -> Iterator[tuple[BlindIndex, list[Any]]]:
    """Go through a table once, in the order of its primary key, locking nothing."""
    columns = ("pk", f"{index.column}{SEALED}", index.digest)
    last: UUID | None = None
    while True:
        rows = index.model._base_manager.filter(**{f"{index.digest}__isnull": False}).only(*columns)
        found = list((rows.filter(pk__gt=last) if last else rows).order_by("pk")[:batch_rows])
        if not found:
            return
        last = found[-1].pk
        yield index, found


def _behind(index: BlindIndex, rows: list[Any], done: Redigested) -> Iterator[Any]:
    """Give the rows whose digest is not the present key's, with the right one set in memory."""
    for row in rows:
        sealed = getattr(row, f"{index.column}{SEALED}")
        if sealed is None:
            continue  # it was removed meanwhile, and its digest with it
        try:
            value = open_sealed(table_column=index.place, pk=row.pk, sealed=sealed)
        except BrokenSeal:
            log.error("%s of row %s does not open; its digest was left as it is.", index.place, row.pk)
            done.broken += 1
            continue
        present = digest(purpose=index.place, value=value)
        if bytes(getattr(row, index.digest)) != present:
            setattr(row, index.digest, present)
            yield row


def _do(index: BlindIndex, rows: list[Any], done: Redigested) -> None:
    behind = [row.pk for row in _behind(index, rows, done)]
    if not behind:
        return
    with transaction.atomic():
        columns = ("pk", f"{index.column}{SEALED}", index.digest)
        held = index.model._base_manager.filter(pk__in=behind, **{f"{index.digest}__isnull": False})
        locked = list(held.only(*columns).select_for_update(skip_locked=True, no_key=True).order_by("pk"))
        done.left += len(behind) - len(locked)
        _save(index, list(_behind(index, locked, Redigested())), done)


def _save(index: BlindIndex, rows: list[Any], done: Redigested) -> None:
    """Write the digests of some rows, together if the database takes them so."""
    try:
        with transaction.atomic():
            index.model._base_manager.bulk_update(rows, [index.digest])
    except IntegrityError:
        if len(rows) > 1:
            for row in rows:
                _save(index, [row], done)
            return
        # Two rows that exclude each other, each written while its gateway could not find the other's.
        log.error("%s of row %s is held by another row as well; it was left.", index.place, rows[0].pk)
        done.broken += 1
    else:
        done.rows += len(rows)
