"""Questions about the gateway itself: why a viewer gets what they get."""

from typing import Any

import strawberry
from strawberry.scalars import JSON

from gateway.access_explanation import AccessExplanation
from gateway.asker import Asker
from gateway.declaration import argument, question


def explain_access(
    asker: Asker,
    document: str,
    operation_name: str | None = None,
    variables: Any = None,
    role: str | None = None,
) -> list[AccessExplanation]:
    """Explain an operation's access without running it."""
    return asker.access(document, operation_name, variables or {}, role)


@strawberry.type
class ExplanationQueries:
    """Questions about the gateway itself."""

    explain_access: list[AccessExplanation] | None = question(
        "What the viewer (or, for administrators, a role) gets of each coordinate of an operation, and why; "
        "nothing is run.",
        run=explain_access,
        cost=50,  # the operation is read and laid out as if it were to be planned
        arguments={
            "document": argument(str, "The text of the operation."),
            "operation_name": argument(str | None, "Which operation, if the document holds several."),
            "variables": argument(JSON | None, "The operation's variables."),
            "role": argument(str | None, "Explain as this role; for those who may."),
        },
    )
