"""What is asked for: how many customers, grown from which seed, up to which day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

CUSTOMERS_MAX = 1_000_000
BLOCK_SIZE = 250  # customers that are made and loaded together; joint holders are neighbours in a block
LAST_DAY = date(2026, 10, 30)


@dataclass(frozen=True, slots=True)
class Book:
    """A book to be made. The same three values make the same people, with the same ids."""

    customers: int
    seed: int = 1
    last_day: date = LAST_DAY

    def __post_init__(self) -> None:
        if not 1 <= self.customers <= CUSTOMERS_MAX:
            raise ValueError(f"A book has 1 to {CUSTOMERS_MAX} customers.")

    @property
    def last_ms(self) -> int:
        """Return the end of the last day (UTC) in milliseconds since 1970."""
        midnight = datetime.combine(self.last_day + timedelta(days=1), datetime.min.time(), UTC)
        return int(midnight.timestamp()) * 1000 - 1

    def blocks(self) -> list[range]:
        """Return the places in the book, block by block."""
        starts = range(0, self.customers, BLOCK_SIZE)
        return [range(start, min(start + BLOCK_SIZE, self.customers)) for start in starts]

    def random_for(self, index: int) -> Random:
        """Return the source that one customer grows from, whatever the size of the book."""
        return Random(f"{self.seed}/{index}")  # noqa: S311 - invented people, not secrets
