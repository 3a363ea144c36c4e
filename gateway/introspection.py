"""Questions about the schema itself: who may ask them, and their answers, which are graphql-core's.

Who may not see the schema gets no hints at it either: a validator's "Did you mean …?" would give it away name by
name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)

from gateway.answer import encoded
from gateway.documents import Document
from gateway.failures import refuse
from gateway.planning.selection import Selected
from gateway.viewer import Viewer

HINT = re.compile(r" Did you mean .*$", re.DOTALL)


@dataclass(frozen=True)
class Visibility:
    """Who may see the schema: everyone, or some roles."""

    everyone: bool = True
    roles: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def configured(cls) -> "Visibility":
        """Return what the settings say; without a word of theirs, everyone may."""
        roles = getattr(settings, "GATEWAY_INTROSPECTION_ROLES", ())
        return cls(getattr(settings, "GATEWAY_INTROSPECTION", True), frozenset(roles))

    def includes(self, viewer: Viewer) -> bool:
        """Tell whether a viewer may see the schema."""
        return self.everyone or viewer.kind == "SYSTEM" or bool(self.roles & viewer.roles)


def check_introspection(roots: Sequence[Selected], *, visible: bool) -> None:
    """Raise RequestError `INTROSPECTION_OFF` when the schema is asked for by who may not see it."""
    if not visible and any(root.name in ("__schema", "__type") for root in roots):
        raise refuse("The schema is not shown to you.", "INTROSPECTION_OFF", status=403)


def without_hints(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """Return errors without their suggestions of names."""
    for error in errors:
        error.message = HINT.sub("", error.message)
    return list(errors)


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
