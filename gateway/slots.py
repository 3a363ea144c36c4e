"""Slots: the places of a statement that are filled at each request, and what fills them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

from django.db.models import Expression, Field, TextField, UUIDField

from gateway.deadlines import Deadline
from gateway.record import RequestRecord
from gateway.viewer import Viewer


@dataclass(frozen=True)
class Bindings:
    """What a request brings to a plan: coerced variables, the viewer, and the request's own marks."""

    variables: Mapping[str, Any]
    viewer: Viewer
    request: Mapping[str, Any]  # document id, operation name, correlation and trace ids, address
    deadline: Deadline = field(default_factory=Deadline)
    record: RequestRecord | None = None  # is told of each statement and batch field


Reader = Callable[[Bindings], Any]


@dataclass(frozen=True)
class Placeholder:
    """What stands in a compiled statement's parameters until it is numbered: a key, a reader, a type."""

    key: tuple[object, ...]
    read: Reader
    db_type: str


@dataclass(frozen=True)
class Leaf:
    """A value of an argument: where it is found at each request, and its outline in the one being planned."""

    key: tuple[object, ...]
    read: Reader
    value: Any


class Slot(Expression):
    """An expression that compiles to a typed placeholder, so that one statement serves every value."""

    def __init__(
        self, key: tuple[object, ...], read: Reader, output_field: "Field[Any, Any]", *, array: bool = False
    ) -> None:
        super().__init__(output_field=output_field)
        self.key, self.read, self.array = key, read, array

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Compile to one placeholder, declared with the column's type."""
        db_type = self.output_field.rel_db_type(connection) or "text"
        if db_type.startswith("varchar"):
            db_type = "text"  # the length is the column's affair; a longer key simply finds nothing
        elif db_type.startswith("numeric"):
            db_type = "numeric"  # nor may a value be rounded to the column's places before it is compared
        return "%s", (Placeholder(self.key, self.read, db_type + ("[]" if self.array else "")),)


def viewer_slot(attribute: str) -> Slot:
    """Return the slot of one of the viewer's own ids, such as `customer_id`."""

    def read(bindings: Bindings) -> UUID | None:
        value: UUID | None = getattr(bindings.viewer, attribute)
        return value

    return Slot(("viewer", attribute), read, UUIDField())


def value_slot(leaf: Leaf, field: Any, *, array: bool = False) -> Slot:
    """Return the slot of an argument's value, typed like the column that it is compared with."""
    target = getattr(field, "target_field", field)

    def read(bindings: Bindings) -> Any:
        value = leaf.read(bindings)
        return [enum_value(item) for item in value] if isinstance(value, list) else enum_value(value)

    return Slot((*leaf.key, target.get_internal_type()), read, target, array=array)


def text_slot(leaf: Leaf) -> Slot:
    """Return the slot of an argument's value written as text: a date in ISO 8601, an enum by its value."""
    return Slot((*leaf.key, "text"), lambda bindings: str(enum_value(leaf.read(bindings))), TextField())


def enum_value(value: Any) -> Any:
    """Return what stands behind a member of an enum, or the value itself."""
    return value.value if isinstance(value, Enum) else value
