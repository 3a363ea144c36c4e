"""A few readers with their loans; keys are fixed, so that tests can name them."""

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domains.vault.sealing import sealed_columns
from tests.toy.models import Book, Club, Loan, Meeting, Reader, Shelf, Standing

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def key(kind: int, number: int) -> UUID:
    """Return the fixed key of a row of a kind."""
    return UUID(f"01900000-{kind:04x}-7000-8000-{number:012x}")


ANN, BOB, CAM = (key(1, number) for number in (1, 2, 3))


def card(reader: UUID, number: str | None) -> dict[str, Any]:
    """Return the sealed columns of a reader's card."""
    return sealed_columns(
        table="toy_reader", column="card", pk=reader, value=number, mask=lambda text: f"***{text[-2:]}"
    )


def write_rows() -> None:
    """Write the library: Ann with everything, Bob with nothing that may be null, Cam alone."""
    shelf = Shelf.objects.create(id=key(2, 1), label="Poetry")
    Shelf.objects.create(id=key(2, 2), label="Empty")
    books = [
        Book.objects.create(
            id=key(3, number),
            title=title,
            shelf=shelf if number < 3 else None,
            pages=412 if number == 1 else None,
        )
        for number, title in enumerate(["Gitanjali", 'The "Raven" \\', "Meghadūta", "Unread"])
    ]
    Reader.objects.create(
        id=ANN,
        name="Ann Ash",
        phone="+91-1",
        deposit=Decimal("100.50"),
        born_on=datetime.date(1990, 2, 28),
        is_minor=False,
        height_m=1.75,
        tags=["early", 'odd "tag" \\'],
        wishes={"b": [1, None, "x"], "a": {}},
        favourite=books[0],
        joined_at=START,
        **card(ANN, "CARD-0001"),
    )
    Reader.objects.create(id=BOB, name="Bob Birch", standing=Standing.BARRED, joined_at=START)
    Reader.objects.create(
        id=CAM,
        name="Cam Cedar",
        phone="+91-3",
        joined_at=START + datetime.timedelta(days=1),
        **card(CAM, "CARD-0003"),
    )
    Reader.objects.filter(pk=ANN).update(sponsor=CAM)
    Reader.objects.filter(pk=BOB).update(sponsor=ANN)
    for number in range(1, 8):
        Loan.objects.create(
            id=key(4, number),
            reader_id=(ANN, BOB)[number % 2],
            book=books[number % 3],
            number=number,
            note=f"note {number}",
            fine=Decimal(number) / 4,
            due_on=datetime.date(2026, 1, number) if number % 3 else None,
        )
    for number, members in enumerate([(ANN, BOB), (BOB,), ()]):
        club = Club.objects.create(id=key(5, number), name=f"Club {number}")
        club.readers.set(members)
        Meeting.objects.create(id=key(6, number), club=club, topic=f"topic {number}")
