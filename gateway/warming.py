"""Plans made before anyone asks: of known documents, for known profiles, so that no first request waits for one.

Nothing is executed and nothing is read of anybody's. What can't be planned is left for whoever asks it.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import NonNullTypeNode, OperationDefinitionNode, OperationType, TypeNode, print_ast

from gateway.failures import RequestError
from gateway.pipeline import Gateway
from gateway.planning.planner import Plan
from gateway.variables import coerced_variables
from gateway.viewer import Profile

log = logging.getLogger("gateway.warming")

# Values that stand for those to come: plans depend on which are given, not on what they are.
EXAMPLES = {
    "String": "x",
    "ID": "x",
    "Int": 1,
    "Boolean": True,
    "Decimal": "1",
    "MobileNumber": "+919876543210",
}
Asked = tuple[str, Mapping[str, Any]]  # the text of a document, and variables
Made = tuple[Plan, Mapping[str, Any], Profile]  # a plan, the variables that shaped it, and for whom it is


def warm(gateway: Gateway, asked: Iterable[Asked], profiles: Iterable[Profile]) -> list[Made]:
    """Make and keep the plans of each document's operations for each profile, and return them.

    Raises RequestError `DATABASE_UNAVAILABLE`.
    """
    made: list[Made] = []
    known = list(profiles)
    for text, variables in asked:
        try:
            document = gateway.documents.read(text)
        except RequestError:
            continue
        for operation in document.operations.values():
            if operation.operation is OperationType.SUBSCRIPTION:
                continue  # asked at the live feed, about an event that is not there yet
            try:
                coerced = coerced_variables(
                    gateway.schema, document, operation, {**_examples(operation), **variables}
                )
            except RequestError:
                continue  # its variables are more than an example can stand for
            for profile in known:
                try:
                    sketch = gateway.planner.sketch(document, operation, profile=profile, variables=coerced)
                    plan = gateway.planner.plan(sketch, document, operation, profile=profile)
                except RequestError as refusal:
                    if refusal.code == "DATABASE_UNAVAILABLE":
                        raise  # nor will the next one find it
                    continue  # this profile may not ask it
                made.append((plan, coerced, profile))
    log.info("Made %d plans before the first request.", len(made))
    return made


def _examples(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Return a value for each variable that must be given, as far as one can stand for it."""
    found = {}
    for each in operation.variable_definitions or ():
        name = _named(each.type)
        if isinstance(each.type, NonNullTypeNode) and each.default_value is None and name in EXAMPLES:
            found[each.variable.name.value] = EXAMPLES[name]
    return found


def _named(node: TypeNode) -> str:
    return print_ast(node).rstrip("!")
