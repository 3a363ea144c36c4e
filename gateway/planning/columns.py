"""Paths through Django's models: the column or the relation that a declaration names, and its values as JSON."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Field, Model
from django.db.models.fields.reverse_related import ForeignObjectRel
from graphql import GraphQLNamedType

from domains.kernel.models import is_held_plain
from gateway.planning.expressions import JsonForm


class UnplannableField(Exception):
    """A field of the schema that the planner can't answer; the message names its coordinate."""


@dataclass(frozen=True)
class ColumnPath:
    """A column reached from a model through to-one relations."""

    path: str
    field: "Field[Any, Any]"
    nullable: bool

    @property
    def form(self) -> JsonForm:
        """Return how the column's values are written as JSON."""
        return json_form(self.field)


def column_path(model: type[Model], path: str, coordinate: str) -> ColumnPath:
    """Follow a path of to-one relations to its column.

    Raises UnplannableField when a step is no field, or is one to many.
    """
    nullable = False
    *steps, last = path.split("__")
    for step in steps:
        field = relation(model, step, coordinate)
        if field.one_to_many or field.many_to_many:
            raise UnplannableField(f"{coordinate}: {path} passes through {step}, which is to many.")
        nullable = nullable or isinstance(field, ForeignObjectRel) or bool(field.null)
        model = field.related_model
    try:
        column: Any = model._meta.get_field("id" if last == "pk" else last)
    except Exception:
        raise UnplannableField(f"{coordinate}: {model.__name__} has no column {last!r}.") from None
    return ColumnPath(path, column, nullable or bool(getattr(column, "null", False)))


def relation(model: type[Model], name: str, coordinate: str) -> Any:
    """Return Django's description of the relation `name`; raise UnplannableField if it is none."""
    try:
        field = model._meta.get_field(name)
    except Exception:
        raise UnplannableField(f"{coordinate}: {model.__name__} has no relation {name!r}.") from None
    if not field.is_relation or field.related_model is None:
        raise UnplannableField(f"{coordinate}: {model.__name__}.{name} is no relation.")
    return field


QUOTED_TYPES = {"UUIDField", "DecimalField", "DateField"}
BARE_TYPES = {
    "IntegerField", "PositiveIntegerField", "PositiveSmallIntegerField", "SmallIntegerField", "BooleanField",
    "JSONField",
}  # fmt: skip


def json_form(field: "Field[Any, Any]") -> JsonForm:
    """Return how a column's values are written as JSON; closed sets, plain texts and numbers need no escaping."""
    kind = field.get_internal_type()
    if kind in QUOTED_TYPES or is_held_plain(field) or (kind == "CharField" and field.choices):
        return JsonForm.QUOTED
    return JsonForm.BARE if kind in BARE_TYPES else JsonForm.ESCAPED


GRAPHQL_FORMS = {
    "Int": JsonForm.BARE,
    "Boolean": JsonForm.BARE,
    "Decimal": JsonForm.QUOTED,
    "Date": JsonForm.QUOTED,
}


def computed_form(kind: GraphQLNamedType) -> JsonForm:
    """Return how an annotation's value is written as JSON, by its GraphQL type."""
    return GRAPHQL_FORMS.get(kind.name, JsonForm.ESCAPED)
