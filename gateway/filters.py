"""The inputs with which rows are chosen and ordered: look-ups by type of column, and directions.

A look-up's fields are conditions that must all hold; a field left out, or null, is no condition.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar, dataclass_transform

import strawberry
from django.db.models import Q

from gateway.scalars import Date, DateTime, ExactDecimal

FILTER = "gateway-filter"
Value = TypeVar("Value")
Declared = TypeVar("Declared")

# Field of a look-up -> Django's name for the condition; `any` is equality with one of a list.
CONDITIONS: Mapping[str, str] = {
    "eq": "exact",
    "in_": "any",
    "starts_with": "istartswith",
    "gt": "gt",
    "gte": "gte",
    "lt": "lt",
    "lte": "lte",
}


@strawberry.enum(description="Which end comes first.")
class SortDirection(Enum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True)
class FilterOn:
    """Where a filter's field points: a path of columns, and the coordinate that must be shown for it."""

    path: str | None
    coordinate: str | None
    condition: Callable[[Mapping[str, Any]], Q] | None = None


def filter_on(
    description: str,
    *,
    path: str | None = None,
    coordinate: str | None = None,
    condition: Callable[[Mapping[str, Any]], Q] | None = None,
) -> Any:
    """Declare a filter's field: by default the column and the coordinate of the same name.

    `coordinate` (`Type.field`) names what a viewer must be shown in clear to filter by it. `condition` makes the
    condition itself, of the look-up's fields that are given: leaves, for `gateway.slots`.
    """
    declared = FilterOn(path, coordinate, condition)
    return strawberry.field(default=strawberry.UNSET, description=description, metadata={FILTER: declared})


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, filter_on))
def filter_input(*, description: str) -> Callable[[type[Declared]], type[Declared]]:
    """Declare a filter: its fields, and `and`, `or` and `not` over filters of the same type."""

    def declared(kind: type[Declared]) -> type[Declared]:
        several, one = f"list[{kind.__name__}] | None", f"{kind.__name__} | None"
        for name, annotation, said in (
            ("and", several, "All of these."),
            ("or", several, "At least one of these."),
            ("not", one, "Not this."),
        ):
            kind.__annotations__[f"{name}_"] = annotation
            setattr(
                kind,
                f"{name}_",
                strawberry.field(name=name, default=strawberry.UNSET, description=said),
            )
        return strawberry.input(kind, description=description)

    return declared


def _condition(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="Conditions on one of a closed set of values.")
class EnumLookup(Generic[Value]):
    """Conditions on one of a closed set of values."""

    eq: Value | None = _condition("Equal to this value.")
    in_: list[Value] | None = strawberry.field(
        name="in", default=strawberry.UNSET, description="One of these."
    )


@strawberry.input(description="Conditions on a text; letters' case counts for `eq` and `in` only.")
class TextLookup:
    """Conditions on a text."""

    eq: str | None = _condition("Equal to this text.")
    in_: list[str] | None = strawberry.field(name="in", default=strawberry.UNSET, description="One of these.")
    starts_with: str | None = _condition("Begins with this text, in either case.")


@strawberry.input(description="Conditions on a point in time.")
class DateTimeLookup:
    """Conditions on a point in time."""

    gt: DateTime | None = _condition("After this time.")
    gte: DateTime | None = _condition("At or after this time.")
    lt: DateTime | None = _condition("Before this time.")
    lte: DateTime | None = _condition("At or before this time.")


@strawberry.input(description="Conditions on a date.")
class DateLookup:
    """Conditions on a date."""

    eq: Date | None = _condition("On this date.")
    gte: Date | None = _condition("On or after this date.")
    lte: Date | None = _condition("On or before this date.")


@strawberry.input(description="Conditions on an exact decimal number.")
class DecimalLookup:
    """Conditions on an exact decimal number."""

    eq: ExactDecimal | None = _condition("Equal to this number.")
    gt: ExactDecimal | None = _condition("Greater than this number.")
    gte: ExactDecimal | None = _condition("This number or greater.")
    lt: ExactDecimal | None = _condition("Less than this number.")
    lte: ExactDecimal | None = _condition("This number or less.")


@strawberry.input(description="Conditions on true or false.")
class BooleanLookup:
    """Conditions on true or false."""

    eq: bool | None = _condition("Equal to this value.")
