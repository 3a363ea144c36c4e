"""Limits on what an operation may ask, counted after its fragments are expanded, before anything is planned."""

from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.documents import Document
from gateway.failures import refuse

DEPTH_MAX = 20
FIELDS_MAX = 2_000
ROOT_FIELDS_MAX = 20


@dataclass(frozen=True)
class Extent:
    """How much a selection asks: levels of nesting, and fields with every fragment expanded."""

    depth: int
    fields: int


def check(document: Document, operation: OperationDefinitionNode) -> None:
    """Refuse an operation that is too deep or too large, saying by how much; a document is measured once."""
    name = operation.name.value if operation.name else ""
    if name in document.within_limits:
        return
    extent = _measured(document, operation)
    if extent.depth > DEPTH_MAX:
        raise refuse(
            f"The operation is nested {extent.depth} levels deep; the limit is {DEPTH_MAX}.",
            "OPERATION_TOO_DEEP",
        )
    if extent.fields > FIELDS_MAX:
        raise refuse(
            f"The operation selects {extent.fields} fields once its fragments are expanded; "
            f"the limit is {FIELDS_MAX}.",
            "OPERATION_TOO_LARGE",
        )
    roots = _roots(document, operation.selection_set)
    if roots > ROOT_FIELDS_MAX:
        raise refuse(
            f"The operation has {roots} root fields; the limit is {ROOT_FIELDS_MAX}.", "OPERATION_TOO_LARGE"
        )
    document.within_limits.add(name)


def _measured(document: Document, operation: OperationDefinitionNode) -> Extent:
    fragments: dict[str, Extent] = {}

    def extent(selection: SelectionSetNode | None) -> Extent:
        depth, fields = 0, 0
        for node in selection.selections if selection else ():
            found = _part(node)
            depth, fields = max(depth, found.depth), fields + found.fields
        return Extent(depth, fields)

    def _part(node: Any) -> Extent:
        if isinstance(node, FieldNode):
            below = extent(node.selection_set)
            return Extent(below.depth + 1, below.fields + 1)
        if isinstance(node, InlineFragmentNode):
            return extent(node.selection_set)
        name = node.name.value
        if name not in fragments:
            fragments[name] = extent(document.fragments[name].selection_set)
        return fragments[name]

    return extent(operation.selection_set)


def _roots(document: Document, selection: SelectionSetNode) -> int:
    count = 0
    for node in selection.selections:
        if isinstance(node, FieldNode):
            count += 1
        elif isinstance(node, FragmentSpreadNode):
            count += _roots(document, document.fragments[node.name.value].selection_set)
        elif isinstance(node, InlineFragmentNode):
            count += _roots(document, node.selection_set)
    return count
