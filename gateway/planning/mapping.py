"""What every field of the schema means to the planner, read once at start from the declarations, and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_non_null_type,
)

from gateway.connections import Connection, Edge, PageInfo
from gateway.planning.checks import check
from gateway.planning.columns import UnplannableField
from gateway.sources import SPEC, Spec


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
    subjects: str | None = None


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
        check(self)

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
            getattr(origin, "__gateway_subjects__", None),
        )
