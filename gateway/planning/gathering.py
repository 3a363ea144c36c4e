"""Rows become one value: their JSON, and beside it whose data they are, found in one pass.

A relation that discloses nobody but those of the row around it is a subquery that answers JSON. One that leads to
others' data (a joint holder's), or holds rows that a receipt names, answers JSON and ids as one composite value;
the rows around it take that apart, join the JSON into their own, and gather the ids with their own. So a page is
read once, whatever is told of it. The ids of a place stay an array until they arrive at the top, where repeated
ones are sorted out once.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Expression, F, Value

from gateway.planning.expressions import Concatenation, Wrapped
from gateway.planning.levels import Level, Place
from gateway.planning.template import Template

NOBODY = "NULL::uuid[]"
PAGE = "page"


class Carried(Expression):
    """A relation's JSON and ids, on the way into the object of the row around it; stands for its JSON there.

    It is never compiled: `Gathered.object` takes it apart.
    """

    def __init__(self, level: Level, value: Any, *, absent: str | None) -> None:
        super().__init__()
        self.level, self.value, self.absent = level, value, absent

    def json(self, column: str) -> str:
        """Return the SQL of its JSON, `absent` where there is none."""
        json = f"({column}).json"
        return json if self.absent is None else f"COALESCE({json},'{self.absent}')"


class Gathered:
    """The rows of a level: what each computes, and the text (JSON) that is made of them.

    `is_page` tells that there may be many, ordered and cut: the text is made by aggregates. Otherwise there is one
    at most.
    """

    def __init__(self, level: Level, *, is_page: bool) -> None:
        self.level, self.is_page = level, is_page
        self.text = Template()
        self.row: dict[str, Any] = {}  # what each row computes, by alias
        self._columns: dict[Level, str] = {}  # in which a row carries what is told of a level below it

    def object(self, value: Concatenation) -> str:
        """Have each row compute a JSON object; return the SQL of its text."""
        if not any(isinstance(part, Carried) for part in value.parts):
            return self._column("row", value)
        pieces: list[str] = []
        between: list[Any] = []
        for part in value.parts:
            if not isinstance(part, Carried):
                between.append(part)
                continue
            pieces += [self._text(between)] if between else []
            between = []
            column = self._columns[part.level] = self._column("told", part.value)
            pieces.append(part.json(column))
        return "||".join([*pieces, self._text(between)] if between else pieces)

    def _text(self, parts: list[Any]) -> str:
        if all(isinstance(part, Value) for part in parts):
            return self.text.filler(Concatenation(*parts))
        return self._column("row", Concatenation(*parts))

    def _column(self, kind: str, value: Any) -> str:
        alias = f"_{kind}{len(self.row)}"
        self.row[alias] = value
        return f"{PAGE}.{alias}"

    def json(self, *, absent: str | None = None) -> Wrapped:
        """Return the JSON alone, `absent` if there is no row; of a level that has no places."""
        if self.is_page:
            return self._wrapped(lambda _: self.text.sql())
        assert self.level.rows is not None
        text = "%(subquery)s" if absent is None else f"COALESCE(%(subquery)s,'{absent}')"
        return Wrapped(self.level.rows.values(**self.row), text)

    def told(self) -> Wrapped:
        """Return the JSON and the ids of the level's places as one value; NULL if there is no row."""
        return self._wrapped(lambda ids: f"ROW({self.text.sql()},{_composed(ids)})::audit_told")

    def columns(self, names: dict[Place, str], *, counted: bool, condition: str) -> Wrapped:
        """Return the JSON, the ids of each place, each once, and (`counted`) the number of rows, as columns.

        The page is not read unless the condition holds.
        """

        def written(ids: dict[Place, str]) -> str:
            columns = [f"{self.text.sql()} AS json"]
            for place, name in names.items():
                found = ids[place]
                if self._repeats(place):
                    found = f"ARRAY(SELECT DISTINCT unnest({found}))"
                columns.append(f"{found} AS {name}")
            if counted:
                columns.append(f"{self._number()} AS n")
            return ", ".join(columns)

        return self._wrapped(written, condition=f" WHERE {condition}")

    def _number(self) -> str:
        if not self.level.shows_rows:
            return "0"
        return "count(*)::int" if self.is_page else "1"

    def _repeats(self, place: Place) -> bool:
        """Tell whether an id may be found more than once at a place."""
        if place.level is not self.level:
            return True
        return not place.tells_rows and (self.is_page or self.level.subject_is_shared)

    def _wrapped(self, written: Callable[[dict[Place, str]], str], *, condition: str = "") -> Wrapped:
        level = self.level
        assert level.rows is not None
        told = written(self._ids())
        if not self.row:
            return Wrapped(level.rows.values("pk"), f"(SELECT {told}{condition})", *self.text.fillers)
        rows = "%(subquery)s"
        if level.limit is not None:
            rows = f"(SELECT * FROM %(subquery)s AS chosen LIMIT {self.text.filler(level.limit)})"
        elif not self.is_page:  # a fence: what a row carries is read at several places, and computed once
            rows = "(SELECT * FROM %(subquery)s AS chosen OFFSET 0)"
        text = f"(SELECT {told} FROM {rows} AS {PAGE}{condition})"
        return Wrapped(level.rows.values(**self.row), text, *self.text.fillers)

    def _ids(self) -> dict[Place, str]:
        """Return the SQL of the ids found at each place, over all rows; have each row compute its own."""
        ids = {place: self._own(place) for place in self.level.places() if place.level is self.level}
        for child in self.level.children:
            for number, place in enumerate(child.places()):
                ids[place] = self._of_rows(_taken(self._columns[child], number))
        return ids

    def _own(self, place: Place) -> str:
        if not self.level.shows_rows:
            return NOBODY
        column = "_key_told" if place.is_keys else "_subject"
        self.row[column] = F("pk") if place.is_keys else self.level.subjects()
        several = self.level.subject_is_shared and not place.is_keys
        return self._of_rows(f"{PAGE}.{column}") if several else self._of_row(f"{PAGE}.{column}")

    def _of_row(self, column: str) -> str:
        return f"array_agg({column})" if self.is_page else f"ARRAY[{column}]"

    def _of_rows(self, column: str) -> str:
        return f"audit_all({column})" if self.is_page else column


def _composed(ids: dict[Place, str]) -> str:
    """Return the ids of all places as the last two fields of the composite value."""
    first, *further = ids.values()
    if not further:
        return f"{first},NULL"
    return f"{first},ARRAY[{','.join(f'ROW({each})::audit_ids' for each in further)}]"


def _taken(column: str, number: int) -> str:
    """Return the ids of one place out of the composite value."""
    return f"({column}).ids" if number == 0 else f"(({column}).further[{number}]).ids"
