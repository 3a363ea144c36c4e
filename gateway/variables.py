"""The variables of a request, as the schema reads them."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import get_variable_values

from gateway.documents import Document
from gateway.failures import RequestError, refuse
from gateway.misfits import what_fits
from gateway.scalars import fault_in

ERRORS_MAX = 20
PLACE = re.compile(r" at '[_A-Za-z][_0-9A-Za-z]*(?:\.[_A-Za-z][_0-9A-Za-z]*|\[\d+\])+'$")


def coerced_variables(
    schema: GraphQLSchema, document: Document, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the coerced variables, those lifted from the document among them.

    Raises RequestError `INVALID_VARIABLE`, with an error for each variable up to 20.
    """
    definitions = list(operation.variable_definitions or ())
    coerced: Any = {}
    if definitions:
        coerced = get_variable_values(schema, definitions, dict(given), max_errors=ERRORS_MAX)
        if isinstance(coerced, list):
            for error in coerced:
                error.message = _without_value(error)
                error.extensions = {"code": "INVALID_VARIABLE", **(error.extensions or {})}
            raise RequestError(coerced)
        for name, value in coerced.items():
            if (fault := fault_in(value)) is not None:
                raise refuse(f"Variable ${name}: {fault}.", "INVALID_VARIABLE")
    return {**document.literals, **coerced}


def _without_value(error: GraphQLError) -> str:
    """Return a message without the input around the fault: it may hold anybody's data, and clients log it."""
    cause = error.original_error
    told, value, _ = error.message.partition(" got invalid value ")
    if not isinstance(cause, GraphQLError) or not value:
        return error.message
    reason = what_fits(cause.message)
    place = PLACE.search(error.message.removesuffix(f"; {cause.message}"))
    return f"{told} got an invalid value{place[0] if place else ''}; {reason}"
