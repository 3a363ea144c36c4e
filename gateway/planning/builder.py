"""Levels become ORM expressions: each selected field is decided, then written as JSON text by the statement."""

from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, Model, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.fields.reverse_related import ForeignObjectRel
from graphql import GraphQLError
from strawberry.utils.str_converters import to_camel_case

from gateway.access import Access, FieldDecision
from gateway.classification import Decision
from gateway.failures import coded, refuse
from gateway.masking import decided
from gateway.planning import columns
from gateway.planning.batch import BatchField, projected, sealed_field
from gateway.planning.columns import column_path
from gateway.planning.connections import Page
from gateway.planning.expressions import (
    Concatenation,
    JsonForm,
    Text,
    json_object,
    json_value,
    marked,
    nullable,
)  # fmt: skip
from gateway.planning.filters import conditions
from gateway.planning.gathering import Carried, Gathered
from gateway.planning.levels import Level, shares_subject
from gateway.planning.mapping import Entity, FieldMapping, SchemaMapping
from gateway.planning.selection import Selected
from gateway.slots import Leaf, text_slot, value_slot, viewer_slot
from gateway.sources import (
    Announcement,
    Batch,
    Column,
    Computed,
    Embedded,
    GlobalId,
    Listing,
    Lookup,
    NodeLookup,
    Sealed,
    ToMany,
    ToOne,
)

NULL = "null"
ANNOUNCED = Leaf(("announced",), lambda bindings: bindings.request["announced"], None)


class Builder:
    """Builds the rows of one root field, and collects what comes with it.

    After `root`: `batches` (fields that Python finishes), `errors` (coordinates that are hidden), `sought` (the
    keys of a look-up) and `is_announced` (nothing was asked for).
    """

    def __init__(self, mapping: SchemaMapping, access: Access) -> None:
        self.mapping, self.access = mapping, access
        self.batches: list[BatchField] = []
        self.errors: list[GraphQLError] = []
        self.sought: list[Leaf] = []
        self.by_masked_key = False  # whether something is found by a key that is masked for the viewer
        self.is_announced = False

    def root(self, selected: Selected) -> Gathered | None:
        """Return the rows of a root field; None for what nothing can be found by."""
        assert selected.mapping is not None
        source = selected.mapping.spec.source
        if isinstance(source, Listing):
            entity = self.mapping.target(selected.mapping)
            level = self._level(entity, selected, parent=None, relation=None)
            return Page(self, level, selected, order=source.order).gathered()
        if isinstance(source, NodeLookup):
            return self._node(selected)
        if isinstance(source, Announcement):
            self.is_announced = True
            return self._one(self.mapping.target(selected.mapping), selected, {"pk": ANNOUNCED})
        assert isinstance(source, Lookup), f"{selected.coordinate} is no root that a statement answers"
        equal = {
            column: selected.arguments.get(argument) for argument, column in _graphql_names(source.by).items()
        }
        entity = self.mapping.target(selected.mapping)
        own_only = self._permit_look_up(entity, selected, set(equal))
        return self._one(entity, selected, equal, own_only=own_only)

    def _permit_look_up(self, entity: Entity, selected: Selected, columns: set[str]) -> bool:
        """Tell whether a key finds the viewer's own rows only, as it is shown to them in clear on those alone.

        Refuse a key that is not shown to them at all, unless finding by it is a grant of its own.
        """
        granted, own_only = self.access.may_look_up(selected.coordinate), False
        for field in entity.fields.values():
            if not isinstance(field.spec.source, Column) or field.path not in columns:
                continue
            decision = self.access.decide(field.coordinate, field.spec.classification)
            if decision.others is Decision.SHOW:
                continue
            if granted:
                self.by_masked_key = True
                continue
            if decision.own is Decision.SHOW and entity.subject is not None:
                own_only = True
                continue
            raise refuse(
                f"You can't look up by {field.coordinate}: it is not shown to you in clear ({decision.rule}).",
                "LOOKUP_NOT_ALLOWED",
                status=403,
            )
        return own_only

    def by_key(self, entity: Entity, selected: Selected, key: Leaf) -> Gathered:
        """Return the entity with a primary key, as after a mutation."""
        return self._one(entity, selected, {"pk": key})

    def _node(self, selected: Selected) -> Gathered | None:
        leaf: Leaf = selected.arguments["id"]
        name = str(leaf.value).partition(":")[0]
        entity = self.mapping.entities.get(name)
        if entity is None or entity.name not in selected.children.by_type:
            return None
        key = Leaf((*leaf.key, "key"), lambda bindings: _key_in(leaf.read(bindings)), None)
        return self._one(entity, selected, {"pk": key})

    def _one(
        self, entity: Entity, selected: Selected, equal: dict[str, Leaf | None], *, own_only: bool = False
    ) -> Gathered:
        level = self._level(entity, selected, parent=None, relation=None)
        rows = level.rows
        assert rows is not None
        if own_only:
            rows = rows.filter(Q(level.is_own()))
        for path, leaf in equal.items():
            if leaf is None:  # an optional key that was not given selects nothing
                rows = rows.filter(Value(False))
                continue
            self.sought.append(leaf)
            rows = rows.filter(**{path: value_slot(leaf, column_path(entity.model, path, entity.name).field)})
        level.rows = rows
        return self._row(level, selected)

    def _row(self, level: Level, selected: Selected) -> Gathered:
        """Return the one row of a level, if there is one."""
        gathered = Gathered(level, is_page=False)
        gathered.text.value(gathered.object(self.object(level, selected)))
        return gathered

    def object(self, level: Level, selected: Selected) -> Concatenation:
        """Return the JSON object of one row of a level."""
        selections = selected.children.by_type[level.entity.name]
        return json_object([(child.key, self._value(level, child)) for child in selections])

    def _level(self, entity: Entity, selected: Selected, *, parent: Level | None, relation: Any) -> Level:
        """Return a new level with the rows that the viewer may see of it."""
        level = Level(entity, selected.path, parent)
        rows: QuerySet[Model] = entity.model._default_manager.all()
        if parent is not None:
            rows = rows.filter(_related(relation))
        if parent is not None and shares_subject(parent.entity, relation, entity):
            level.owner = parent.owner
        else:
            level.owner = level if entity.subject is not None else None
        inherits = level.owner is not None and level.owner is not level
        owner = level.owner.entity if level.owner is not None else entity
        own_rules = self._has_own_rule(entity) or self._has_own_rule(owner)
        visible = True if inherits and not own_rules else self._visible(entity)
        if visible is False:
            rows = rows.filter(Value(False))
        elif visible is not True:
            rows = rows.filter(visible)
        level.rows = rows
        return level

    def _has_own_rule(self, entity: Entity) -> bool:
        return entity.name in self.access.policy.entity_rows or not self.access.in_scope(entity.name, "read")

    def _visible(self, entity: Entity) -> Q | bool:
        condition = self.access.rows(entity.name, subject=entity.subject)
        if isinstance(condition, bool) or not Level(entity, (), None).subject_is_shared:
            return condition
        # A row with several subjects is visible once, however many of them match.
        matching = entity.model._default_manager.filter(condition, pk=OuterRef("pk"))
        return Q(Exists(matching))

    def _value(self, level: Level, selected: Selected) -> Any:
        """Return the JSON text expression (or constant) of one selected field of a row."""
        if selected.name == "__typename":
            return f'"{level.entity.name}"'
        field = selected.mapping
        assert field is not None
        decision = self.access.decide(field.coordinate, field.spec.classification)
        level.disclosed[field.coordinate] = decision
        if decision.own is Decision.HIDE:
            self._hidden(selected, decision)
            return NULL
        source = field.spec.source
        if isinstance(source, (ToOne, ToMany)):
            if decision.own is not Decision.SHOW:  # there is no masked form of a relation
                return NULL
            return self._relation(level, selected, field, decision)
        is_own = None if decision.uniform else level.is_own()
        clear, masked = self._forms(level, selected, field)
        return decided(decision, clear=clear, masked=masked, is_own=is_own)

    def _hidden(self, selected: Selected, decision: FieldDecision) -> None:
        error = coded(
            f"{selected.coordinate} is not shown to you: {decision.rule}.",
            "UNAUTHORIZED_FIELD_OR_TYPE",
            path=list(selected.path),
            extensions={"coordinate": selected.coordinate},
        )
        if all(known.extensions != error.extensions for known in self.errors):
            self.errors.append(error)

    def _forms(self, level: Level, selected: Selected, field: FieldMapping) -> tuple[Any, Any]:
        """Return the clear and the masked JSON text of a field that is no relation."""
        source, model = field.spec.source, level.entity.model
        if isinstance(source, Column):
            column = column_path(model, field.path, field.coordinate)
            masked = (
                json_value(source.mask(field.path), JsonForm.ESCAPED, nullable=True) if source.mask else None
            )
            return json_value(F(field.path), column.form, nullable=column.nullable), masked
        if isinstance(source, Sealed):
            payload, finish = sealed_field(model, field.path)
            masked = json_value(F(f"{field.path}_masked"), JsonForm.ESCAPED, nullable=True)
            return nullable(self._batched(selected, payload, finish)), masked
        if isinstance(source, GlobalId):
            return Concatenation(f'"{level.entity.name}:', Text(F("pk")), '"'), None
        if isinstance(source, Computed):
            form = columns.computed_form(selected.kind)
            masked = json_value(source.mask(), form, nullable=True) if source.mask else None
            return json_value(source.expression(), form, nullable=not field.non_null), masked
        if isinstance(source, Embedded):
            return self._embedded(model, selected, field, source), None
        assert isinstance(source, Batch)
        payload = _payload(model, source, field, selected.arguments)
        return self._batched(selected, payload, projected(source.compute, selected)), None

    def _embedded(self, model: type[Model], selected: Selected, field: FieldMapping, source: Embedded) -> Any:
        pairs: list[tuple[str, Any]] = []
        for child in selected.children.only:
            if child.name == "__typename":
                pairs.append((child.key, f'"{child.parent.name}"'))
                continue
            part = child.parent.fields[child.name].extensions["strawberry-definition"].python_name
            column = column_path(model, source.parts[part], field.coordinate)
            pairs.append((child.key, json_value(F(column.path), column.form, nullable=column.nullable)))
        first = column_path(model, next(iter(source.parts.values())), field.coordinate)
        return nullable_object(json_object(pairs), first.path) if first.nullable else json_object(pairs)

    def _relation(
        self, level: Level, selected: Selected, field: FieldMapping, decision: FieldDecision
    ) -> Any:
        """Return the object or the connection of related rows."""
        relation = columns.relation(level.entity.model, field.path, field.coordinate)
        target = self.mapping.target(field)
        below = self._level(target, selected, parent=level, relation=relation)
        is_own = None if decision.uniform else level.is_own()
        if is_own is not None:  # rows that are not shown are not chosen either, and leave no receipt
            assert below.rows is not None
            below.rows = below.rows.filter(Q(level.is_own(inside=1)))
        source, absent = field.spec.source, None if isinstance(field.spec.source, ToMany) else NULL
        if isinstance(source, ToMany):
            gathered = Page(self, below, selected, order=source.order).gathered()
        else:
            gathered = self._row(below, selected)
        if not below.places():
            return decided(decision, clear=gathered.json(absent=absent), masked=None, is_own=is_own)
        if decision.uniform:
            return Carried(below, gathered.told(), absent=absent)
        if is_own is None:  # shown of one's own rows only, and these are nobody's
            level.children.remove(below)
            return NULL
        told = Case(When(is_own, then=gathered.told()), default=Value(None), output_field=TextField())
        return Carried(below, told, absent=NULL)

    def _batched(self, selected: Selected, payload: Any, compute: Any) -> Any:
        """Return the marker of a batch field and note what will finish it."""
        return marked(self.batch(selected.path, selected.coordinate, compute), payload)

    def batch(self, path: tuple[str, ...], coordinate: str, compute: Any, *, parsed: bool = True) -> str:
        """Note a field that Python finishes; return the label of its markers."""
        self.batches.append(BatchField(coordinate, path, compute, parsed))
        return str(len(self.batches) - 1)

    def filter(self, level: Level, tree: Any, input_type: Any) -> Q:
        """Return the condition of a `filter` argument, access included."""
        return conditions(tree, input_type, level=level, mapping=self.mapping, access=self.access)


def nullable_object(value: Any, path: str) -> Any:
    """Return the object, or `null` where the column that carries it is NULL."""
    return Case(When(**{f"{path}__isnull": True}, then=Value(NULL)), default=value, output_field=TextField())


def _payload(model: type[Model], source: Batch, field: FieldMapping, given: dict[str, Any]) -> Any:
    """Return the JSON array of what a batch field takes: columns, arguments, the viewer's ids."""
    values: list[Any] = []
    for path in source.columns:
        column = column_path(model, path, field.coordinate)
        values.append(json_value(F(path), column.form, nullable=column.nullable))
    for name in field.spec.arguments:
        leaf = given.get(to_camel_case(name))
        values.append(json_value(text_slot(leaf), JsonForm.ESCAPED, nullable=False) if leaf else NULL)
    ids = [viewer_slot(attribute) for attribute in source.viewer]
    values += [json_value(slot, JsonForm.QUOTED, nullable=True) for slot in ids]
    parts = [part for value in values for part in (",", value)]
    return Concatenation("[", *parts[1:], "]")


def _related(relation: Any) -> Q:
    """Return the condition that joins a related row to the row of the query around it."""
    if isinstance(relation, ForeignObjectRel):
        name = relation.field.name
        return Q(**{name: OuterRef("pk")})
    if relation.many_to_many:
        return Q(**{relation.remote_field.name: OuterRef("pk")})
    return Q(pk=OuterRef(relation.attname))


def _key_in(global_id: Any) -> Any:
    try:
        return UUID(str(global_id).partition(":")[2])
    except ValueError:
        return None  # what can't be an id finds nothing


def _graphql_names(names: Any) -> dict[str, str]:
    return {to_camel_case(argument): column for argument, column in names.items()}
