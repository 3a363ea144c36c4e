"""Arguments become what the library makes of them, for every operation of the schema."""

from typing import Any

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    coerce_input_value,
    is_required_input_field,
)
from strawberry.types.arguments import convert_argument

from gateway.inputs import Inputs
from gateway.uploads import Upload
from schema.root import schema

SAMPLES: dict[str, Any] = {
    "String": "x",
    "ID": "Customer:1",
    "Int": 1,
    "Boolean": True,
    "Decimal": "1.50",
    "Date": "2026-01-01",
    "MobileNumber": "+919820012345",
    "JSON": {"a": [1]},
    "Upload": Upload(b"a file"),
    "DateTime": "2026-01-01T00:00:00Z",
}
WHOLE, LEAST, NULLS = "all of it", "what is required", "nulls where they may be"


def sample(kind: Any, form: str) -> Any:
    """Return a value of an input type, as a client sends it."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type, form)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, form)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if not isinstance(kind, GraphQLInputObjectType):
        return SAMPLES[kind.name]
    fields = {
        name: each for name, each in kind.fields.items() if form != LEAST or is_required_input_field(each)
    }
    return {
        name: None if form == NULLS and not isinstance(each.type, GraphQLNonNull) else sample(each.type, form)
        for name, each in fields.items()
    }


def arguments() -> list[tuple[str, Any]]:
    found = []
    for parent in (schema()._schema.mutation_type, schema()._schema.query_type):
        assert parent is not None
        for name, field in parent.fields.items():
            for argument_name, argument in field.args.items():
                if "Filter" not in str(argument.type):  # a filter holds filters without end
                    found.append((f"{parent.name}.{name}.{argument_name}", argument))
    return found


@pytest.mark.parametrize("form", [WHOLE, LEAST, NULLS])
def test_every_argument_becomes_what_the_library_makes_of_it(form: str) -> None:
    served = schema()
    inputs, converter = Inputs(served), served.schema_converter
    for place, argument in arguments():
        kind = argument.extensions["strawberry-definition"].type
        value = coerce_input_value(sample(argument.type, form), argument.type)
        expected = convert_argument(value, kind, converter.scalar_registry, served.config)
        assert inputs.converting(kind)(value) == expected, place


def test_null_and_unset_stay_what_they_are() -> None:
    inputs = Inputs(schema())
    for _, argument in arguments():
        convert = inputs.converting(argument.extensions["strawberry-definition"].type)
        assert convert(None) is None
        assert convert(strawberry.UNSET) is strawberry.UNSET


def test_there_are_input_objects_to_make() -> None:
    kinds = [str(argument.type) for _, argument in arguments()]
    assert sum("Input" in kind for kind in kinds) > 20
