"""A field that nobody could plan fails at start, with its coordinate."""

from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import batch, column, embedded, entity, global_id, listing, sealed, to_many, to_one
from gateway.filters import SortDirection, TextLookup, filter_on
from gateway.planning.columns import UnplannableField
from gateway.planning.mapping import SchemaMapping
from gateway.scalars import SCALARS, Date, DateTime, ExactDecimal

pytestmark = pytest.mark.usefixtures("library")


def mapped(roots: dict[str, Any]) -> SchemaMapping:
    """Read the meaning of a schema with these root fields: name -> (type, declaration)."""
    query = type("Query", (), {name: declared for name, (_, declared) in roots.items()})
    query.__annotations__ = {name: kind for name, (kind, _) in roots.items()}
    config = StrawberryConfig(scalar_map=SCALARS)
    return SchemaMapping(strawberry.Schema(query=strawberry.type(query), config=config)._schema)


def thing(model: Any, **fields: Any) -> Any:
    """Declare a type over a model with these fields: name -> (type, declaration)."""
    body: dict[str, Any] = {name: declared for name, (_, declared) in fields.items()}
    body["__annotations__"] = {"id": strawberry.ID, **{name: kind for name, (kind, _) in fields.items()}}
    made = type("Made", (), {"id": global_id(), **body})
    return entity(model, name="Made", description="Made.", subject=None)(made)


def declared(fields: dict[str, Any], model: str = "Reader") -> SchemaMapping:
    from tests.toy import models

    made = thing(getattr(models, model), **fields)
    return mapped({"all": (Connection[made], listing("All.", order="id"))})


def test_what_can_be_planned_starts() -> None:
    found = declared({"name": (str | None, column(C.PERSONAL, "Its name."))})
    assert found.entities["Made"].fields.keys() == {"id", "name"}


@pytest.mark.parametrize(
    ("kind", "field", "fault"),
    [
        (str | None, lambda: column(C.PUBLIC, "x", path="nothing"), "has no column 'nothing'"),
        (str | None, lambda: column(C.PUBLIC, "x", path="favourite__nothing"), "has no column 'nothing'"),
        (str | None, lambda: column(C.PUBLIC, "x", path="name__title"), "is no relation"),
        (str | None, lambda: column(C.PUBLIC, "x", path="loans__note"), "which is to many"),
        (str, lambda: column(C.PERSONAL, "x", path="name"), "sensitive and non-null"),
        (str, lambda: column(C.PUBLIC, "x", path="phone"), "may be NULL"),
        (str, lambda: column(C.PUBLIC, "x", path="favourite__title"), "may be NULL"),
        (str | None, lambda: sealed(C.PUBLIC, "x", path="name"), "has no column 'name_sealed'"),
        (str, lambda: batch(C.PUBLIC, "x", columns=("name",), compute=list), "make it nullable"),
        (str | None, lambda: batch(C.PUBLIC, "x", columns=("nothing",), compute=list), "has no column"),
        (SimpleNamespace, lambda: strawberry.field(description="x"), "has no declaration"),
    ],
)
def test_a_field_that_can_t_be_planned_stops_the_start(kind: Any, field: Any, fault: str) -> None:
    with pytest.raises(UnplannableField, match=fault) as caught:
        declared({"wrong": (str if kind is SimpleNamespace else kind, field())})
    assert "Made" in str(caught.value) or "Reader" in str(caught.value)


def test_an_object_of_columns_that_are_not_there_stops_the_start() -> None:
    @strawberry.type
    class Pair:
        one: ExactDecimal
        two: Date

    with pytest.raises(UnplannableField, match="has no column 'nothing'"):
        declared({"pair": (Pair | None, embedded(C.PUBLIC, "x", one="deposit", two="nothing"))})


def test_a_relation_that_is_none_stops_the_start() -> None:
    from tests.toy import models

    @entity(models.Book, name="Other", description="x", subject=None)
    class Other:
        id: strawberry.ID = global_id()

    for wrong in (to_one(C.PUBLIC, "x", path="name"), to_one(C.PUBLIC, "x", path="nothing")):
        with pytest.raises(UnplannableField, match="no relation"):
            declared({"other": (Other | None, wrong)})
    with pytest.raises(UnplannableField, match="no relation"):
        declared({"others": (Connection[Other], to_many(C.PUBLIC, "x", path="nothing", order="id"))})


@pytest.mark.parametrize("order", ["phone", "-phone", "favourite__title", "nothing"])
def test_an_order_by_what_may_be_null_stops_the_start(order: str) -> None:
    """Such a row would have no cursor, and a page that begins behind another would never show it."""
    from tests.toy import models

    made = thing(models.Reader)
    with pytest.raises(UnplannableField, match=r"Query\.all"):
        mapped({"all": (Connection[made], listing("All.", order=order))})


def test_a_choice_of_orders_with_one_that_may_be_null_stops_the_start() -> None:
    from tests.toy import models

    @strawberry.enum
    class Choice(Enum):
        NAME = "name"
        PHONE = "phone"

    @strawberry.input
    class Order:
        field: Choice
        direction: SortDirection = SortDirection.ASC

    made = thing(models.Reader)
    with pytest.raises(UnplannableField, match="phone may be NULL"):
        mapped({"all": (Connection[made], listing("All.", order="id", order_by=Order))})


def ordered(order: str = "id", *, choice: str = "joined_at", filter: Any = None) -> SchemaMapping:
    """Read a schema of readers with a default order, a choice of orders, and a filter."""
    from tests.toy import models

    chosen = strawberry.enum(Enum("Choice", {"ONE": choice}))  # type: ignore[misc]
    order_by = strawberry.input(
        type("Order", (), {"__annotations__": {"field": chosen, "direction": SortDirection}})
    )
    made = thing(
        models.Reader,
        name=(str | None, column(C.PERSONAL, "Its name.")),
        joined_at=(DateTime, column(C.PUBLIC, "Since when.")),
        favourite=(_book() | None, to_one(C.FINANCIAL, "What they like.")),
    )
    return mapped({"all": (Connection[made], listing("All.", order=order, order_by=order_by, filter=filter))})


def _book() -> Any:
    from tests.toy import models

    @entity(models.Book, name="Liked", description="x", subject=None)
    class Liked:
        id: strawberry.ID = global_id()
        title: str = column(C.PUBLIC, "Its title.")
        pages: int | None = column(C.PERSONAL, "How long it is.")

    return Liked


def filtered(**options: Any) -> Any:
    made = type(
        "Wanted", (), {"name": filter_on("x", **options), "__annotations__": {"name": TextLookup | None}}
    )
    return strawberry.input(made)


@pytest.mark.parametrize("order", ["deposit_unit", "-standing", "name"])
def test_a_default_order_by_what_is_not_public_stops_the_start(order: str) -> None:
    """Nobody decides on it: pages and cursors would tell the order of what is hidden."""
    with pytest.raises(UnplannableField, match=r"Query\.all: \w+ is not public"):
        ordered(order)


def test_an_order_by_what_nothing_classifies_stops_the_start() -> None:
    with pytest.raises(UnplannableField, match=r"Query\.all: nothing classifies deposit_unit"):
        ordered(choice="deposit_unit")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"path": "deposit_unit", "coordinate": "Made.nothing"}, "there is no coordinate Made.nothing"),
        ({"path": "deposit_unit"}, "Made.name does not show deposit_unit"),
        ({"path": "name", "coordinate": "Made.joinedAt"}, "Made.joinedAt does not show name"),
        ({"path": "nothing"}, "has no column 'nothing'"),
        ({"path": "favourite__title"}, "Made.name does not show favourite__title"),
        ({"path": "favourite__pages", "coordinate": "Made.favourite"}, "does not show favourite__pages"),
        ({"path": "name", "coordinate": "Liked.title"}, "Liked.title does not show name"),
    ],
)
def test_a_filter_that_another_coordinate_decides_on_stops_the_start(options: Any, fault: str) -> None:
    with pytest.raises(UnplannableField, match=fault):
        ordered(filter=filtered(**options))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"path": "name", "coordinate": "Made.name"},
        {"path": "favourite__title", "coordinate": "Made.favourite"},
        {"path": "favourite__title", "coordinate": "Liked.title"},
    ],
)
def test_orders_and_filters_by_what_is_classified_start(options: Any) -> None:
    assert ordered("-joined_at", choice="name", filter=filtered(**options)).entities.keys() == {
        "Made",
        "Liked",
    }
