"""What declarations must fulfil, checked once at start, with the coordinate that does not.

A field that nobody can plan fails there; so do a sensitive field that is non-null (it could not be hidden), a
column that may be NULL behind a field that may not, and a filter or an order by what no coordinate classifies.
"""

from typing import TYPE_CHECKING, Any

from django.db.models import Model
from graphql import GraphQLInputObjectType, get_named_type

from gateway.classification import Classification
from gateway.filters import FILTER, FilterOn
from gateway.planning.columns import ColumnPath, UnplannableField, column_path, relation
from gateway.sources import (
    Batch,
    Column,
    Computed,
    Embedded,
    GlobalId,
    Listing,
    Lookup,
    NodeLookup,
    Operation,
    Sealed,
    ToMany,
    ToOne,
)  # fmt: skip

if TYPE_CHECKING:
    from gateway.planning.mapping import Entity, FieldMapping, SchemaMapping


def check(schema: "SchemaMapping") -> None:
    """Check every declaration of a schema; raise UnplannableField for the first that does not fit."""
    for entity in schema.entities.values():
        for mapping in entity.fields.values():
            _check_field(entity, mapping)
    for mapping in schema.fields.values():
        if isinstance(mapping.spec.source, (Listing, ToMany)):
            _check_orders(schema, mapping, mapping.spec.source.order)
            _check_classified(schema, mapping, mapping.spec.source.order)
    for kind in schema.schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            _check_filters(kind)


def _check_field(entity: "Entity", mapping: "FieldMapping") -> None:
    source, coordinate = mapping.spec.source, mapping.coordinate
    if mapping.spec.classification is not Classification.PUBLIC and mapping.non_null:
        raise UnplannableField(
            f"{coordinate} is sensitive and non-null: it could not be hidden. Make it nullable."
        )
    if isinstance(source, Column):
        column = column_path(entity.model, mapping.path, coordinate)
        _check_null(mapping, column)
        choices = getattr(column.field, "choices", None)
        if choices and any(value != str(value).upper() for value, _ in choices):
            raise UnplannableField(f"{coordinate}: the stored values of a closed set must equal their names.")
    elif isinstance(source, Sealed):
        column_path(entity.model, f"{mapping.path}_sealed", coordinate)
        column_path(entity.model, f"{mapping.path}_masked", coordinate)
    elif isinstance(source, Embedded):
        for path in source.parts.values():
            column_path(entity.model, path, coordinate)
    elif isinstance(source, Batch):
        for path in source.columns:
            column_path(entity.model, path, coordinate)
        if mapping.non_null:
            raise UnplannableField(f"{coordinate} is computed in a batch, which may fail: make it nullable.")
    elif isinstance(source, (ToOne, ToMany)):
        relation(entity.model, mapping.path, coordinate)
    elif not isinstance(source, (Computed, GlobalId, Listing, Lookup, NodeLookup, Operation)):
        raise UnplannableField(f"{coordinate}: {source!r} is not a source that the planner knows.")


def _check_null(mapping: "FieldMapping", column: ColumnPath) -> None:
    if mapping.non_null and column.nullable:
        raise UnplannableField(f"{mapping.coordinate} is non-null, but its column {column.path} may be NULL.")


def _check_orders(schema: "SchemaMapping", mapping: "FieldMapping", default: str) -> None:
    """Refuse orders by what may be NULL: a row without a place in the order has no cursor, and is lost."""
    for path in [default.lstrip("-"), *_ordered_by(mapping)]:
        column = column_path(schema.target(mapping).model, path, mapping.coordinate)
        if column.nullable:
            raise UnplannableField(
                f"{mapping.coordinate}: {column.path} may be NULL, so it is no order of rows."
            )


def _check_classified(schema: "SchemaMapping", mapping: "FieldMapping", default: str) -> None:
    """Refuse to choose or order rows by a column that no coordinate classifies: nothing would decide on it.

    The order when none is asked for is not asked of access, so it must be by what is public.
    """
    entity = schema.target(mapping)
    for path in _ordered_by(mapping):
        if not _coordinates_of(entity, path):
            raise UnplannableField(
                f"{mapping.coordinate}: nothing classifies {path}, so it is no order of rows."
            )
    default = default.lstrip("-")
    if not _coordinates_of(entity, default) or any(
        each.spec.classification is not Classification.PUBLIC for each in _coordinates_of(entity, default)
    ):
        raise UnplannableField(
            f"{mapping.coordinate}: {default} is not public, so it is no order by default."
        )
    if (argument := mapping.graphql.args.get("filter")) is not None:
        kind: Any = get_named_type(argument.type)
        for name, field in kind.fields.items():
            definition = field.extensions["strawberry-definition"]
            if (declared := definition.metadata.get(FILTER)) is not None:
                _check_filtered(schema, entity, f"{kind.name}.{name}", definition.python_name, name, declared)


def _ordered_by(mapping: "FieldMapping") -> list[str]:
    if (argument := mapping.graphql.args.get("orderBy")) is None:
        return []
    order: Any = get_named_type(argument.type)
    choices: Any = get_named_type(order.fields["field"].type)
    return [str(getattr(choice.value, "value", choice.value)) for choice in choices.values.values()]


def _coordinates_of(entity: "Entity", path: str) -> "list[FieldMapping]":
    """Return the coordinates of an entity that say what a column holds."""
    return [each for each in entity.fields.values() if path in _paths(each)]


def _paths(field: "FieldMapping") -> set[str]:
    source = field.spec.source
    if isinstance(source, Embedded):
        return set(source.parts.values())
    if isinstance(source, GlobalId):
        return {"id", "pk"}
    return {field.path} if isinstance(source, Column) else set()


def _check_filtered(
    schema: "SchemaMapping", entity: "Entity", place: str, python_name: str, name: str, declared: FilterOn
) -> None:
    """Refuse a filter that asks access of one coordinate and looks at the column of another."""
    path = declared.path or python_name
    column_path(entity.model, path, place)
    coordinate = declared.coordinate or f"{entity.name}.{name}"
    field = schema.fields.get(coordinate)
    if field is None:
        raise UnplannableField(f"{place}: there is no coordinate {coordinate} that classifies {path}.")
    if coordinate.partition(".")[0] == entity.name:
        shown = path in _paths(field) or _shows_public(schema, field, path)
    else:
        *steps, last = path.split("__")
        model = _end_of(entity.model, steps, place)
        owner = schema.entities.get(coordinate.partition(".")[0])
        shown = owner is not None and owner.model is model and last in _paths(field)
    if not shown:
        raise UnplannableField(f"{place}: {coordinate} does not show {path}, so it can't decide on it.")


def _shows_public(schema: "SchemaMapping", field: "FieldMapping", path: str) -> bool:
    """Tell whether a path leads through a relation to what is public of its target: who sees one sees both."""
    if not isinstance(field.spec.source, ToOne) or not path.startswith(f"{field.path}__"):
        return False
    found = _coordinates_of(schema.target(field), path.removeprefix(f"{field.path}__"))
    return bool(found) and all(each.spec.classification is Classification.PUBLIC for each in found)


def _end_of(model: type[Model], steps: list[str], place: str) -> type[Model]:
    for step in steps:
        model = relation(model, step, place).related_model
    return model


def _check_filters(kind: GraphQLInputObjectType) -> None:
    for name, field in kind.fields.items():
        definition = field.extensions.get("strawberry-definition")
        declared: FilterOn | None = definition.metadata.get(FILTER) if definition is not None else None
        if declared is not None and not isinstance(get_named_type(field.type), GraphQLInputObjectType):
            raise UnplannableField(
                f"{kind.name}.{name}: a filter's field takes a look-up (see gateway.filters)."
            )
