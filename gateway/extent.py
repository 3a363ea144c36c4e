"""How much a document asks: measured on the text's tree before it is validated, its fragments expanded.

Sums are remembered by fragment. Pairs of fields under one key are counted last, on the merged selection, which
by then is known to be small; validating such pairs is what takes a validator's time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
)

from gateway.limits import Limits, check_input, exceeded

COUNTED_MAX = (
    1_000_000_000  # sums of a bomb of fragments have hundreds of digits; beyond this they are not told
)


@dataclass(frozen=True)
class Extent:
    """How much a selection asks with its fragments expanded."""

    depth: int = 0
    width: int = 0  # fields of the selection itself
    fields: int = 0  # those, and all below them
    aliases: int = 0
    directives: int = 0


class LooseFragments(Exception):
    """A fragment that is missing or spreads itself: the document can't be measured, and is not valid."""


def check_document(ast: DocumentNode, limits: Limits) -> None:
    """Refuse a document of which an operation is over a limit.

    Raises LooseFragments when fragments are missing or circular; the validator tells which.
    """
    fragments: dict[str, FragmentDefinitionNode] = {}
    operations: list[OperationDefinitionNode] = []
    for definition in ast.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
        elif isinstance(definition, OperationDefinitionNode):
            operations.append(definition)
    if len(operations) > limits.operations_max:
        raise exceeded(
            "Operations of the document",
            "DOCUMENT_TOO_LONG",
            found=len(operations),
            allowed=limits.operations_max,
        )
    if len(fragments) > limits.fragments_max:
        raise exceeded(
            "Fragments of the document",
            "DOCUMENT_TOO_LONG",
            found=len(fragments),
            allowed=limits.fragments_max,
        )
    measure = Measure(fragments, limits)
    for operation in operations:
        measure.check(operation)
    measure.check_unused()


class Measure:
    """Measures the operations of one document."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode], limits: Limits) -> None:
        self.fragments, self.limits = fragments, limits
        self._known: dict[str, Extent | None] = {}  # None: being measured

    def check(self, operation: OperationDefinitionNode) -> None:
        """Refuse an operation that is over a limit."""
        if (length := len(operation.name.value) if operation.name else 0) > self.limits.name_characters_max:
            what, allowed = "Characters of the operation's name", self.limits.name_characters_max
            raise exceeded(what, "DOCUMENT_TOO_LONG", found=length, allowed=allowed)
        for variable in operation.variable_definitions:
            self._input(variable.default_value)
        directives = self._directives(operation)
        found, allowed = self.of_selection(operation.selection_set, 1), self.limits.root_fields_max
        if found.width > allowed:
            raise exceeded("Root fields", "TOO_MANY_ROOT_FIELDS", found=found.width, allowed=allowed)
        self._check(replace(found, directives=found.directives + directives), operation.selection_set)

    def check_unused(self) -> None:
        """Refuse a fragment that is over a limit though nothing spreads it: it is validated all the same."""
        for name in self.fragments.keys() - self._known.keys():
            self._check(self.of_fragment(name, 1), self.fragments[name].selection_set)

    def _check(self, found: Extent, selection: SelectionSetNode) -> None:
        limits = self.limits
        for what, code, count, allowed in (
            ("Fields inside one another", "OPERATION_TOO_DEEP", found.depth, limits.depth_max),
            ("Aliases", "TOO_MANY_ALIASES", found.aliases, limits.aliases_max),
            ("Directives", "TOO_MANY_DIRECTIVES", found.directives, limits.directives_max),
            ("Fields once fragments are expanded", "OPERATION_TOO_LARGE", found.fields, limits.fields_max),
        ):
            if count > allowed:
                raise exceeded(what, code, found=count, allowed=allowed)
        if (pairs := self._pairs([selection])) > limits.merges_max:
            what, allowed = "Pairs of fields under one key", limits.merges_max
            raise exceeded(what, "TOO_MANY_REPETITIONS", found=pairs, allowed=allowed)

    def of_selection(self, selection: SelectionSetNode | None, nesting: int) -> Extent:
        """Return the extent of a selection set; `nesting` is how many stand around it, itself included."""
        if nesting > self.limits.nesting_max:
            raise exceeded(
                "Selection sets inside one another",
                "OPERATION_TOO_DEEP",
                found=nesting,
                allowed=self.limits.nesting_max,
            )
        depth = width = fields = aliases = directives = 0
        for node in selection.selections if selection else ():
            part = self._part(node, nesting)
            depth, width, fields = max(depth, part.depth), width + part.width, fields + part.fields
            aliases += part.aliases
            directives += part.directives + self._directives(node)
        return Extent(*(min(count, COUNTED_MAX) for count in (depth, width, fields, aliases, directives)))

    def of_fragment(self, name: str, nesting: int) -> Extent:
        """Return the extent of a named fragment, measured once."""
        if name in self._known:
            found = self._known[name]
            if found is None:
                raise LooseFragments
            return found
        if name not in self.fragments:
            raise LooseFragments
        self._known[name] = None
        found = self._known[name] = self.of_selection(self.fragments[name].selection_set, nesting + 1)
        return found

    def _part(self, node: Any, nesting: int) -> Extent:
        if isinstance(node, FieldNode):
            for argument in node.arguments:
                self._input(argument.value)
            below = self.of_selection(node.selection_set, nesting + 1) if node.selection_set else Extent()
            aliases = below.aliases + (node.alias is not None)
            return Extent(below.depth + 1, 1, below.fields + 1, aliases, below.directives)
        if isinstance(node, FragmentSpreadNode):
            return self.of_fragment(node.name.value, nesting)
        return self.of_selection(node.selection_set, nesting + 1)

    def _directives(self, node: SelectionNode | OperationDefinitionNode) -> int:
        found, allowed = len(node.directives), self.limits.directives_per_field_max
        if found > allowed:
            raise exceeded("Directives at one place", "TOO_MANY_DIRECTIVES", found=found, allowed=allowed)
        for directive in node.directives:
            for argument in directive.arguments:
                self._input(argument.value)
        return found

    def _input(self, value: ValueNode | None, depth: int = 1) -> None:
        if isinstance(value, ListValueNode):
            check_input(value.values, depth, self.limits)
            for item in value.values:
                self._input(item, depth + 1)
        elif isinstance(value, ObjectValueNode):
            check_input(value, depth, self.limits)
            for field in value.fields:
                self._input(field.value, depth + 1)

    def _pairs(self, selections: list[SelectionSetNode]) -> int:
        """Return how many pairs of fields stand under one key in the merged selection, and below it."""
        pairs = 0
        for nodes in self._merged(selections).values():
            pairs += len(nodes) * (len(nodes) - 1) // 2
            if below := [node.selection_set for node in nodes if node.selection_set]:
                pairs += self._pairs(below)
        return pairs

    def _merged(self, selections: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        merged: dict[str, list[FieldNode]] = {}
        pending = list(selections)
        while pending:
            for node in pending.pop().selections:
                if isinstance(node, FieldNode):
                    merged.setdefault((node.alias or node.name).value, []).append(node)
                elif isinstance(node, FragmentSpreadNode):
                    pending.append(self.fragments[node.name.value].selection_set)
                else:
                    pending.append(node.selection_set)  # type: ignore[attr-defined] # an inline fragment
        return merged
