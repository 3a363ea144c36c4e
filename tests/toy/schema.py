"""What may be asked of the library, declared with the words of `gateway.declaration` and no others."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import strawberry
from django.db.models.functions import Left, Length, Upper
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from gateway.access import EVERY_ROW, NO_ROW, OWN_ROWS, Policy
from gateway.classification import Classification as C
from gateway.classification import Decision
from gateway.connections import Connection
from gateway.declaration import (
    batch,
    column,
    computed,
    embedded,
    entity,
    global_id,
    listing,
    lookup,
    node_lookup,
    operation,
    sealed,
    to_many,
    to_one,
)
from gateway.filters import (
    BooleanLookup,
    DateLookup,
    DecimalLookup,
    EnumLookup,
    SortDirection,
    TextLookup,
    filter_on,
)
from gateway.planning.batch import FailedValue
from gateway.planning.expressions import Concatenation
from gateway.scalars import SCALARS, Date, DateTime, ExactDecimal
from tests.toy import models

Standing = models.Standing
strawberry.enum(Standing, name="Standing", description="Where a reader stands.")


def masked(path: str) -> Any:
    return Concatenation(Left(path, 1), "*")


def initials(parents: Sequence[Any]) -> list[Any]:
    """Compute once for all parents; a name that begins with `!` fails by itself, `!!` fails them all."""
    COMPUTED.append(len(parents))
    if any(name.startswith("!!") for (name,) in parents):
        raise RuntimeError("every one of them")
    return [
        FailedValue() if name.startswith("!") else "".join(word[0] for word in name.split())
        for (name,) in parents
    ]


COMPUTED: list[int] = []  # how many parents each call of `initials` had


@strawberry.interface(description="Anything with an identifier.")
class Thing:
    """Anything with an identifier."""

    id: strawberry.ID = strawberry.field(description="The identifier.")


@strawberry.type(description="An amount.")
class Deposit:
    """An amount."""

    amount: ExactDecimal = strawberry.field(description="How much.")
    unit_of_1: str = strawberry.field(description="Of what.")


@entity(models.Shelf, name="Shelf", description="A shelf.")
class Shelf(Thing):
    """A shelf."""

    id: strawberry.ID = global_id()
    label: str = column(C.PUBLIC, "What is written on it.")
    books: Connection[Annotated["Book", strawberry.lazy("tests.toy.schema")]] = to_many(
        C.PUBLIC, "What stands on it.", order="title"
    )


@entity(models.Book, name="Book", description="A book.")
class Book(Thing):
    """A book."""

    id: strawberry.ID = global_id()
    title: str = column(C.PUBLIC, "Its title.")
    pages: int | None = column(C.PUBLIC, "How long it is.")
    shouted: str = computed(C.PUBLIC, "The title in capitals.", expression=lambda: Upper("title"))
    length: int = computed(C.PUBLIC, "Letters of the title.", expression=lambda: Length("title"))
    shelf: Shelf | None = to_one(C.PUBLIC, "Where it stands.")
    shelf_label: str | None = column(C.PUBLIC, "What is written there.", path="shelf__label")
    loans: Connection[Annotated["Loan", strawberry.lazy("tests.toy.schema")]] = to_many(
        C.PUBLIC, "Who has it.", order="number"
    )


@entity(models.Reader, name="Reader", description="A person.", subject="id")
class Reader(Thing):
    """A person."""

    id: strawberry.ID = global_id()
    name: str | None = column(C.PERSONAL, "The name.", mask=masked)
    phone: str | None = column(C.CONTACT, "The number.", mask=masked)
    card: str | None = sealed(C.IDENTITY_NUMBER, "The number of the card.")
    standing: Standing = column(C.PUBLIC, "Where they stand.")
    deposit: Deposit | None = embedded(
        C.FINANCIAL, "What they left.", amount="deposit", unit_of_1="deposit_unit"
    )
    born_on: Date | None = column(C.PERSONAL, "The birthday.")
    is_minor: bool | None = column(C.PUBLIC, "Whether they are young.")
    height_m: float | None = column(C.PUBLIC, "How tall.")
    tags: list[str] = column(C.PUBLIC, "Words.")
    wishes: JSON | None = column(C.PUBLIC, "Anything.")
    initials: str | None = batch(C.PERSONAL, "Computed in Python.", columns=("name",), compute=initials)
    joined_at: DateTime = column(C.PUBLIC, "Since when.")
    favourite: Book | None = to_one(C.FINANCIAL, "The book they like.")
    sponsor: Annotated["Reader", strawberry.lazy("tests.toy.schema")] | None = to_one(
        C.CONTACT, "Who vouched for them."
    )
    sponsored: Connection[Annotated["Reader", strawberry.lazy("tests.toy.schema")]] | None = to_many(
        C.FINANCIAL, "For whom they vouched.", order="joined_at"
    )
    loans: Connection[Annotated["Loan", strawberry.lazy("tests.toy.schema")]] = to_many(
        C.PUBLIC,
        "What they have.",
        order="-number",
        filter=Annotated["LoanFilter", strawberry.lazy("tests.toy.schema")],
        order_by=Annotated["LoanOrder", strawberry.lazy("tests.toy.schema")],
    )
    clubs: Connection[Annotated["Club", strawberry.lazy("tests.toy.schema")]] = to_many(
        C.PUBLIC, "Where they meet.", order="id"
    )


@entity(models.Loan, name="Loan", description="One book with one reader.", subject="reader_id")
class Loan(Thing):
    """One book with one reader."""

    id: strawberry.ID = global_id()
    number: int = column(C.PUBLIC, "Its number.")
    note: str | None = column(C.PERSONAL, "A remark.")
    fine: ExactDecimal | None = column(C.FINANCIAL, "What it cost.")
    due_on: Date | None = column(C.PUBLIC, "Until when.")
    reader: Reader | None = to_one(C.PUBLIC, "Who has it.")
    book: Book | None = to_one(C.PUBLIC, "What they have.")


@entity(models.Club, name="Club", description="A circle of readers.", subject="readers__id")
class Club(Thing):
    """A circle of readers."""

    id: strawberry.ID = global_id()
    name: str | None = column(C.PERSONAL, "Its name.", mask=masked)
    readers: Connection[Reader] = to_many(C.PUBLIC, "Who meets.", order="joined_at")
    meetings: Connection[Annotated["Meeting", strawberry.lazy("tests.toy.schema")]] = to_many(
        C.PUBLIC, "When they met.", order="id"
    )


@entity(models.Meeting, name="Meeting", description="A meeting.", subject="club__readers__id")
class Meeting(Thing):
    """A meeting."""

    id: strawberry.ID = global_id()
    topic: str | None = column(C.PERSONAL, "What was talked about.", mask=masked)


@strawberry.input(description="Which loans.")
class LoanFilter:
    """Which loans."""

    fine: DecimalLookup | None = filter_on("By fine.")
    due_on: DateLookup | None = filter_on("By date.")
    note: TextLookup | None = filter_on("By remark.")
    and_: list["LoanFilter"] | None = strawberry.field(name="and", default=strawberry.UNSET)
    or_: list["LoanFilter"] | None = strawberry.field(name="or", default=strawberry.UNSET)
    not_: "LoanFilter | None" = strawberry.field(name="not", default=strawberry.UNSET)


@strawberry.enum(description="What loans can be ordered by.")
class LoanOrderField(Enum):
    """What loans can be ordered by: the column."""

    NUMBER = "number"
    FINE = "fine"


@strawberry.input(description="The order of loans: the greatest first unless said otherwise.")
class LoanOrder:
    """The order of loans."""

    field: LoanOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(default=SortDirection.DESC, description="Which end first.")


@strawberry.input(description="Which readers.")
class ReaderFilter:
    """Which readers."""

    name: TextLookup | None = filter_on("By name.")
    phone: TextLookup | None = filter_on("By number.")
    standing: EnumLookup[Standing] | None = filter_on("By standing.")
    is_minor: BooleanLookup | None = filter_on("By age.")
    deposit: DecimalLookup | None = filter_on("By deposit.")
    not_: "ReaderFilter | None" = strawberry.field(name="not", default=strawberry.UNSET)


@strawberry.enum(description="What readers can be ordered by.")
class ReaderOrderField(Enum):
    """What readers can be ordered by: the column."""

    NAME = "name"
    JOINED_AT = "joined_at"


@strawberry.input(description="The order of readers.")
class ReaderOrder:
    """The order of readers."""

    field: ReaderOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which end first.")


@strawberry.input(description="A new remark.")
class NoteInput:
    """A new remark."""

    name: str = strawberry.field(description="Whose.")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="Null removes it.")


@strawberry.type(description="A reader after a change.")
class ReaderPayload:
    """A reader after a change."""

    reader: Reader | None = strawberry.field(default=None, description="The reader.")
    told: str = strawberry.field(default="", description="What the operation was told.")


def change_reader(actor: Any, input: NoteInput) -> ReaderPayload:
    """Tell apart what was left out, what is null, and what has a value."""
    found = models.Reader.objects.get(name=input.name)
    told = "nothing" if input.phone is strawberry.UNSET else repr(input.phone)
    return ReaderPayload(reader=found.pk, told=told)  # type: ignore[arg-type] # read by its key


@strawberry.type
class Query:
    """Ways in."""

    reader: Reader | None = lookup("By phone.", arguments={"phone": str})
    holder: Reader | None = lookup(
        "By both, if both are given.",
        arguments={"phone_number": str | None, "full_name": str | None},
        by={"phone_number": "phone", "full_name": "name"},
    )
    namesake: Reader | None = lookup("By name.", arguments={"first": str}, by={"first": "name"})
    shelf: Shelf | None = lookup("By label.", arguments={"label": str})
    book: Book | None = lookup("By title.", arguments={"title": str})
    readers: Connection[Reader] = listing(
        "All.", order="-joined_at", filter=ReaderFilter, order_by=ReaderOrder
    )
    loans: Connection[Loan] = listing("All.", order="number", filter=LoanFilter, order_by=LoanOrder)
    books: Connection[Book] = listing("All.", order="title")
    clubs: Connection[Club] = listing("All.", order="id")
    any_thing: Thing | None = node_lookup("Anything by its id.")
    print: Annotated[Reader | Book, strawberry.union("ReaderOrBook")] | None = node_lookup("One of two.")


@strawberry.type
class Mutation:
    """Changes."""

    change_reader: ReaderPayload | None = operation(
        "Say what was given.", run=change_reader, arguments={"input": NoteInput}
    )


def schema() -> strawberry.Schema:
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[Meeting],
        config=StrawberryConfig(scalar_map=SCALARS),
    )


SHOW, MASK, HIDE = Decision.SHOW, Decision.MASK, Decision.HIDE

POLICY = Policy(
    own=dict.fromkeys(C, SHOW),
    roles={
        "librarian": dict.fromkeys(C, SHOW),
        "clerk": {
            C.PUBLIC: SHOW,
            C.PERSONAL: MASK,
            C.CONTACT: MASK,
            C.IDENTITY_NUMBER: MASK,
            C.FINANCIAL: HIDE,
        },
        "reader": {C.PUBLIC: SHOW},
        "stranger": dict.fromkeys(C, SHOW),
    },
    rows={"librarian": EVERY_ROW, "clerk": EVERY_ROW, "reader": OWN_ROWS, "stranger": NO_ROW},
    mutations={"changeReader": frozenset({"librarian", "clerk"})},
    lookups={
        root: frozenset({"clerk", "reader"}) for root in ("Query.reader", "Query.holder", "Query.namesake")
    },
)
