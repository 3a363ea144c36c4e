"""Arguments of operations as what their functions take: how, is decided once for each type, not at each request.

The library walks through the types of an input object whenever it makes one, which costs most of what it takes
to read a mutation's arguments. Only objects are made here; everything else is left to the library.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import strawberry
from graphql import FieldNode, GraphQLField
from graphql.execution.values import get_argument_values
from strawberry.scalars import is_scalar
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryOptional, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition

Convert = Callable[[Any], Any]


class Inputs:
    """Converts the coerced arguments of one schema's operations."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.config, self.scalars = schema.config, schema.schema_converter.scalar_registry
        self._arguments: dict[str, dict[str, tuple[str, Convert]]] = {}
        self._objects: dict[type, InputObject] = {}

    def arguments(
        self, coordinate: str, field: GraphQLField, node: FieldNode, variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the arguments of the field at a coordinate by their names in Python; absent ones are left out."""
        if (known := self._arguments.get(coordinate)) is None:
            definitions = {
                name: argument.extensions["strawberry-definition"] for name, argument in field.args.items()
            }
            known = self._arguments[coordinate] = {
                name: (each.python_name, self.converting(each.type)) for name, each in definitions.items()
            }
        arguments = {}
        for name, value in get_argument_values(field, node, dict(variables)).items():
            python_name, convert = known[name]
            arguments[python_name] = convert(value)
        return arguments

    def converting(self, kind: Any) -> Convert:
        """Return what converts values of a type."""
        if type(kind) is StrawberryOptional:
            return self.converting(kind.of_type)
        if isinstance(kind, StrawberryEnumDefinition) or is_scalar(kind, self.scalars):
            return _itself
        if has_object_definition(kind):
            if (known := self._objects.get(kind)) is None:
                known = self._objects[kind] = InputObject(self, kind)
            return known.made
        return lambda value: convert_argument(value, kind, self.scalars, self.config)


class InputObject:
    """How the values of one input type are made."""

    def __init__(self, inputs: Inputs, kind: type) -> None:
        self.inputs, self.kind = inputs, kind

    @cached_property
    def parts(self) -> list[tuple[str, str, Convert]]:
        """Return the fields: the name in GraphQL, the name in Python, and what converts the value."""
        definition: Any = self.kind.__strawberry_definition__  # type: ignore[attr-defined]
        name_of = self.inputs.config.name_converter.from_field
        return [
            (
                name_of(field),
                field.python_name,
                self.inputs.converting(field.resolve_type(type_definition=definition)),
            )
            for field in definition.fields
        ]

    def made(self, value: Any) -> Any:
        """Return the object of a mapping by GraphQL's names; null and unset stay what they are."""
        if value is None or value is strawberry.UNSET:
            return value
        return self.kind(
            **{
                python_name: convert(value[name])
                for name, python_name, convert in self.parts
                if name in value
            }
        )


def _itself(value: Any) -> Any:
    return value
