"""The page of the book that is being written: one customer, and what is at hand to write about them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from uuid import UUID

from domains.demo.people import Person
from domains.demo.rows import Rows, binary
from domains.vault.sealing import sealed_columns


@dataclass(frozen=True, slots=True)
class Page:
    """One customer, the next one in the block, where rows go, and the source that everything grows from.

    `last_ms` is the book's last moment in milliseconds since 1970; `security_ids` are ids by ISIN.
    """

    rows: Rows
    person: Person
    neighbour: Person | None
    random: Random
    last_ms: int
    security_ids: Mapping[str, str]

    @property
    def ends_ms(self) -> int:
        """Return the last moment at which something can happen to the customer."""
        return self.person.closed_ms or self.last_ms


def sealed(
    table: str,
    column: str,
    pk: str,
    value: str | None,
    mask: Callable[[str], str],
    *,
    digested: bool = False,
) -> list[str | None]:
    """Return a sealed value's columns (ciphertext, mask and, if digested, digest) as COPY reads them."""
    if value is None:
        return [None, None, None] if digested else [None, None]
    columns = sealed_columns(
        table=table, column=column, pk=UUID(pk), value=value, mask=mask, digested=digested
    )
    ciphertext, masked, *digest = columns.values()
    return [binary(ciphertext), str(masked), *map(binary, digest)]
