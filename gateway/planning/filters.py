"""A `filter` argument becomes a condition; what a viewer may not see in clear can't be filtered on."""

from typing import Any

from django.db.models import F, Q, Value
from graphql import GraphQLInputObjectType, get_named_type

from gateway.access import Access
from gateway.classification import Decision
from gateway.failures import refuse
from gateway.filters import CONDITIONS, FILTER, FilterOn
from gateway.planning.columns import column_path
from gateway.planning.expressions import EqualsAny
from gateway.planning.levels import Level
from gateway.planning.mapping import SchemaMapping
from gateway.slots import Leaf, value_slot


def conditions(
    tree: dict[str, Any],
    kind: GraphQLInputObjectType,
    *,
    level: Level,
    mapping: SchemaMapping,
    access: Access,
) -> Q:
    """Return the condition of a filter input: all of its fields must hold.

    `and`, `or` and `not` take filters of the same type; an empty `or` holds for nothing.
    """
    result = Q()
    for name, value in tree.items():
        if value is None:
            continue
        field = kind.fields[name]
        definition = field.extensions["strawberry-definition"]
        declared: FilterOn | None = definition.metadata.get(FILTER)
        if declared is None:
            below = [
                conditions(item, kind, level=level, mapping=mapping, access=access)
                for item in _as_list(value)
            ]
            result &= _combined(definition.python_name, below)
            continue
        path = declared.path or definition.python_name
        coordinate = declared.coordinate or f"{level.entity.name}.{name}"
        if declared.condition is not None:
            compared = declared.condition({each: leaf for each, leaf in value.items() if leaf is not None})
        else:
            compared = _compared(path, value, get_named_type(field.type), level)
        result &= _permitted(compared, coordinate, level=level, mapping=mapping, access=access)
    return result


def _as_list(value: Any) -> list[Any]:
    """Return the filters in a list of them; an empty list is a leaf, and one filter stands for a list of it."""
    if isinstance(value, Leaf):
        return []
    return value if isinstance(value, list) else [value]


def _combined(word: str, below: list[Q]) -> Q:
    if word == "or_":
        either = Q(Value(False))
        for condition in below:
            either |= condition if condition else Q(Value(True))
        return either
    both = Q()
    for condition in below:
        both &= condition
    if word == "not_":
        return ~both if both else Q(Value(False))
    return both


def _compared(path: str, value: dict[str, Any], kind: Any, level: Level) -> Q:
    """Return the condition of one look-up, such as `{gte: …, lt: …}`."""
    column = column_path(level.entity.model, path, f"{level.entity.name} filter")
    result = Q()
    for name, leaf in value.items():
        if leaf is None:
            continue
        condition = CONDITIONS[kind.fields[name].extensions["strawberry-definition"].python_name]
        if condition == "any":
            result &= Q(EqualsAny(F(path), value_slot(leaf, column.field, array=True)))
            if column.nullable:  # as Django does for the others: NULL is no match, and so a match of `not`
                result &= Q(**{f"{path}__isnull": False})
        else:
            result &= Q(**{f"{path}__{condition}": value_slot(leaf, column.field)})
    return result


def _permitted(condition: Q, coordinate: str, *, level: Level, mapping: SchemaMapping, access: Access) -> Q:
    """Return the condition if the viewer is shown the coordinate: everywhere, or on their own rows."""
    field = mapping.fields[coordinate]
    decision = access.decide(coordinate, field.spec.classification)
    if decision.others is Decision.SHOW:
        return condition
    if decision.own is Decision.SHOW and level.owner is not None:
        return condition & Q(level.is_own())
    raise refuse(
        f"You can't filter by {coordinate}: it is not shown to you in clear ({decision.rule}).",
        "FILTER_NOT_ALLOWED",
        status=403,
    )
