"""A level: the rows of one entity at one place of the answer, whose data they are, and what they disclose."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, OuterRef, QuerySet, UUIDField
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.lookups import Exact

from gateway.access import FieldDecision
from gateway.planning.expressions import Wrapped
from gateway.planning.mapping import Entity
from gateway.slots import Slot, viewer_slot


@dataclass(eq=False)
class Level:
    """The rows of one entity at one place of the answer.

    `owner` is the level at which the subject is found (this one, or an ancestor that shares it), `rows` the
    rows chosen, in order and cut to a page; `limit` the slot that cuts them to the page asked for.
    """

    entity: Entity
    path: tuple[str, ...]
    parent: "Level | None"
    owner: "Level | None" = None
    rows: "QuerySet[Any] | None" = None
    limit: Slot | None = None
    shows_rows: bool = True  # a connection of which only counts or cursors are asked shows none
    disclosed: dict[str, FieldDecision] = field(default_factory=dict)
    children: "list[Level]" = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.parent is not None:
            self.parent.children.append(self)

    @property
    def subject_is_shared(self) -> bool:
        """Tell whether a row may be several persons' (its subject passes through a to-many relation)."""
        return self.entity.subject is not None and _passes_to_many(self.entity)

    def is_own(self, *, inside: int = 0) -> Any:
        """Return the condition that a row of this level is the viewer's own; None if it is nobody's.

        `inside` says how many queries further in than this level's the condition stands.
        """
        if self.owner is None:
            return None
        distance, level = inside, self
        while level is not self.owner:
            assert level.parent is not None
            distance, level = distance + 1, level.parent
        subject = self.owner.entity.subject
        assert subject is not None
        if self.owner.subject_is_shared:
            rows = self.owner.entity.model._default_manager.filter(
                pk=outer("pk", distance + 1), **{subject: viewer_slot("customer_id")}
            )
            return Exists(rows)
        return Exact(F(subject) if distance == 0 else outer(subject, distance), viewer_slot("customer_id"))

    def subjects(self) -> Any:
        """Return the expression of a row's subjects: one id, or an array of them if it is shared."""
        assert self.entity.subject is not None
        if not self.subject_is_shared:
            return F(self.entity.subject)
        if self.entity.subjects is not None:
            return F(self.entity.subjects)
        rows, path = self._joined()
        rows = rows.filter(**{f"{path}__isnull": False})
        return Wrapped(rows.values(_s=F(path)), "ARRAY%(subquery)s", output_field=ArrayField(UUIDField()))

    def _joined(self) -> "tuple[QuerySet[Any], str]":
        """Return the rows through which a shared row leads to its subjects, and the path from there.

        They start behind the first step where that step leads back by a key of its own: a join less.
        """
        model: Any = self.entity.model
        assert self.entity.subject is not None
        first, _, rest = self.entity.subject.partition("__")
        step = model._meta.get_field(first)
        if isinstance(step, ForeignObjectRel) and not step.many_to_many and rest:
            return step.related_model._default_manager.filter(**{step.field.name: OuterRef("pk")}), rest
        return model._default_manager.filter(pk=OuterRef("pk")), self.entity.subject

    def places(self) -> "list[Place]":
        """Return where a receipt names ids: at this level, and at those below it."""
        own = [Place(self)] if self.owner is self else []
        own += [Place(self, is_keys=True)] if self.entity.recorded else []
        return own + [place for child in self.children for place in child.places()]

    def all(self) -> "list[Level]":
        """Return this level and those below it."""
        return [self, *(found for child in self.children for found in child.all())]


@dataclass(frozen=True)
class Place:
    """Where a receipt names ids: a level at which new subjects are found, or (`is_keys`) whose rows it names."""

    level: Level
    is_keys: bool = False

    @property
    def tells_rows(self) -> bool:
        """Tell whether there is one id for each row of the level: each has its own."""
        return self.is_keys or self.level.entity.subject == "id"


def outer(path: str, distance: int) -> Any:
    """Return a reference to a column `distance` queries further out."""
    reference: Any = path
    for _ in range(distance):
        reference = OuterRef(reference)
    return reference


def _passes_to_many(entity: Entity) -> bool:
    model: Any = entity.model
    assert entity.subject is not None
    for step in entity.subject.split("__"):
        found = model._meta.get_field("id" if step == "pk" else step)
        if found.one_to_many or found.many_to_many:
            return True
        model = found.related_model
    return False


def shares_subject(parent: Entity, relation: Any, child: Entity) -> bool:
    """Tell whether the rows that a relation leads to are the data of the same person as the row it starts from.

    It does when following the child's subject leads back through the relation itself, so that the answer is
    known without a join.
    """
    if parent.subject is None or child.subject is None:
        return False
    if isinstance(relation, ForeignObjectRel):
        back: Any = relation.field
        if back.many_to_many:
            return False
        here = back.attname if parent.subject == "id" else f"{back.name}__{parent.subject}"
        return child.subject == here
    if relation.many_to_many:
        return False
    there = relation.attname if child.subject == "id" else f"{relation.name}__{child.subject}"
    return parent.subject == there
