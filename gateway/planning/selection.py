"""What an operation selects, as a tree: fragments merged, directives applied, arguments turned into slots.

Also which of a document's variables shape a plan, which is asked at every request and so computed once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_abstract_type,
    is_object_type,
    visit,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields

from gateway.documents import Document
from gateway.planning.arguments import Role, arguments_of, outline, shape
from gateway.planning.mapping import FieldMapping, SchemaMapping
from gateway.sources import Listing, NodeLookup, ToMany


@dataclass(slots=True)
class Selected:
    """One selected field: its response key, its coordinate, its arguments, and what is selected below it."""

    key: str
    name: str
    parent: GraphQLObjectType
    kind: Any  # the named GraphQL type of the value
    mapping: FieldMapping | None  # None for __typename, connections' parts and payloads
    arguments: dict[str, Any]
    children: "Children"
    path: tuple[str, ...]

    @property
    def coordinate(self) -> str:
        """Return `Type.field`."""
        return f"{self.parent.name}.{self.name}"

    def alone(self) -> "Selected":
        """Return the field without what is selected below it."""
        return replace(self, children=Children(self.children.selection, [], None, self.path))


class Children:
    """What is selected below a field, for each object type that may stand there."""

    def __init__(
        self, selection: "Selection", nodes: list[FieldNode], kind: Any, path: tuple[str, ...]
    ) -> None:
        self.selection, self.nodes, self.kind, self.path = selection, nodes, kind, path

    @cached_property
    def by_type(self) -> dict[str, list[Selected]]:
        """Return the selections for every possible object type by its name."""
        return {kind.name: self.selection.below(kind, self.nodes, self.path) for kind in self._possible()}

    @property
    def only(self) -> list[Selected]:
        """Return the selections of the one object type that may stand here."""
        (selections,) = self.by_type.values()
        return selections

    def _possible(self) -> list[GraphQLObjectType]:
        if is_object_type(self.kind):
            return [self.kind]
        if is_abstract_type(self.kind):
            kind: GraphQLAbstractType = self.kind
            return list(self.selection.schema.get_possible_types(kind))
        return []


class Selection:
    """Reads the selected fields of one operation under given variables."""

    def __init__(
        self,
        mapping: SchemaMapping,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self.mapping, self.schema, self.fragments = mapping, mapping.schema, dict(document.fragments)
        self.operation, self.variables = operation, dict(variables)
        self.fields = 0  # selected so far, each possible type's counted

    def roots(self) -> list[Selected]:
        """Return the selected root fields in order."""
        root = self.schema.get_root_type(self.operation.operation)
        assert root is not None
        fields = collect_fields(
            self.schema, self.fragments, self.variables, root, self.operation.selection_set
        )
        return self._selected(root, fields, ())

    def below(self, kind: GraphQLObjectType, nodes: list[FieldNode], path: tuple[str, ...]) -> list[Selected]:
        """Return what `nodes` select on an object type."""
        fields = collect_sub_fields(self.schema, self.fragments, self.variables, kind, nodes)
        return self._selected(kind, fields, path)

    def _selected(
        self, parent: GraphQLObjectType, fields: dict[str, list[FieldNode]], path: tuple[str, ...]
    ) -> list[Selected]:
        selections = []
        self.fields += len(fields)
        for key, nodes in fields.items():
            name = nodes[0].name.value
            definition = parent.fields.get(name)
            kind = get_named_type(definition.type) if definition is not None else None
            below = (*path, key)
            mapping = self.mapping.field(parent.name, name)
            selections.append(
                Selected(
                    key=key,
                    name=name,
                    parent=parent,
                    kind=kind,
                    mapping=mapping,
                    # Without a mapping it is introspection, whose literals stay as they were written.
                    arguments=arguments_of(nodes[0], self.variables) if mapping is not None else {},
                    children=Children(self, nodes, kind, below),
                    path=below,
                )
            )
        return selections


class VariableRoles(Visitor):
    """Finds, for each variable of an operation, in which roles it is used."""

    def __init__(
        self, mapping: SchemaMapping, document: Document, operation: OperationDefinitionNode
    ) -> None:
        super().__init__()
        self.mapping, self.document = mapping, document
        self.roles: dict[str, set[Role]] = {}
        self._role = Role.VALUE
        self._fragments: set[str] = set()
        self._argument_roles: dict[str, Role] = {}
        for field in mapping.fields.values():
            name = field.coordinate.partition(".")[2]
            if isinstance(field.spec.source, NodeLookup):
                self._argument_roles[f"{name}.id"] = Role.NODE
            elif isinstance(field.spec.source, (Listing, ToMany)):
                self._argument_roles |= {f"{name}.first": Role.PAGE, f"{name}.orderBy": Role.ORDER}
        visit(operation.selection_set, self)
        self._visit_directives(operation.directives)

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Remember the field whose arguments come next."""
        self._field = node.name.value

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Take the role of the argument that is entered."""
        self._role = self._argument_roles.get(f"{self._field}.{node.name.value}", Role.VALUE)

    def leave_argument(self, *_: Any) -> None:
        """Leave the role with the argument."""
        self._role = Role.VALUE

    def enter_directive(self, node: DirectiveNode, *_: Any) -> bool:
        """Note the conditions of directives, and visit no further."""
        self._visit_directives((node,))
        return False

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        """Note the use of a variable."""
        self.roles.setdefault(node.name.value, set()).add(self._role)

    def enter_fragment_spread(self, node: Any, *_: Any) -> None:
        """Follow a named fragment, once."""
        if node.name.value not in self._fragments:
            self._fragments.add(node.name.value)
            fragment: SelectionSetNode = self.document.fragments[node.name.value].selection_set
            visit(fragment, self)

    def _visit_directives(self, directives: Iterable[DirectiveNode]) -> None:
        for directive in directives:
            for argument in directive.arguments:
                if isinstance(argument.value, VariableNode):
                    self.roles.setdefault(argument.value.name.value, set()).add(Role.BRANCH)


class Shapes:
    """The shape of an operation's variables; what the document's own literals add is fixed."""

    def __init__(
        self, mapping: SchemaMapping, document: Document, operation: OperationDefinitionNode
    ) -> None:
        found = VariableRoles(mapping, document, operation).roles
        roles = {name: sorted(used, key=lambda role: role.value) for name, used in found.items()}
        self._entities = mapping.entities
        self._roles = roles
        self._asked = [(name, used) for name, used in sorted(roles.items()) if name not in document.literals]
        self._fixed = tuple(
            shape(document.literals[name], used, mapping.entities)
            for name, used in sorted(roles.items())
            if name in document.literals
        )

    def of(self, variables: Mapping[str, Any]) -> tuple[object, ...]:
        """Return the part of a plan's key that the variables decide."""
        asked = [shape(variables.get(name), roles, self._entities) for name, roles in self._asked]
        return (self._fixed, *asked)

    def outlines(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the variables as a plan may see and keep them: with their shape and no value besides."""
        return {
            name: outline(variables[name], roles, self._entities)
            for name, roles in self._roles.items()
            if name in variables
        }
