"""A connection becomes one subquery: filtered, in a total order, behind a cursor, cut to a page.

The order is one column and the primary key, both in the same direction, so that a comparison of rows finds the
place behind a cursor by the index. A page's limit is inlined as the smallest size class that holds it (a plan
for each class) and cut by a slot to what was asked.
"""

import json
from typing import TYPE_CHECKING, Any

from django.db.models import F, IntegerField, TextField, Value
from graphql import get_named_type

from domains.vault.sealing import InvalidToken, open_token
from gateway.classification import Decision
from gateway.failures import refuse
from gateway.planning.arguments import PAGE_SIZE_DEFAULT, page_class
from gateway.planning.batch import sealed_cursors
from gateway.planning.columns import ColumnPath, column_path
from gateway.planning.expressions import (
    MARK,
    Concatenation,
    RowAfter,
    Text,
    Wrapped,
    json_object,
    json_value,
    marked,
)
from gateway.planning.gathering import Gathered
from gateway.planning.levels import Level
from gateway.planning.selection import Selected
from gateway.planning.template import Template
from gateway.slots import Bindings, Leaf, Slot

if TYPE_CHECKING:
    from gateway.planning.builder import Builder


class Page:
    """One selected connection: chooses the level's rows, and writes what is selected of them."""

    def __init__(self, builder: "Builder", level: Level, selected: Selected, *, order: str) -> None:
        self.builder, self.level, self.selected = builder, level, selected
        if (tree := selected.arguments.get("filter")) is not None:
            assert selected.mapping is not None
            kind = get_named_type(selected.mapping.graphql.args["filter"].type)
            assert level.rows is not None
            level.rows = level.rows.filter(builder.filter(level, tree, kind))
        self.counted = level.rows  # without the cursor and the page
        self.column, self.descending = self._order(order)
        self.slot, self.limit = self._size()
        self.size = self.slot or Value(self.limit, output_field=IntegerField())
        self.after: Leaf | None = selected.arguments.get("after")
        self.cursors = f"{level.entity.name}:{self.column.path}:{'desc' if self.descending else 'asc'}"
        self._choose_rows()
        level.shows_rows = any(self._shows_rows(child) for child in selected.children.only)

    def gathered(self) -> Gathered:
        """Return the rows of the page, and the JSON text of the connection's selected parts."""
        gathered = Gathered(self.level, is_page=True)
        text = gathered.text
        for number, child in enumerate(self.selected.children.only):
            text.constant(f'{"," if number else "{"}"{child.key}":')
            self._write(child, gathered)
        text.constant("}" if self.selected.children.only else "{}")
        return gathered

    def _write(self, child: Selected, gathered: Gathered) -> None:
        """Write one selected part of the connection."""
        text = gathered.text
        if child.name == "__typename":
            text.constant(f'"{child.parent.name}"')
        elif child.name == "totalCount":
            text.value(text.filler(self._count()))
        elif child.name == "pageInfo":
            self._write_page_info(child, gathered.row, text)
        else:
            value = self._edge(child) if child.name == "edges" else self.builder.object(self.level, child)
            text.constant("[")
            text.value(f"COALESCE(string_agg({gathered.object(value)},','),'')")
            text.constant("]")

    def _edge(self, selected: Selected) -> Concatenation:
        pairs: list[tuple[str, Any]] = []
        for child in selected.children.only:
            if child.name == "__typename":
                pairs.append((child.key, f'"{child.parent.name}"'))
            elif child.name == "cursor":
                pairs.append((child.key, self._cursor(child)))
            else:
                pairs.append((child.key, self.builder.object(self.level, child)))
        return json_object(pairs)

    def _cursor(self, selected: Selected) -> Any:
        label = self._sealing(selected)
        value = json_value(F(self.column.path), self.column.form, nullable=False)
        return marked(label, Concatenation("[", value, ',"', Text(F("pk")), '"]'))

    def _sealing(self, selected: Selected) -> str:
        """Note that Python seals a cursor; return the label of its marker."""
        compute = sealed_cursors(self.cursors)
        return self.builder.batch(selected.path, selected.coordinate, compute, parsed=False)

    def _shows_rows(self, child: Selected) -> bool:
        return child.name == "nodes" or (
            child.name == "edges" and any(below.name == "node" for below in child.children.only)
        )

    def _write_page_info(self, selected: Selected, row: dict[str, Any], text: "Template") -> None:
        for number, child in enumerate(selected.children.only):
            text.constant(f'{"," if number else "{"}"{child.key}":')
            if child.name in ("startCursor", "endCursor", "hasNextPage"):
                row.setdefault(
                    "_key", F("pk")
                )  # makes it a query over the page; without these, nothing counts it
            if child.name == "startCursor":
                self._write_end(child, "1", row, text)
            elif child.name == "endCursor":
                self._write_end(child, "count(*)::int", row, text)
            elif child.name == "hasNextPage":
                size, beyond = text.filler(self.size), text.filler(self._beyond())
                text.value(f"CASE WHEN count(*)<{size} THEN 'false' ELSE {beyond} END")
            elif child.name == "hasPreviousPage":
                text.constant("false" if self.after is None else "true")
            else:
                text.constant(f'"{child.parent.name}"')
        text.constant("}" if selected.children.only else "{}")

    def _write_end(self, selected: Selected, place: str, row: dict[str, Any], text: "Template") -> None:
        """Write the cursor of one row of the page; its text is made for that row alone."""
        row["_order"] = F(self.column.path)
        label = self._sealing(selected)
        order = self.column.form.value % {"expressions": f"(array_agg(page._order))[{place}]"}
        start = text.filler(Value(f"{MARK}{label}:[", output_field=TextField()))
        end = text.filler(Value(f'"]{MARK}', output_field=TextField()))
        key = f"(array_agg(page._key))[{place}]::text"
        text.value(f"COALESCE({start}||{order}||',\"'||{key}||{end},'null')")

    def _beyond(self) -> Any:
        """Return whether rows follow the page, in any order: cheaper than fetching one row more."""
        return Wrapped(
            self.following.values("pk"),
            "EXISTS(SELECT 1 FROM %(subquery)s AS following OFFSET {0})::text",
            self.size,
        )

    def _count(self) -> Any:
        assert self.counted is not None
        return Wrapped(self.counted.values("pk"), "(SELECT count(*)::text FROM %(subquery)s AS counted)")

    def _size(self) -> tuple[Slot | None, int]:
        """Return the slot of `first` and the limit that is inlined; no slot for the default size."""
        leaf: Leaf | None = self.selected.arguments.get("first")
        if leaf is None:
            return None, PAGE_SIZE_DEFAULT
        return Slot((*leaf.key, "size"), leaf.read, IntegerField()), page_class(leaf.value)

    def _order(self, default: str) -> tuple[ColumnPath, bool]:
        path, descending = default.lstrip("-"), default.startswith("-")
        chosen = self.selected.arguments.get("orderBy")
        if chosen is not None:
            value = chosen.value if isinstance(chosen, Leaf) else {k: v.value for k, v in chosen.items() if v}
            path = value["field"].value
            descending = getattr(value.get("direction"), "value", "ASC") == "DESC"
            self._permit_order(path)
        return column_path(self.level.entity.model, path, self.level.entity.name), descending

    def _permit_order(self, path: str) -> None:
        """Refuse to order by what the viewer does not see in clear on every row."""
        for field in self.level.entity.fields.values():
            parts = getattr(field.spec.source, "parts", {})
            if path != field.path and path not in parts.values():
                continue
            decision = self.builder.access.decide(field.coordinate, field.spec.classification)
            if decision.others is Decision.SHOW or (decision.own is Decision.SHOW and self._only_own_rows()):
                continue
            raise refuse(
                f"You can't order by {field.coordinate}: it is not shown to you in clear ({decision.rule}).",
                "ORDER_NOT_ALLOWED",
                status=403,
            )

    def _only_own_rows(self) -> bool:
        return self.builder.access.sees_only_own()

    def _choose_rows(self) -> None:
        rows = self.level.rows
        assert rows is not None
        if self.after is not None:
            columns = [F(self.column.path), F("pk")]
            rows = rows.filter(
                RowAfter(columns, [self._behind(0), self._behind(1)], descending=self.descending)
            )
        sign = "-" if self.descending else ""
        self.following = rows
        self.level.rows = rows.order_by(f"{sign}{self.column.path}", f"{sign}pk")[: self.limit]
        self.level.limit = self.slot

    def _behind(self, number: int) -> Slot:
        """Return the slot of one value of the cursor that `after` carries."""
        assert self.after is not None
        read, context, path = self.after.read, self.cursors, self.selected.path
        field: Any = self.column.field if number == 0 else self.level.entity.model._meta.pk

        def value(bindings: Bindings) -> Any:
            return opened_cursor(str(read(bindings)), context, path)[number]

        return Slot((*self.after.key, context, number), value, field)


def opened_cursor(token: str, context: str, path: tuple[str, ...]) -> list[Any]:
    """Return the order value and the key that a cursor holds; refuse one that was not made for this order."""
    try:
        values: list[Any] = json.loads(open_token(context=context, token=token))
    except InvalidToken:
        raise refuse(
            f"`after` of {'.'.join(path)} is no cursor of this list in this order: "
            "take one from `pageInfo` or `edges` of the same field with the same `orderBy`.",
            "INVALID_CURSOR",
        ) from None
    return values
