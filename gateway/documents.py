"""Text in, validated document out: parsed, validated and freed of its literals once, then cached.

Literals become variables of our own (`lift`), so that documents which differ only in literals share one normal
form, one plan and one statement. Names of these variables begin with a digit, which GraphQL forbids to others.
"""

import hashlib
import sys
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    KnownFragmentNamesRule,
    ListValueNode,
    NameNode,
    Node,
    NoFragmentCyclesRule,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
    print_ast,
    validate,
    value_from_ast,
    visit,
)

from gateway.extent import LooseFragments, check_document
from gateway.failures import RequestError, coded, refuse, with_code
from gateway.limits import Limits, exceeded
from gateway.misfits import RULES, without_token
from gateway.remembered import Remembered
from gateway.scalars import fault_in

ERRORS_MAX = 20
DOCUMENTS_KEPT_MAX = 1_000
DOCUMENTS_KEPT_CHARACTERS_MAX = 150_000  # a character of a document takes some 60 to 100 bytes of memory


@dataclass(frozen=True)
class Document:
    """A validated document: its normal form, and the values of the literals lifted out of it."""

    id: str  # SHA-256 in hex, of the text or of its normal form (see `_id`)
    normal: str  # the text without literals
    operations: Mapping[str, OperationDefinitionNode]  # without literals, by name ("" if it has none)
    fragments: Mapping[str, FragmentDefinitionNode]
    literals: Mapping[str, Any]  # variables of our own -> values
    shapes: dict[str, Any] = field(default_factory=dict, compare=False)  # the planner's, by operation

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation to run; refuse a name that the document does not hold, or none of several."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name or "") if name else None
        if found is None:
            named = ", ".join(sorted(filter(None, self.operations))) or "one without a name"
            raise refuse(
                f"The document holds {named}: say in `operationName` which one to run.", "OPERATION_NOT_FOUND"
            )
        return found


@dataclass
class Documents:
    """The cache of one schema's validated documents, all of them within the limits."""

    schema: GraphQLSchema
    limits: Limits = field(default_factory=Limits.configured)
    kept: Remembered[str, Document] = field(
        default_factory=lambda: Remembered(
            number_max=DOCUMENTS_KEPT_MAX, weight_max=DOCUMENTS_KEPT_CHARACTERS_MAX
        )
    )

    def read(self, text: str) -> Document:
        """Return the document of a text; raise RequestError when it is none, or over a limit."""
        document = self.kept.get(text)
        if document is None:
            document = self._read(text)
            self.kept.keep(text, document, weight=len(text))
        return document

    def _read(self, text: str) -> Document:
        if len(text) > (allowed := self.limits.characters_max):
            raise exceeded(
                "Characters of the document", "DOCUMENT_TOO_LONG", found=len(text), allowed=allowed
            )
        ast = self._parsed(text)
        try:
            check_document(ast, self.limits)
        except LooseFragments:
            errors = validate(self.schema, ast, [KnownFragmentNamesRule, NoFragmentCyclesRule])
            raise RequestError(with_code(errors, "GRAPHQL_VALIDATION_FAILED")) from None
        if errors := validate(self.schema, ast, RULES, max_errors=ERRORS_MAX):
            raise RequestError(with_code(errors, "GRAPHQL_VALIDATION_FAILED"))
        return _document(self.schema, text, ast)

    def _parsed(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=self.limits.tokens_max)
        except GraphQLSyntaxError as error:
            raise _unparsed(error, self.limits) from None


def _unparsed(error: GraphQLSyntaxError, limits: Limits) -> RequestError:
    """Return the refusal of a text that the parser gave up: too long, nested too deeply, or no GraphQL."""
    if error.description.startswith("Document contains more than"):
        allowed = limits.tokens_max
        return exceeded("Tokens of the document", "DOCUMENT_TOO_LONG", found=allowed + 1, allowed=allowed)
    if error.description.startswith("Document is nested too deeply"):
        return refuse("The document is nested too deeply to be parsed.", "OPERATION_TOO_DEEP")
    return RequestError(with_code([without_token(error)], "GRAPHQL_PARSE_FAILED"))


def _document(schema: GraphQLSchema, text: str, ast: DocumentNode) -> Document:
    lift = LiftLiterals(schema)
    normal = visit(ast, TypeInfoVisitor(lift.type_info, lift))
    plain = print_ast(_without_defaults(normal))
    definitions = normal.definitions
    for definition in definitions:
        _lighten(definition)
    return Document(
        id=_id(text, plain),
        normal=plain,
        operations={
            definition.name.value if definition.name else "": definition
            for definition in definitions
            if isinstance(definition, OperationDefinitionNode)
        },
        fragments={
            definition.name.value: definition
            for definition in definitions
            if isinstance(definition, FragmentDefinitionNode)
        },
        literals=lift.literals,
    )


def _id(text: str, normal: str) -> str:
    """Return the SHA-256 in hex of the text, or of its normal form when there is a text literal in it.

    The id goes into logs, traces and the trail, where the digest of a document with a password or a mobile
    number in it would let both be found by trying.
    """
    told = normal if '"' in text else text
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _without_defaults(ast: DocumentNode) -> DocumentNode:
    """Return a document without its variables' defaults: what a plan is made for has their values by then."""
    plain = copy(ast)
    plain.definitions = tuple(_plain(definition) for definition in ast.definitions)
    return plain


def _plain(definition: DefinitionNode) -> DefinitionNode:
    if not isinstance(definition, OperationDefinitionNode):
        return definition
    plain = copy(definition)
    plain.variable_definitions = tuple(copy(variable) for variable in definition.variable_definitions)
    for variable in plain.variable_definitions:
        variable.default_value = None
    return plain


def _lighten(node: Node) -> None:
    """Let go of what a validated tree needs no more: half of its memory.

    Places in the text hold the parser's chain of tokens; after validation an error points at no place but that of
    a variable's definition. Names are texts of their own, though most stand in the schema too.
    """
    if node.loc is not None:
        node.loc.start_token = node.loc.end_token = None  # type: ignore[assignment] # nobody asks for them
    if not isinstance(node, VariableDefinitionNode):
        node.loc = None
    for key in node.keys:
        value = getattr(node, key)
        if isinstance(value, Node):
            _lighten(value)
        elif isinstance(value, tuple):
            for item in value:
                _lighten(item)
        elif isinstance(node, NameNode) and isinstance(value, str):
            node.value = sys.intern(value)


class LiftLiterals(Visitor):
    """Replaces the literals in fields' arguments by variables; objects and nulls stay, being shape."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.type_info = TypeInfo(schema)
        self.literals: dict[str, Any] = {}

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        """Return the field with its arguments' literals lifted."""
        definition, parent = self.type_info.get_field_def(), self.type_info.get_parent_type()
        if not node.arguments or definition is None or node.name.value.startswith("__"):
            return None
        if parent is not None and parent.name.startswith("__"):
            return None  # graphql-core answers introspection from the document as written
        lifted = copy(node)
        arguments = []
        for argument in node.arguments:
            changed = copy(argument)
            kind = definition.args[argument.name.value].type
            changed.value = self._lift(argument.value, kind)
            arguments.append(changed)
        lifted.arguments = tuple(arguments)
        return lifted

    def _lift(self, node: ValueNode, kind: GraphQLInputType) -> ValueNode:
        if isinstance(node, (VariableNode, NullValueNode)):
            return node
        inner: Any = get_nullable_type(kind)  # type: ignore[arg-type] # an input type is a type
        named = get_named_type(kind)
        if isinstance(node, ObjectValueNode) and isinstance(named, GraphQLInputObjectType):
            lifted = copy(node)
            given = tuple(self._lift_field(item, named) for item in node.fields)
            lifted.fields = given + self._defaults(node, named)
            return lifted
        if isinstance(node, ListValueNode) and is_list_type(inner) and not _is_constant(node, named):
            items = copy(node)
            items.values = tuple(self._lift(item, inner.of_type) for item in node.values)
            return items
        value = value_from_ast(node, kind)
        if (fault := fault_in(value)) is not None:
            raise RequestError([coded(f"Invalid literal: {fault}.", "INVALID_LITERAL", nodes=[node])])
        return VariableNode(name=NameNode(value=self._named(value)))

    def _defaults(self, node: ObjectValueNode, kind: GraphQLInputObjectType) -> tuple[ObjectFieldNode, ...]:
        """Return the fields that are left out but have a default, as coercion adds them to a variable."""
        given = {item.name.value for item in node.fields}
        added = []
        for name, definition in kind.fields.items():
            if name not in given and definition.default_value not in (Undefined, None):
                variable = VariableNode(name=NameNode(value=self._named(definition.default_value)))
                added.append(ObjectFieldNode(name=NameNode(value=name), value=variable))
        return tuple(added)

    def _named(self, value: Any) -> str:
        """Return the name of the variable that now holds a literal's value."""
        name = str(len(self.literals))
        self.literals[name] = value
        return name

    def _lift_field(self, node: ObjectFieldNode, kind: GraphQLInputObjectType) -> ObjectFieldNode:
        lifted = copy(node)
        lifted.value = self._lift(node.value, kind.fields[node.name.value].type)
        return lifted


def _is_constant(node: ListValueNode, named: Any) -> bool:
    return not isinstance(named, GraphQLInputObjectType) and not any(
        isinstance(value, (VariableNode, ListValueNode)) for value in node.values
    )
