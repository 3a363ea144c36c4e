"""Twins of a book: the same book, but for what one viewer may not see.

For a viewer, every stored value that is masked or hidden for them is replaced (of a masked one, the masked form
stays), and of the rows that they may not see, every other one is gone. What a viewer may see is worked out here
from the policy's table alone, with no code of the gateway's. The replacing is done as the superuser, with
triggers off: what only grows, and what only the ledger may change, is changed like everything else.
"""

import datetime
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connections, transaction
from django.db.models import F, Field, QuerySet, UUIDField
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.utils import DataError
from graphql import get_named_type

from domains.customers.queries import customers_assigned_to
from domains.identity.scopes import covers
from domains.vault.sealing import digest, open_sealed, seal
from gateway.access import EVERY_ROW, NO_ROW, OWN_ROWS, Policy
from gateway.classification import Decision
from gateway.planning.mapping import Entity, FieldMapping, SchemaMapping
from gateway.sources import Batch, Column, Computed, Embedded, Listing, Sealed, ToMany, ToOne
from gateway.viewer import Viewer
from schema.rows import ASSIGNED, ONESELF, OWNED


@contextmanager
def using(database: Any) -> Iterator[None]:
    """Let this thread's `default` be another connection while the block runs."""
    before = connections["default"]
    _use(database)
    try:
        yield
    finally:
        _use(before)


def _use(database: Any) -> None:
    connections["default"] = database
    if database.connection is not None:  # what is prepared is remembered for one connection of a thread
        with database.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")


def connection_to(name: str, *, user: str | None = None) -> Any:
    """Return a connection like `default` to another database, perhaps as another role."""
    made = connections["default"].copy()
    made.settings_dict["NAME"] = name
    if user is not None:
        made.settings_dict["USER"] = user
    return made


def make_twin(name: str, mapping: SchemaMapping, policy: Policy, viewer: Viewer) -> "Twin":
    """Make the database `name`: the present one, changed in all that the viewer may not see."""
    original = str(connections["default"].settings_dict["NAME"])
    for alias in ("default", "owner"):
        connections[alias].close()
    superuser = connection_to("postgres", user="postgres")
    with superuser.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
    superuser.close()
    twin = Twin(mapping, policy, viewer, connection_to(name))
    changing = connection_to(name, user="postgres")
    with using(changing), changing.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        with transaction.atomic():
            for entity in mapping.entities.values():
                twin.change(entity)
    changing.close()
    return twin


def drop_twin(twin: "Twin") -> None:
    """Drop a twin's database."""
    name = twin.database.settings_dict["NAME"]
    twin.database.close()
    superuser = connection_to("postgres", user="postgres")
    with superuser.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    superuser.close()


@dataclass
class Twin:
    """A changed book, and how many values of each coordinate were changed, and rows removed, in it."""

    mapping: SchemaMapping
    policy: Policy
    viewer: Viewer
    database: Any
    changed: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)

    def change(self, entity: Entity) -> None:
        """Change what the viewer may not see of an entity's rows."""
        rows = entity.model._base_manager.all()
        visible, own = self._visible(entity, rows), self._own(entity, rows)
        readers = readers_of(entity, self.mapping)
        for number, row in enumerate(rows.order_by("pk")):
            if row.pk in (self.viewer.id, self.viewer.user_id):
                continue  # who asks stays who they are
            if row.pk not in visible and number % 2:
                rows.filter(pk=row.pk).delete() if not _is_referred_to(entity) else _remove(row)
                self.removed[entity.name] += 1
                continue
            wanted = {
                column: decision
                for column, fields in readers.items()
                if (decision := self._of_column(entity, row, column, fields, visible, own))
                is not Decision.SHOW
            }
            for column in changed(row, {name: (readers[name], wanted[name]) for name in wanted}, number):
                self.changed.update(each.coordinate for each in readers[column])

    def _of_column(
        self,
        entity: Entity,
        row: Any,
        column: str,
        fields: list[FieldMapping],
        visible: set[UUID],
        own: set[UUID],
    ) -> Decision:
        """Return what the viewer may see of a column of a row: the least that a coordinate over it gives."""
        if row.pk in visible:
            seen = [self._decided(each, own=row.pk in own) for each in fields]
            return min(seen, default=Decision.HIDE)
        joins = entity.model._meta.get_field(_a_column(entity, column)).is_relation
        return Decision.SHOW if joins else Decision.HIDE  # whose it is makes it visible or not

    def _decided(self, field: FieldMapping, *, own: bool) -> Decision:
        entity, roles = field.coordinate.partition(".")[0], self.viewer.roles
        if not self._in_scope(entity):
            return Decision.HIDE
        kind, policy = field.spec.classification, self.policy
        excepted = [policy.exceptions[role, field.coordinate] for role in roles
                    if (role, field.coordinate) in policy.exceptions]  # fmt: skip
        usual = [policy.roles.get(role, {}).get(kind, Decision.HIDE) for role in roles
                 if (role, field.coordinate) not in policy.exceptions]  # fmt: skip
        if own and self.viewer.customer_id is not None and not excepted:
            usual.append(policy.own.get(kind, Decision.HIDE))
        return max([*excepted, *usual], default=Decision.HIDE)

    def _in_scope(self, entity: str) -> bool:
        if self.viewer.scopes is None:
            return True
        resource = self.policy.resources.get(entity)
        return resource is not None and covers(self.viewer.scopes, resource=resource, action="read")

    def _own(self, entity: Entity, rows: QuerySet[Any]) -> set[UUID]:
        if entity.subject is None or self.viewer.customer_id is None:
            return set()
        return set(rows.filter(**{entity.subject: self.viewer.customer_id}).values_list("pk", flat=True))

    def _visible(self, entity: Entity, rows: QuerySet[Any]) -> set[UUID]:
        if not self._in_scope(entity.name):
            return set()
        named, found = self.policy.entity_rows.get(entity.name), set[UUID]()
        for role in self.viewer.roles:
            rule = named.get(role, NO_ROW) if named is not None else self.policy.rows.get(role, NO_ROW)
            if named is None and entity.subject is None:
                rule = EVERY_ROW
            found |= set(self._of_rule(rule, entity, rows).values_list("pk", flat=True))
        return found

    def _of_rule(self, rule: Any, entity: Entity, rows: QuerySet[Any]) -> QuerySet[Any]:
        user = self.viewer.user_id
        if rule is NO_ROW or (rule in (OWN_ROWS, ASSIGNED) and entity.subject is None):
            return rows.none()
        if rule is OWN_ROWS:
            return rows.filter(**{str(entity.subject): self.viewer.customer_id})
        if rule is ASSIGNED:
            return rows.filter(**{f"{entity.subject}__in": customers_assigned_to(user)})
        if rule is ONESELF:
            return rows.filter(pk=user)
        return rows.filter(owner=user) if rule is OWNED else rows  # of an unknown rule nothing is changed


def readers_of(entity: Entity, mapping: SchemaMapping) -> dict[str, list[FieldMapping]]:
    """Return, for each column of an entity's table, the coordinates that say what it is.

    Those are the ones that show the column itself; only where there is none, those that compute from it. A
    column is changed when one of them may not be seen, so a second, more open way to it is found.
    """
    direct: dict[str, list[FieldMapping]] = {}
    computing: dict[str, list[FieldMapping]] = {}
    for each in entity.fields.values():
        source = each.spec.source
        if isinstance(source, (Column, Sealed, ToOne)):
            direct.setdefault(each.path, []).append(each)
        elif isinstance(source, Embedded):
            for path in source.parts.values():
                direct.setdefault(path, []).append(each)
        elif isinstance(source, Batch):
            for path in source.columns:
                computing.setdefault(path, []).append(each)
        elif isinstance(source, Computed):
            for path in _names_in(source.expression()):
                computing.setdefault(path, []).append(each)
    backwards = _read_backwards(mapping)
    found: dict[str, list[FieldMapping]] = {}
    for column in entity.model._meta.concrete_fields:
        name = column.name
        base = name.rsplit("_", 1)[0] if name.endswith(("_sealed", "_masked", "_digest")) else name
        name = base if any(isinstance(each.spec.source, Sealed) for each in direct.get(base, [])) else name
        if column.primary_key or (column.is_relation and (name not in direct or column in backwards)):
            continue  # who is joined to whom is no value of its own, nor is what the other side tells as well
        if isinstance(column, UUIDField) and name not in direct and name not in computing:
            continue  # whose it is, perhaps: rows may be chosen by it
        found[name] = direct.get(name) or direct.get(column.attname) or computing.get(name) or []
    return found


def _read_backwards(mapping: SchemaMapping) -> set[Any]:
    """Return the foreign keys that some coordinate follows from the other side."""
    relations = [
        each.model._meta.get_field(field.path)
        for each in mapping.entities.values()
        for field in each.fields.values()
        if isinstance(field.spec.source, (ToMany, ToOne))
    ]
    return {relation.field for relation in relations if isinstance(relation, ForeignObjectRel)}


def _a_column(entity: Entity, column: str) -> str:
    names = {each.name for each in entity.model._meta.concrete_fields}
    return column if column in names else f"{column}_sealed"


def _names_in(expression: Any) -> Iterator[str]:
    stack = [expression]
    while stack:
        each = stack.pop()
        if isinstance(each, F):
            yield each.name
        stack += [below for below in getattr(each, "get_source_expressions", list)() if below is not None]


def _is_referred_to(entity: Entity) -> bool:
    return any(relation.auto_created for relation in entity.model._meta.related_objects)


def _remove(row: Any) -> None:
    """Remove a row alone: what refers to it stays, as if it lay behind what the viewer may see."""
    table = row._meta.db_table
    with connections["default"].cursor() as cursor:
        cursor.execute(f'DELETE FROM "{table}" WHERE {row._meta.pk.column} = %s', [row.pk])


def changed(row: Any, wanted: dict[str, tuple[list[FieldMapping], Decision]], number: int) -> list[str]:
    """Replace values of a row; return the columns that took another one.

    The first choice of all is tried together; if the table or a masked form is against it, one by one.
    """
    choices = {column: list(_choices(row, column, *told, number)) for column, told in wanted.items()}
    choices = {column: found for column, found in choices.items() if found}
    first = {name: value for found in choices.values() for name, value in found[0].items()}
    if not first:
        return []
    if _taken(row, first, wanted):
        return list(choices)
    return [
        column
        for column, found in choices.items()
        if any(_taken(row, choice, {column: wanted[column]}) for choice in found)
    ]


def _choices(
    row: Any, column: str, fields: list[FieldMapping], decision: Decision, number: int
) -> Iterator[dict[str, Any]]:
    sealed = any(isinstance(each.spec.source, Sealed) for each in fields)
    if decision is Decision.MASK and not sealed and not _masks(column, fields):
        decision = Decision.HIDE  # without a masked form nothing is told
    if sealed:
        yield from _other_seals(row, column, decision, number)
    else:
        yield from ({column: value} for value in islice(_others(row, column, decision, number), 8))


def _taken(row: Any, choice: dict[str, Any], wanted: dict[str, tuple[list[FieldMapping], Decision]]) -> bool:
    """Store other values, unless the table refuses them or a masked form would be another."""
    rows = row._meta.model._base_manager.filter(pk=row.pk)
    masks = [mask for column, (fields, decision) in wanted.items() if decision is Decision.MASK
             for mask in _masks(column, fields)]  # fmt: skip
    forms = rows.annotate(**{f"_form{place}": mask for place, mask in enumerate(masks)}).values_list(
        *[f"_form{place}" for place in range(len(masks))]
    )
    before = forms.get() if masks else None
    try:
        with transaction.atomic():
            rows.update(**choice)
            if masks and forms.get() != before:
                raise IntegrityError("another masked form")
    except (IntegrityError, DataError):
        return False
    return True


def _masks(column: str, fields: list[FieldMapping]) -> list[Any]:
    """Return the expressions of a column's masked forms."""
    found = [(each.spec.source, mask) for each in fields if (mask := getattr(each.spec.source, "mask", None))]
    return [mask(column) if isinstance(source, Column) else mask() for source, mask in found]


def _other_seals(row: Any, column: str, decision: Decision, number: int) -> Iterator[dict[str, Any]]:
    place, names = f"{row._meta.db_table}.{column}", {each.name for each in row._meta.concrete_fields}
    stored = getattr(row, f"{column}_sealed")
    columns = [f"{column}_{part}" for part in ("sealed", "masked", "digest") if f"{column}_{part}" in names]
    if stored is None and decision is Decision.MASK:
        return  # that there is none is no secret
    if stored is not None and decision is Decision.HIDE and number % 3 == 0:
        yield dict.fromkeys(columns)
    value = "invented" if stored is None else open_sealed(table_column=place, pk=row.pk, sealed=stored)
    value += "x" * (number % 5 + 1)
    made: dict[str, Any] = {f"{column}_sealed": seal(table_column=place, pk=row.pk, value=value)}
    if f"{column}_digest" in names:
        made[f"{column}_digest"] = digest(purpose=place, value=value)
    if decision is Decision.HIDE:
        made[f"{column}_masked"] = "?" * (number % 4 + 1)
    yield made


def _others(row: Any, column: str, decision: Decision, number: int) -> Iterator[Any]:
    """Yield other values for a column, the most different first."""
    kind: Field[Any, Any] = row._meta.get_field(column)
    value = getattr(row, kind.attname)
    if kind.is_relation:
        others = kind.related_model._base_manager.exclude(pk=value).order_by("pk")  # type: ignore[union-attr]
        yield from others.values_list("pk", flat=True)[number % 2 :]
        return
    if decision is Decision.HIDE and kind.null:
        if value is None:
            yield from _INVENTED.get(kind.get_internal_type(), [])
            return
        if number % 3 == 0:
            yield None
    if value is None:
        return
    if kind.choices:
        words = [word for word, _ in kind.flatchoices if word != value]
        yield from words[number % max(1, len(words)) :] + words
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, str):
        yield from _other_texts(value, number)
    elif isinstance(value, (int, Decimal)):
        yield value + 7
        yield value + 1
        yield value - value.__class__(1) / 1000 if isinstance(value, Decimal) else value - 1
    elif isinstance(value, datetime.date):
        for days in (40, -40, 1, -1):
            yield value + datetime.timedelta(days=days)
    elif isinstance(value, list):
        of_keys = isinstance(getattr(kind, "base_field", None), UUIDField)
        yield [*value, UUID(int=number) if of_keys else "one more"]
    elif isinstance(value, dict):
        yield {**value, "one more": number}
    elif isinstance(value, (bytes, memoryview)):
        yield bytes(byte ^ 1 for byte in bytes(value)) or b"1"
    elif isinstance(value, UUID):
        yield UUID(int=value.int ^ 1)


_INVENTED: dict[str, list[Any]] = {
    "CharField": ["+919700000001", "invented", "GOOD"],
    "TextField": ["invented"],
    "DecimalField": [Decimal("12.25")],
    "DateField": [datetime.date(2031, 3, 3)],
    "DateTimeField": [datetime.datetime(2031, 3, 3, tzinfo=datetime.UTC)],
    "IntegerField": [7],
    "BooleanField": [True],
    "JSONField": [{"invented": 1}],
}


def _other_texts(text: str, number: int) -> Iterator[str]:
    yield text[:1] + f"zebra {number}" + text[-4:]  # another length; ends that a mask may keep
    yield text[:1] + f" lynx {number}"
    middle = "".join(_turned(letter) for letter in text[3:-4])
    yield text[:3] + middle + text[-4:]
    yield "".join(_turned(letter) for letter in text)
    yield text[:-1] + _turned(text[-1:] or "a")


def _turned(letter: str) -> str:
    return str((int(letter) + 3) % 10) if letter.isascii() and letter.isdigit() else letter


def orders(mapping: SchemaMapping) -> Iterator[str]:
    """Yield the contexts of all cursors that a schema can give."""
    for each in mapping.fields.values():
        if not isinstance(each.spec.source, (Listing, ToMany)):
            continue
        columns = [each.spec.source.order.lstrip("-")]
        if (argument := each.graphql.args.get("orderBy")) is not None:
            choices: Any = get_named_type(get_named_type(argument.type).fields["field"].type)
            columns += [
                str(getattr(choice.value, "value", choice.value)) for choice in choices.values.values()
            ]
        for column in columns:
            for direction in ("asc", "desc"):
                yield f"{mapping.target(each).name}:{column}:{direction}"
