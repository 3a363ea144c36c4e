"""The schema explains itself: everything that a developer meets in the explorer has a description."""

from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from schema.root import schema


def test_every_type_field_and_argument_has_a_description() -> None:
    missing = []
    for kind in schema()._schema.type_map.values():
        if kind.name.startswith("__") or kind.name in {"String", "Int", "Boolean", "ID", "Float", "JSON"}:
            continue
        if not kind.description:
            missing.append(kind.name)
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            for name, field in kind.fields.items():
                if not field.description:
                    missing.append(f"{kind.name}.{name}")
                for argument, definition in getattr(field, "args", {}).items():
                    if not definition.description:
                        missing.append(f"{kind.name}.{name}({argument}:)")
    assert not missing
