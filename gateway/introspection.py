"""Questions about the schema itself, answered by graphql-core."""

from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)

from gateway.answer import encoded
from gateway.documents import Document
from gateway.planning.selection import Selected


def answer(
    schema: GraphQLSchema,
    document: Document,
    operation: OperationDefinitionNode,
    selected: Selected,
    variables: dict[str, Any],
) -> bytes:
    """Return the JSON of one root field `__schema` or `__type`; `variables` are the raw ones."""
    alone = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=operation.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(selected.children.nodes)),
    )
    content = DocumentNode(definitions=(alone, *document.fragments.values()))
    result = execute_sync(schema, content, variable_values=variables)
    return encoded((result.data or {}).get(selected.key))
