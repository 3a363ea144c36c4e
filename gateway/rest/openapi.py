"""The OpenAPI 3.1 document of the endpoints, made of their operations and the schema that they are asked of."""

import json
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    SelectionSetNode,
    Undefined,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
    type_from_ast,
)

from gateway.rest.endpoints import INPUT, KEY, Endpoint

PLAIN = {"Float": "number", "Boolean": "boolean"}
PROBLEM_MEDIA_TYPE = "application/problem+json"
SECURITY = {
    "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Why it was not done (RFC 9457), with a stable code.",
    "required": ["type", "title", "status", "code", "detail", "correlationId"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "code", "detail", "correlationId")},
        "status": {"type": "integer"},
        "problems": {"type": "array", "items": {"type": "object"}},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def openapi(schema: GraphQLSchema, endpoints: list[Endpoint]) -> str:
    """Return the document as JSON, the same text for the same schema and endpoints."""
    inputs: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for each in endpoints:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(schema, each, inputs)
    content = {
        "openapi": "3.1.0",
        "info": {"title": "Banking Middleware", "version": "1", "description": "REST over the graph."},
        "security": [{name: []} for name in SECURITY],
        "paths": paths,
        "components": {
            "securitySchemes": SECURITY,
            "schemas": {"Problem": PROBLEM, **dict(sorted(inputs.items()))},
        },
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _operation(schema: GraphQLSchema, endpoint: Endpoint, inputs: dict[str, Any]) -> dict[str, Any]:
    kinds = {
        each.variable.name.value: type_from_ast(schema, each.type)
        for each in endpoint.operation.variable_definitions or ()
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in endpoint.parameters
    ]
    described: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.description,
        "parameters": parameters,
    }
    rest = {name: kind for name, kind in kinds.items() if name not in endpoint.parameters}
    if rest.pop(KEY, None) is not None:
        header = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}}
        parameters.append(header)
    if endpoint.method == "GET":
        parameters += [
            {"name": name, "in": "query", "required": is_non_null_type(kind), "schema": _input(kind, inputs)}
            for name, kind in rest.items()
        ]
    else:
        described["requestBody"] = _body(rest, endpoint, inputs)
    done = {"type": "object", "required": ["data"], "properties": {"data": _answer(schema, endpoint)}}
    described["responses"] = {
        str(endpoint.status): {"description": "Done.", "content": {"application/json": {"schema": done}}},
        "default": {
            "description": "Not done.",
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    }
    return described


def _body(kinds: dict[str, Any], endpoint: Endpoint, inputs: dict[str, Any]) -> dict[str, Any]:
    if INPUT in kinds:
        named: Any = get_nullable_type(kinds[INPUT])
        content = _object(named, inputs, without=set(endpoint.parameters))
    else:
        properties = {name: _input(kind, inputs) for name, kind in kinds.items()}
        required = [name for name, kind in kinds.items() if is_non_null_type(kind)]
        content = {"type": "object", "properties": properties, "required": required}
    return {"required": True, "content": {"application/json": {"schema": content}}}


def _input(kind: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of what may be sent."""
    inner = get_nullable_type(kind)
    if is_list_type(inner):
        found: dict[str, Any] = {"type": "array", "items": _input(inner.of_type, inputs)}
    elif isinstance(inner, GraphQLInputObjectType):
        if inner.name not in inputs:
            inputs[inner.name] = {}  # an input may hold itself
            inputs[inner.name] = _object(inner, inputs)
        found = {"$ref": f"#/components/schemas/{inner.name}"}
    else:
        found = _leaf(inner)
    return found if is_non_null_type(kind) else _or_null(found)


def _object(
    kind: GraphQLInputObjectType, inputs: dict[str, Any], *, without: set[str] | None = None
) -> dict[str, Any]:
    fields = {name: field for name, field in kind.fields.items() if name not in (without or ())}
    properties = {
        name: {**_input(field.type, inputs), "description": field.description or ""}
        for name, field in fields.items()
    }
    required = [
        name for name, field in fields.items() if is_non_null_type(field.type) and not _has_default(field)
    ]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _has_default(field: Any) -> bool:
    return field.default_value is not Undefined


def _answer(schema: GraphQLSchema, endpoint: Endpoint) -> dict[str, Any]:
    """Return the JSON schema of the value that an endpoint answers."""
    kind: Any = schema.get_root_type(endpoint.operation.operation)
    selection: SelectionSetNode | None = endpoint.operation.selection_set
    for name in endpoint.answer:
        assert selection is not None
        node = next(
            each for each in selection.selections if isinstance(each, FieldNode) and each.name.value == name
        )
        kind, selection = get_nullable_type(get_nullable_type(kind).fields[name].type), node.selection_set
    return _selected(kind, selection, nullable=False)


def _selected(kind: Any, selection: SelectionSetNode | None, *, nullable: bool = True) -> dict[str, Any]:
    inner = get_nullable_type(kind)
    if is_list_type(inner):
        found: dict[str, Any] = {"type": "array", "items": _selected(inner.of_type, selection)}
    elif selection is None:
        found = _leaf(inner)
    else:
        nodes = [each for each in selection.selections if isinstance(each, FieldNode)]
        properties = {
            (node.alias or node.name).value: _selected(inner.fields[node.name.value].type, node.selection_set)
            for node in nodes
        }
        found = {"type": "object", "properties": properties, "required": list(properties)}
    return found if is_non_null_type(kind) or not nullable else _or_null(found)


def _leaf(kind: Any) -> dict[str, Any]:
    if isinstance(kind, GraphQLEnumType):
        return {"type": "string", "enum": list(kind.values)}
    if kind.name == "Int":  # of 32 bits (GraphQL specification, 3.5.1)
        return {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1}
    return {} if kind.name == "JSON" else {"type": PLAIN.get(kind.name, "string")}


def _or_null(found: dict[str, Any]) -> dict[str, Any]:
    if "type" in found and "enum" not in found and isinstance(found["type"], str):
        return {**found, "type": [found["type"], "null"]}
    return {"anyOf": [found, {"type": "null"}]} if found else found
