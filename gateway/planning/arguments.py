"""Arguments of fields as the planner sees them: trees whose leaves are slots, and the shape that keys a plan.

A value's *shape* is all of it that changes the statement: which fields of an input are there, a page's size
class, an order, the type in a global id, the value of a condition in @include and @skip. Everything else is a
slot and never part of a key.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from enum import Enum
from typing import Any

from graphql import FieldNode, ListValueNode, NullValueNode, ObjectValueNode, ValueNode, VariableNode

from gateway.failures import refuse
from gateway.slots import Bindings, Leaf

PAGE_SIZE_DEFAULT = 20
PAGE_SIZE_MAX = 200
SOMETHING = "something"  # stands for every value that does not shape a statement
PAGE_CLASSES = (20, 50, PAGE_SIZE_MAX)  # a page's inlined limit: the smallest class that holds it


class Role(Enum):
    """What an argument does to the statement."""

    VALUE = "value"
    PAGE = "page"
    ORDER = "order"
    NODE = "node"
    BRANCH = "branch"  # the condition of @include or @skip


def argument_tree(node: ValueNode, variables: Mapping[str, Any]) -> Any:
    """Return an argument's value as nested dicts and lists of `Leaf`; None where it is null or left out."""
    if isinstance(node, VariableNode):
        name = node.name.value
        return _variable_tree(("variable", name), lambda b: b.variables.get(name), variables.get(name))
    if isinstance(node, NullValueNode):
        return None
    if isinstance(node, ObjectValueNode):
        return {item.name.value: argument_tree(item.value, variables) for item in node.fields}
    if isinstance(node, ListValueNode):
        return _list_tree([argument_tree(value, variables) for value in node.values])
    raise TypeError(f"{node.kind} is a literal, and literals are lifted out of documents")


def _variable_tree(key: tuple[object, ...], read: Callable[[Bindings], Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, dict):
        return {
            name: _variable_tree((*key, name), _item_reader(read, name), item) for name, item in value.items()
        }
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [
            _variable_tree((*key, number), _item_reader(read, number), item)
            for number, item in enumerate(value)
        ]
    return Leaf(key, read, value)


def _item_reader(read: Callable[[Bindings], Any], item: Any) -> Callable[[Bindings], Any]:
    return lambda bindings: read(bindings)[item]


def _list_tree(items: list[Any]) -> Any:
    """Return a list of objects as it is, a list of values as one leaf that gathers them."""
    if any(isinstance(item, (dict, list)) for item in items):
        return items
    leaves: list[Leaf | None] = items
    return Leaf(
        ("list", *(leaf.key if leaf else None for leaf in leaves)),
        lambda bindings: [leaf.read(bindings) if leaf else None for leaf in leaves],
        [leaf.value if leaf else None for leaf in leaves],
    )


def arguments_of(node: FieldNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field's arguments by name, without those that are null or left out."""
    trees = {argument.name.value: argument_tree(argument.value, variables) for argument in node.arguments}
    return {name: tree for name, tree in trees.items() if tree is not None}


def shape(value: Any, roles: Sequence[Role], entities: Container[str]) -> object:
    """Return what of a variable's value changes the statement; `entities` are the types that an id may name."""
    parts = tuple(_role_shape(value, role, entities) for role in roles)
    return parts if len(parts) > 1 else parts[0]


def _role_shape(value: Any, role: Role, entities: Container[str]) -> object:
    if value is None:
        return None
    if role is Role.VALUE:
        return _skeleton(value)
    if role is Role.PAGE:
        return page_class(value)
    if role is Role.NODE:
        name = str(value).partition(":")[0]
        return name if name in entities else ""  # or else every made-up name would make a plan
    return _frozen(value)


def _skeleton(value: Any) -> object:
    if isinstance(value, dict):
        return tuple((name, _skeleton(item)) for name, item in sorted(value.items()))
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return tuple(_skeleton(item) for item in value)
    return value is not None


def _frozen(value: Any) -> object:
    if isinstance(value, dict):
        return tuple((name, _frozen(item)) for name, item in sorted(value.items()))
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


def outline(value: Any, roles: Sequence[Role], entities: Container[str]) -> Any:
    """Return a value of the same shape, with nothing of it left besides: plans outlive whoever asked first."""
    if value is None:
        return None
    if Role.PAGE in roles or Role.NODE in roles:
        return _role_shape(value, Role.PAGE if Role.PAGE in roles else Role.NODE, entities)
    return value if Role.ORDER in roles or Role.BRANCH in roles else _outline(value)


def _outline(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _outline(item) for name, item in value.items()}
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [_outline(item) for item in value]
    return None if value is None else SOMETHING


def page_class(size: int) -> int:
    """Return the inlined limit for a page of `size` rows; refuse a size out of bounds."""
    if not 0 <= size <= PAGE_SIZE_MAX:
        raise refuse(
            f"`first` must be from 0 to {PAGE_SIZE_MAX}; it is {size}.",
            "PAGE_SIZE_OUT_OF_RANGE",
            extensions={"found": size, "allowed": PAGE_SIZE_MAX},
        )
    return next(limit for limit in PAGE_CLASSES if size <= limit)
