"""How many fields a question about the schema answers, told before it is asked: graphql-core computes each.

Right below `__schema { types }` a list has its mean length, which is exact for all types together. Elsewhere a
question chooses which types it asks about, so every list counts as its longest: never less than what is answered.
"""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLSchema, is_abstract_type

from gateway.planning.selection import Children, Selected

TYPES, FIELDS = "__Schema.types", "__Type.fields"


class SchemaSizes:
    """The lengths of the lists of the introspection schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        types: list[Any] = list(schema.type_map.values())
        fields = [field for kind in types for field in _of(kind, "fields", output=True)]
        lengths: dict[str, Sequence[int]] = {
            TYPES: [len(types)],
            "__Schema.directives": [len(schema.directives)],
            "__Directive.args": [len(directive.args) for directive in schema.directives],
            FIELDS: [len(_of(kind, "fields", output=True)) for kind in types],
            "__Type.inputFields": [len(_of(kind, "fields", output=False)) for kind in types],
            "__Type.enumValues": [len(getattr(kind, "values", ())) for kind in types],
            "__Type.interfaces": [len(getattr(kind, "interfaces", ())) for kind in types],
            "__Type.possibleTypes": [
                len(schema.get_possible_types(kind)) if is_abstract_type(kind) else 0 for kind in types
            ],
            "__Field.args": [len(field.args) for field in fields],
        }
        self._longest = {name: max(found, default=0) for name, found in lengths.items()}
        self._mean = {name: sum(found) / max(1, len(found)) for name, found in lengths.items()}

    def fields(self, root: Selected) -> float:
        """Return how many fields are answered at most below `__schema` or `__type`, itself included."""
        kind = self.schema.get_type("__Schema" if root.name == "__schema" else "__Type")
        return 1 + self._below(Children(root.children.selection, root.children.nodes, kind, root.path), False)

    def _below(self, children: Children, of_all_types: bool) -> float:
        found = 0.0
        for selections in children.by_type.values():
            for selected in selections:
                place = selected.coordinate
                length = (self._mean if of_all_types else self._longest).get(place, 1)
                still_all = place == TYPES or (of_all_types and place == FIELDS)
                found += 1 + length * self._below(selected.children, still_all)
        return found


def _of(kind: Any, name: str, *, output: bool) -> list[Any]:
    """Return the fields of an object type or an interface, or those of an input type."""
    found = list(getattr(kind, name, {}).values())
    return found if found and hasattr(found[0], "args") is output else []
