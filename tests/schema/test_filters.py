"""Conditions combine the same way everywhere."""

import pytest
from graphql import GraphQLInputObjectType, is_object_type

from schema.root import schema

SCHEMA = schema()._schema
FILTERS = sorted(
    {
        str(field.args["filter"].type).strip("!")
        for kind in SCHEMA.type_map.values()
        if is_object_type(kind)
        for field in kind.fields.values()  # type: ignore[attr-defined] # an input's
        if "filter" in field.args
    }
)


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_takes_and_or_and_not_of_its_own_kind(name: str) -> None:
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLInputObjectType)
    taken = {field: str(kind.fields[field].type) for field in ("and", "or", "not") if field in kind.fields}
    assert taken == {"and": f"[{name}!]", "or": f"[{name}!]", "not": name}


def test_the_filters_are_those_of_the_schema() -> None:
    assert set(FILTERS) == {name for name in SCHEMA.type_map if name.endswith("Filter")}
    assert len(FILTERS) > 15
