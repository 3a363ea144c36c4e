"""What an answer discloses, told from the answer itself: (place, person, coordinate, decision).

Shares no code with `gateway.planning`: the answer is walked along the document, each object says by its own key
whose it is (the rows are read from the models), and decisions come from the policy's tables, worked out anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    get_operation_ast,
    is_composite_type,
    is_object_type,
    parse,
    visit,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields
from graphql.execution.values import get_variable_values

from gateway.viewer import Viewer
from schema.policy import POLICY
from tests.gateway.oracle import MODELS, PERSONS, Book

KEY = "zzKey"


@dataclass(frozen=True)
class Told:
    """One disclosure."""

    place: str
    person: UUID
    coordinate: str
    decision: str


class _AddKeys(Visitor):
    """Asks every entity for its key under an alias of ours."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        parent = self.info.get_parent_type()
        if parent is None or parent.name not in {*MODELS, "Node"}:
            return None
        key = parse(f"{{ {KEY}: id }}").definitions[0].selection_set.selections[0]  # type: ignore[attr-defined]
        return SelectionSetNode(selections=(*node.selections, key))


def with_keys(schema: GraphQLSchema, text: str) -> DocumentNode:
    """Return the document with a key asked of every entity."""
    info = TypeInfo(schema)
    document: DocumentNode = visit(parse(text), TypeInfoVisitor(info, _AddKeys(info)))
    return document


def decision(coordinate: str, kind: Any, viewer: Viewer, *, own: bool) -> str:
    """Work out the policy's decision on one coordinate of one row."""
    order = ["HIDE", "MASK", "SHOW"]
    given, excepted = ["HIDE"], []
    for role in viewer.roles:
        exception = POLICY.exceptions.get((role, coordinate))
        if exception is not None:
            excepted.append(exception.name)
        given.append((exception if exception is not None else POLICY.roles[role][kind]).name)
    if own and not excepted:
        given.append(POLICY.own[kind].name)
    return max(given, key=order.index)


class Disclosures:
    """The disclosures of one answer."""

    def __init__(
        self,
        schema: GraphQLSchema,
        book: Book,
        viewer: Viewer,
        kinds: Mapping[str, Any],
        document: DocumentNode,
    ) -> None:
        self.schema, self.book, self.viewer, self.kinds = schema, book, viewer, kinds
        self.fragments = {
            each.name.value: each for each in document.definitions if hasattr(each, "type_condition")
        }
        self.document = document
        self.variables: dict[str, Any] = {}

    def of(self, data: Any, variables: Mapping[str, Any], name: str | None) -> set[Told]:
        """Return all that an answer's data discloses of anybody."""
        operation = get_operation_ast(self.document, name)
        assert operation is not None
        coerced: Any = get_variable_values(self.schema, operation.variable_definitions or (), dict(variables))
        self.variables = coerced.coerced if hasattr(coerced, "coerced") else coerced
        query = self.schema.query_type
        assert query is not None
        fields = collect_fields(self.schema, self.fragments, self.variables, query, operation.selection_set)
        return set(self._fields(data, query, fields, (), ()))

    def _fields(
        self,
        value: Any,
        kind: GraphQLObjectType,
        fields: Mapping[str, list[FieldNode]],
        path: tuple[str, ...],
        place: tuple[str, ...],
    ) -> Iterator[Told]:
        persons: set[UUID] = set()
        if kind.name in MODELS:
            row = self.book.one(kind.name, UUID(value[KEY].partition(":")[2]))
            persons = PERSONS.get(kind.name, lambda *_: set())(self.book, row)
        for key, nodes in fields.items():
            field = nodes[0].name.value
            if field.startswith("__"):
                continue
            yield from self._told(f"{kind.name}.{field}", persons, place)
            # The rows of a connection stand at the connection's place, whatever its parts are called.
            inside = kind.name.endswith(("Connection", "Edge"))
            yield from self._below(value[key], kind, nodes, (*path, key), place if inside else (*path, key))

    def _told(self, coordinate: str, persons: set[UUID], place: tuple[str, ...]) -> Iterator[Told]:
        if persons:
            own = self.viewer.customer_id in persons
            told = decision(coordinate, self.kinds[coordinate], self.viewer, own=own)
            for person in persons:
                yield Told(".".join(place), person, coordinate, told)

    def _below(
        self,
        value: Any,
        parent: GraphQLObjectType,
        nodes: list[FieldNode],
        path: tuple[str, ...],
        place: tuple[str, ...],
    ) -> Iterator[Told]:
        target = get_named_type(parent.fields[nodes[0].name.value].type)
        if not is_composite_type(target):
            return
        for item in _objects(value):
            kind: Any = target
            if not is_object_type(target):  # `node` may be anything
                kind = self.schema.type_map[item[KEY].partition(":")[0]]
            chosen = collect_sub_fields(self.schema, self.fragments, self.variables, kind, nodes)
            yield from self._fields(item, kind, chosen, path, place)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)
