"""What every field of the schema means to the planner, read once at start from the declarations.

A field that nobody can plan fails here, at start, with its coordinate; so do a sensitive field that is non-null
(it could not be hidden) and a column that may be NULL behind a field that may not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Field, Model
from django.db.models.fields.reverse_related import ForeignObjectRel
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_non_null_type,
)

from domains.kernel.models import is_held_plain
from gateway.classification import Classification
from gateway.connections import Connection, Edge, PageInfo
from gateway.declaration import (
    SPEC,
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
    Spec,
    ToMany,
    ToOne,
)  # fmt: skip
from gateway.filters import FILTER, FilterOn
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


@dataclass(frozen=True)
class FieldMapping:
    """One coordinate: its declaration, the name by which Python knows it, and its GraphQL type."""

    coordinate: str
    python_name: str
    spec: Spec
    graphql: GraphQLField

    @property
    def path(self) -> str:
        """Return the path of columns or relations: declared, or the field's own name."""
        return getattr(self.spec.source, "path", None) or self.python_name

    @property
    def non_null(self) -> bool:
        """Tell whether the schema promises a value."""
        return is_non_null_type(self.graphql.type)

    @property
    def type_name(self) -> str:
        """Return the name of the field's type without lists and exclamation marks."""
        return get_named_type(self.graphql.type).name


@dataclass(frozen=True)
class Entity:
    """A GraphQL type over a model."""

    name: str
    model: type[Model]
    subject: str | None
    fields: Mapping[str, FieldMapping]
    recorded: bool = False


class SchemaMapping:
    """The meaning of a whole schema: entities, embedded objects, roots and connections by type name."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.entities: dict[str, Entity] = {}
        self.fields: dict[str, FieldMapping] = {}
        self.node_types: dict[str, str] = {}  # connection or edge type -> entity's name
        self.connection_parts: dict[str, str] = {}  # type name -> "connection", "edge" or "page_info"
        for kind in schema.type_map.values():
            if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
                self._read_type(kind)
        self._check()

    def field(self, type_name: str, field_name: str) -> FieldMapping | None:
        """Return the mapping of a coordinate, None for what has no declaration (payloads, connections)."""
        return self.fields.get(f"{type_name}.{field_name}")

    def target(self, mapping: FieldMapping) -> Entity:
        """Return the entity that a relation, a listing or a look-up leads to."""
        name = mapping.type_name
        return self.entities[self.node_types.get(name, name)]

    def _read_type(self, kind: GraphQLObjectType) -> None:
        definition = kind.extensions.get("strawberry-definition")
        if definition is None:
            return
        fields = {}
        for name, field in kind.fields.items():
            strawberry_field = field.extensions.get("strawberry-definition")
            spec = strawberry_field.metadata.get(SPEC) if strawberry_field is not None else None
            if spec is not None:
                mapping = FieldMapping(f"{kind.name}.{name}", strawberry_field.python_name, spec, field)
                fields[name] = self.fields[mapping.coordinate] = mapping
        model_definition = getattr(definition.origin, "__strawberry_django_definition__", None)
        if model_definition is not None:
            self._read_entity(kind, definition.origin, model_definition.model, fields)
            return
        generic = definition.concrete_of.origin if definition.concrete_of else definition.origin
        if generic is Connection:
            self.connection_parts[kind.name] = "connection"
            self.node_types[kind.name] = get_named_type(kind.fields["nodes"].type).name
        elif generic is Edge:
            self.connection_parts[kind.name] = "edge"
            self.node_types[kind.name] = get_named_type(kind.fields["node"].type).name
        elif generic is PageInfo:
            self.connection_parts[kind.name] = "page_info"

    def _read_entity(
        self, kind: GraphQLObjectType, origin: Any, model: type[Model], fields: dict[str, FieldMapping]
    ) -> None:
        for name in kind.fields:
            if name not in fields:
                raise UnplannableField(
                    f"{kind.name}.{name} has no declaration: use the words of gateway.declaration."
                )
        self.entities[kind.name] = Entity(
            kind.name,
            model,
            getattr(origin, "__gateway_subject__", None),
            fields,
            getattr(origin, "__gateway_recorded__", False),
        )

    def _check(self) -> None:
        for entity in self.entities.values():
            for mapping in entity.fields.values():
                _check_field(entity, mapping)
        for mapping in self.fields.values():
            if isinstance(mapping.spec.source, (Listing, ToMany)):
                _check_orders(self, mapping, mapping.spec.source.order)
                _check_classified(self, mapping, mapping.spec.source.order)
        for kind in self.schema.type_map.values():
            if isinstance(kind, GraphQLInputObjectType):
                _check_filters(kind)


def _check_field(entity: Entity, mapping: FieldMapping) -> None:
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


def _check_null(mapping: FieldMapping, column: ColumnPath) -> None:
    if mapping.non_null and column.nullable:
        raise UnplannableField(f"{mapping.coordinate} is non-null, but its column {column.path} may be NULL.")


def _check_orders(schema: SchemaMapping, mapping: FieldMapping, default: str) -> None:
    """Refuse orders by what may be NULL: a row without a place in the order has no cursor, and is lost."""
    for path in [default.lstrip("-"), *_ordered_by(mapping)]:
        column = column_path(schema.target(mapping).model, path, mapping.coordinate)
        if column.nullable:
            raise UnplannableField(
                f"{mapping.coordinate}: {column.path} may be NULL, so it is no order of rows."
            )


def _check_classified(schema: SchemaMapping, mapping: FieldMapping, default: str) -> None:
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


def _ordered_by(mapping: FieldMapping) -> list[str]:
    if (argument := mapping.graphql.args.get("orderBy")) is None:
        return []
    order: Any = get_named_type(argument.type)
    choices: Any = get_named_type(order.fields["field"].type)
    return [str(getattr(choice.value, "value", choice.value)) for choice in choices.values.values()]


def _coordinates_of(entity: Entity, path: str) -> list[FieldMapping]:
    """Return the coordinates of an entity that say what a column holds."""
    return [each for each in entity.fields.values() if path in _paths(each)]


def _paths(field: FieldMapping) -> set[str]:
    source = field.spec.source
    if isinstance(source, Embedded):
        return set(source.parts.values())
    if isinstance(source, GlobalId):
        return {"id", "pk"}
    return {field.path} if isinstance(source, Column) else set()


def _check_filtered(
    schema: SchemaMapping, entity: Entity, place: str, python_name: str, name: str, declared: FilterOn
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


def _shows_public(schema: SchemaMapping, field: FieldMapping, path: str) -> bool:
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
