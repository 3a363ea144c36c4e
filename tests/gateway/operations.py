"""Makes operations over the schema, to be asked of the gateway and of the oracle alike.

Each is valid and uses what the query language has: aliases, arguments as literals and as variables with and
without defaults (whole or inside objects and lists), fragments named and inline, @include and @skip, `__typename`,
several root fields, introspection beside data. Keys, cursors and filters' values come from the book, so that most
operations find something. A document names every alias once, so that no two fields ever conflict.
"""

import datetime
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)
from hypothesis import strategies as st

from domains.vault.sealing import seal_token
from tests.gateway.book import TRAIL_ENDS
from tests.gateway.oracle import CONNECTIONS, FILTERED, LOOKUPS, NOT_ASKED, Book, snake, written

DEPTH_MAX = 5  # of fields that have fields
FIELDS_MAX = 60
PAGE_SIZES = [1, 2, 3, 5, 0, 19, 20, 21, 50, 51, 200]
ALIASES = ["a", "page", "_row", "on", "null", "pk", "G_"]


# These look into shapes and lists, and are proved by tests of their own.
NOT_FILTERED = {"AuditLogFilter.subject", "AuditLogFilter.viewer", "AuditLogFilter.disclosed"}


@dataclass
class Operation:
    """A document with what is sent beside it."""

    text: str
    variables: dict[str, Any]
    name: str | None


@dataclass
class Fragment:
    """A named fragment that may be spread again on its type."""

    name: str
    kind: str
    depth: int


@dataclass
class Writer:
    """Writes one operation by drawing from hypothesis."""

    draw: Callable[[Any], Any]
    schema: GraphQLSchema
    book: Book
    definitions: list[str] = field(default_factory=list)  # of variables
    values: dict[str, Any] = field(default_factory=dict)
    fragments: list[Fragment] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)  # of fragments
    named: int = 0
    left: int = FIELDS_MAX
    keys: Sequence[str] = tuple(sorted(LOOKUPS))  # the ways in by a key that may be asked

    def chance(self, percent: int) -> bool:
        drawn: int = self.draw(st.integers(0, 99))
        return drawn >= 100 - percent

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[self.draw(st.integers(0, len(choices) - 1))]

    def fresh(self) -> int:
        self.named += 1
        return self.named

    def alias(self) -> str:
        return f"{self.pick(ALIASES)}{self.fresh()}"

    # The document

    def operation(self) -> Operation:
        body = " ".join(self.root() for _ in range(self.draw(st.integers(1, 3))))
        if self.chance(10):
            body = self.spread("Query", body, 0)
        several = self.chance(8)
        name = "Asked" if several or self.chance(30) else None
        variables = f"({', '.join(self.definitions)})" if self.definitions else ""
        parts = [f"query {name or ''}{variables} {{ {body} }}", *self.texts]
        if several:
            parts.insert(self.draw(st.integers(0, len(parts))), "query Other { __typename }")
        return Operation("\n".join(parts), self.values, name if several or self.chance(50) else None)

    def root(self) -> str:
        drawn = self.draw(st.integers(0, 99))
        if drawn < 4:
            return self.pick(["__typename", f"{self.alias()}: __typename"])
        if drawn < 8:
            return self.introspection()
        if drawn < 30:
            return self.node()
        if drawn < 52:
            return self.lookup()
        return self.connection("Query", self.pick(sorted(c for c in CONNECTIONS if c.startswith("Query."))))

    def introspection(self) -> str:
        if self.chance(50):
            below = "queryType { name fields { name } } mutationType { name kind }"
            return f"{self.alias()}: __schema {{ {below} }}"
        name = self.put(
            self.schema.type_map["String"], self.pick(["Customer", "Money", "Nothing"]), needed=True
        )
        fields = "fields { name args { name defaultValue } type { kind name ofType { name } } }"
        return f"{self.alias()}: __type(name: {name}) {{ name {fields} }}"

    def node(self) -> str:
        kind = self.pick(sorted(self.book.tables))
        row = self.row(kind)
        key = f"{kind}:{row.pk}" if not self.chance(6) else f"{self.pick(['Customer', 'Money', ''])}:{row.pk}"
        identifier = self.put(self.schema.type_map["ID"], key, needed=True)
        parts = [f"... on {kind} {{ {self.fields(kind, 1, alone=False)} }}"]
        if self.chance(40):
            other = self.pick(sorted(self.book.tables))
            parts.append(f"... on {other} {{ {self.fields(other, 1, alone=True)} }}")
        if self.chance(60):
            parts.append(self.pick(["id", "__typename", "... on Node { __typename id }"]))
        return f"{self.alias()}: node(id: {identifier}){self.directive()} {{ {' '.join(parts)} }}"

    def lookup(self) -> str:
        name = self.pick(self.keys)
        kind, column = LOOKUPS[name]
        rows = [row for row in self.book.rows(kind) if getattr(row, column) is not None]
        value = getattr(self.pick(rows), column)
        if self.chance(6):
            value = "+919999999999" if name == "customer" else f"{value}?"
        elif name == "customer" and self.chance(20):
            value = value.removeprefix("+91")
        ((argument, definition),) = self.schema.query_type.fields[name].args.items()  # type: ignore[union-attr]
        asked = self.put(definition.type, value)
        below = self.fields(kind, 1, alone=False)
        return f"{self.alias()}: {name}({argument}: {asked}){self.directive()} {{ {below} }}"

    # Selections

    def fields(self, kind_name: str, depth: int, *, alone: bool) -> str:
        """Return a selection on an object type; `alone` gives every field an alias of its own."""
        kind: Any = self.schema.type_map[kind_name]
        asked = {name: found for name, found in kind.fields.items() if f"{kind_name}.{name}" not in NOT_ASKED}
        leaves = [name for name, found in asked.items() if not _has_fields(found)]
        branches = [name for name, found in asked.items() if _has_fields(found)]
        parts = [self.leaf(self.pick(leaves), alone) for _ in range(self.draw(st.integers(1, 4)))]
        if branches and depth < DEPTH_MAX and self.left > 0:
            for _ in range(self.draw(st.integers(0, 2))):
                parts.insert(
                    self.draw(st.integers(0, len(parts))),
                    self.branch(kind, self.pick(branches), depth, alone),
                )
        if self.chance(12):
            parts.append(self.known_fragment(kind_name, depth))
        return self.grouped(kind_name, parts, depth)

    def grouped(self, kind_name: str, parts: list[str], depth: int) -> str:
        """Return the selection with some of it moved into fragments."""
        if self.chance(25):
            cut = self.draw(st.integers(0, len(parts) - 1))
            inside, parts = " ".join(parts[cut:]), parts[:cut]
            if self.chance(50):
                parts.append(self.spread(kind_name, inside, depth))
            else:
                on = self.pick([f" on {kind_name}", ""])
                parts.append(f"...{on}{self.directive()} {{ {inside} }}")
        return " ".join(parts)

    def spread(self, kind_name: str, inside: str, depth: int) -> str:
        name = f"F{self.fresh()}"
        self.texts.append(f"fragment {name} on {kind_name} {{ {inside} }}")
        self.fragments.append(Fragment(name, kind_name, depth))
        return f"...{name}{self.directive()}"

    def known_fragment(self, kind_name: str, depth: int) -> str:
        known = [each for each in self.fragments if each.kind == kind_name and each.depth >= depth]
        return f"...{self.pick(known).name}{self.directive()}" if known else "__typename"

    def leaf(self, name: str, alone: bool) -> str:
        self.left -= 1
        if self.chance(8):
            name = "__typename"
        alias = f"{self.alias()}: " if alone or self.chance(25) else ""
        return f"{alias}{name}{self.directive()}"

    def branch(self, kind: GraphQLObjectType, name: str, depth: int, alone: bool) -> str:
        self.left -= 1
        coordinate = f"{kind.name}.{name}"
        if coordinate in CONNECTIONS:
            return self.connection(kind.name, coordinate, depth)
        target = get_named_type(kind.fields[name].type).name
        alias = f"{self.alias()}: " if alone or self.chance(25) else ""
        below = self.fields(target, depth + 1, alone=False)
        return f"{alias}{name}{self.directive()} {{ {below} }}"

    def connection(self, parent: str, coordinate: str, depth: int = 0) -> str:
        kind, default = CONNECTIONS[coordinate]
        name = coordinate.partition(".")[2]
        definition: GraphQLField = self.schema.type_map[parent].fields[name]  # type: ignore[attr-defined]
        arguments = self.page_arguments(definition, kind, default)
        parts = []
        for _ in range(self.draw(st.integers(1, 2))):
            if self.chance(55):
                parts.append(
                    f"{self.alias()}: nodes{self.directive()} {{ {self.fields(kind, depth + 1, alone=False)} }}"
                )
            elif self.chance(60):
                cursor, node = self.chance(60), self.chance(75)
                below = "cursor " if cursor or not node else ""
                below += f"node {{ {self.fields(kind, depth + 1, alone=False)} }} " if node else ""
                parts.append(f"{self.alias()}: edges {{ {below}{'__typename' if self.chance(15) else ''} }}")
            else:
                parts.append(f"{self.alias()}: nodes {{ {self.fields(kind, depth + 1, alone=False)} }}")
        if self.chance(35):
            parts.insert(self.draw(st.integers(0, len(parts))), self.page_info())
        if self.chance(20):
            parts.insert(self.draw(st.integers(0, len(parts))), self.leaf("totalCount", False))
        if self.chance(8):
            parts.append("__typename")
        type_name = get_named_type(definition.type).name
        return f"{self.alias()}: {name}{arguments}{self.directive()} {{ {self.grouped(type_name, parts, depth)} }}"

    def page_info(self) -> str:
        names = ["hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "__typename"]
        chosen = self.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
        return f"{self.alias()}: pageInfo {{ {' '.join(self.leaf(name, False) for name in chosen)} }}"

    def directive(self) -> str:
        if not self.chance(10):
            return ""
        text = ""
        for name in self.pick([["include"], ["skip"], ["include", "skip"]]):
            value = (name == "include") is not self.chance(20)
            text += f" @{name}(if: {self.put(self.schema.type_map['Boolean'], value, needed=True)})"
        return text

    # Arguments

    def page_arguments(self, definition: GraphQLField, kind: str, default: str) -> str:
        values: dict[str, Any] = {}
        if self.chance(60):
            values["first"] = self.pick([*PAGE_SIZES, None])
        column, direction = default.lstrip("-"), "DESC" if default.startswith("-") else "ASC"
        if "orderBy" in definition.args and self.chance(40):
            order: Any = get_named_type(definition.args["orderBy"].type)
            asked = {"field": self.pick(sorted(get_named_type(order.fields["field"].type).values))}
            direction = "ASC"
            if self.chance(70):
                direction = asked["direction"] = self.pick(["ASC", "DESC"])
            column = asked["field"].lower()
            values["orderBy"] = asked
        if self.chance(25):
            row = self.row(kind)
            context = f"{kind}:{column}:{direction.lower()}"
            payload = json.dumps([written(getattr(row, column)), str(row.pk)]).encode()
            values["after"] = seal_token(context=context, payload=payload) if self.chance(90) else None
        if "filter" in definition.args and (kind == "AuditLog" or self.chance(35)):
            values["filter"] = self.filter(get_named_type(definition.args["filter"].type), kind)
        written_down = [
            f"{name}: {self.put(definition.args[name].type, value)}" for name, value in values.items()
        ]
        return f"({', '.join(written_down)})" if written_down else ""

    def filter(self, kind: Any, entity: str) -> dict[str, Any]:
        found = self.conditions(kind, entity, 0)
        if entity == "AuditLog":  # what the tests themselves leave there is not the book's
            found = {"and": [found, {"recordedAt": {"lt": TRAIL_ENDS.isoformat()}}]}
        return found

    def conditions(self, kind: GraphQLInputObjectType, entity: str, depth: int) -> dict[str, Any]:
        plain = [
            name
            for name in kind.fields
            if name not in ("and", "or", "not") and f"{kind.name}.{name}" not in NOT_FILTERED
        ]
        result: dict[str, Any] = {}
        for name in self.draw(st.lists(st.sampled_from(plain), max_size=2, unique=True)):
            look_up: Any = get_named_type(kind.fields[name].type)
            result[name] = None if self.chance(4) else self.look_up(kind.name, name, look_up, entity)
        if "and" in kind.fields and depth < 2 and self.chance(30):
            word = self.pick(["and", "or", "not"])
            below = [self.conditions(kind, entity, depth + 1) for _ in range(self.draw(st.integers(0, 3)))]
            result[word] = (below or [{}])[0] if word == "not" else below
        return result

    def look_up(self, filter_name: str, name: str, kind: GraphQLInputObjectType, entity: str) -> Any:
        values = [
            value for value in (self.found(filter_name, name, entity) for _ in range(3)) if value is not None
        ]
        result: dict[str, Any] = {}
        for test in self.draw(st.lists(st.sampled_from(sorted(kind.fields)), max_size=2, unique=True)):
            if not values or self.chance(4):
                result[test] = None if not self.chance(50) or test != "in" else []
            elif test == "in":
                result[test] = [self.spelt(value) for value in values[: self.draw(st.integers(0, 3))]]
            elif test == "startsWith":
                result[test] = values[0][: self.draw(st.integers(0, 4))].swapcase()
            else:
                result[test] = self.spelt(self.pick(values))
        return result

    def found(self, filter_name: str, name: str, entity: str) -> Any:
        look, row = FILTERED.get(f"{filter_name}.{name}"), self.row(entity)
        return look(self.book, row) if look else getattr(row, snake(name))

    def spelt(self, value: Any) -> Any:
        """Return a value as a client may write it."""
        if isinstance(value, datetime.datetime):
            zone = datetime.timezone(datetime.timedelta(minutes=330))
            return self.pick(
                [
                    value.isoformat(),
                    value.isoformat().replace("+00:00", "Z"),
                    value.astimezone(zone).isoformat(),
                ]
            )
        if isinstance(value, Decimal):
            moved = value + self.pick([Decimal(0), Decimal("0.001"), Decimal("-0.000001"), Decimal(1)])
            return self.pick(
                [format(moved, "f"), format(moved, "f"), int(moved) if abs(moved) < 2**31 else "7"]
            )
        if isinstance(value, datetime.date):
            return value.isoformat()
        return value

    def row(self, kind: str) -> Any:
        return self.pick(sorted(self.book.rows(kind), key=lambda row: row.pk))

    def put(self, kind: GraphQLInputType, value: Any, *, needed: bool = False, bare: bool = False) -> str:
        """Return the text of an argument's value: a literal, or (unless it is `bare`) a variable."""
        needed = needed or is_non_null_type(kind)
        inner: Any = get_nullable_type(kind)
        if not bare and self.chance(30):
            return self.variable(inner, value, needed)
        if isinstance(value, dict):
            pairs = [f"{name}: {self.put(inner.fields[name].type, item)}" for name, item in value.items()]
            return "{" + ", ".join(pairs) + "}"
        if isinstance(value, list):
            if len(value) == 1 and self.chance(20):
                return self.put(inner.of_type, value[0], bare=True)  # one item stands for a list of it
            return "[" + ", ".join(self.put(inner.of_type, item) for item in value) + "]"
        return literal(inner, value)

    def variable(self, kind: Any, value: Any, needed: bool) -> str:
        name = f"v{self.fresh()}"
        how = self.draw(st.integers(0, 4))
        if value is None:
            self.definitions.append(f"${name}: {kind}")
            if how % 2:
                self.values[name] = None
        elif how == 0:  # by its default
            self.definitions.append(f"${name}: {kind} = {literal(kind, value)}")
        elif how == 1 and not needed:
            self.definitions.append(f"${name}: {kind}")
            self.values[name] = value
        elif how == 2:  # against a default
            default = "null" if not needed else literal(kind, value)
            self.definitions.append(f"${name}: {kind} = {default}")
            self.values[name] = value
        else:
            self.definitions.append(f"${name}: {kind}!")
            self.values[name] = value
        return f"${name}"


def _has_fields(definition: GraphQLField) -> bool:
    return is_composite_type(get_named_type(definition.type))


def literal(kind: Any, value: Any) -> str:
    """Return a value as a literal of a type."""
    inner: Any = get_nullable_type(kind)
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {literal(inner.fields[k].type, v)}" for k, v in value.items()) + "}"
    if isinstance(value, list) and is_list_type(inner):
        return "[" + ", ".join(literal(inner.of_type, item) for item in value) + "]"
    if isinstance(get_named_type(inner), GraphQLEnumType):
        return str(value)
    return json.dumps(value, ensure_ascii=True)
