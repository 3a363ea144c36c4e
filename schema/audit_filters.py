"""How the trail is searched: by whose data, by whom, by what was disclosed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, F, Q, TextField, UUIDField

from domains.audit.events import Event
from domains.audit.queries import about_subjects, shapes
from gateway.access_explanation import AccessDecision
from gateway.planning.expressions import EqualsAny, Wrapped
from gateway.slots import Leaf, Slot, enum_value

KEYS = ArrayField(UUIDField())


@strawberry.input(description="Conditions on a key: plain, or a global id.")
class KeyLookup:
    """Conditions on a key."""

    eq: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Equal to this key.")


@strawberry.input(description="Conditions on what was disclosed.")
class DisclosureLookup:
    """Conditions on what was disclosed."""

    coordinate: str | None = strawberry.field(
        default=strawberry.UNSET, description="This coordinate, `Type.field`, was asked for."
    )
    decision: AccessDecision | None = strawberry.field(
        default=strawberry.UNSET, description="With this decision, on the viewer's own rows or on others'."
    )


def by_subject(given: Mapping[str, Leaf]) -> Q:
    """Return the condition that an event concerns a person; found by the index, whatever the order."""
    if (leaf := given.get("eq")) is None:
        return Q()
    person = Slot((*leaf.key, "keys"), lambda bindings: [_key(leaf.read(bindings))], UUIDField(), array=True)
    return Q(EqualsAny(F("pk"), Wrapped(about_subjects(person), "ARRAY%(subquery)s", output_field=KEYS)))


def by_viewer(given: Mapping[str, Leaf]) -> Q:
    """Return the condition that a principal did it."""
    if (leaf := given.get("eq")) is None:
        return Q()
    return Q(viewer_id=Slot((*leaf.key, "key"), lambda bindings: _key(leaf.read(bindings)), UUIDField()))


def by_disclosure(given: Mapping[str, Leaf]) -> Q:
    """Return the condition that the event disclosed a coordinate, with a decision; one that missed did not."""
    if not given:
        return Q()
    names, decisions = given.get("coordinate"), given.get("decision")
    found = shapes(coordinate=_text(names, "coordinate"), decision=_text(decisions, "decision"))
    return ~Q(event=Event.LOOKUP_MISSED.value) & Q(
        EqualsAny(F("shape_id"), Wrapped(found, "ARRAY%(subquery)s", output_field=ArrayField(CharField())))
    )


def _text(leaf: Leaf | None, name: str) -> Any:
    if leaf is None:
        return None
    return Slot((*leaf.key, name), lambda bindings: _word(leaf.read(bindings)), TextField())


def _word(value: Any) -> Any:
    return getattr(value, "name", enum_value(value))


def _key(text: Any) -> UUID | None:
    """Return the key in a global id or a plain key; what is none finds nothing."""
    try:
        return UUID(str(text).rpartition(":")[2])
    except ValueError:
        return None
