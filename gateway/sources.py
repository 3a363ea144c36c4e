"""Where a field's value comes from: the words of `declaration` say it, and the planner reads it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models.expressions import Combinable

from gateway.classification import Classification

SPEC = "gateway"  # the key of a Spec in a field's metadata


@dataclass(frozen=True, kw_only=True)
class Column:
    """A model's column, or one reached through to-one relations (`security__isin`)."""

    path: str | None = None  # None: the column of the field's own name
    mask: Callable[[str], Combinable] | None = None  # path -> expression of the masked text


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """An encrypted column `<path>_sealed` with its masked form beside it in `<path>_masked`."""

    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class Computed:
    """An ORM annotation, and its masked form if it has one."""

    expression: Callable[[], Combinable]
    mask: Callable[[], Combinable] | None = None


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """An object without identity, made of its owner's columns: field of the object -> path in the owner."""

    parts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ToOne:
    """A relation to one row, forward or backward."""

    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class ToMany:
    """A relation to many rows, answered as a connection in keyset order."""

    path: str | None = None
    order: str  # the default order: a column, `-` before it for descending


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A value that PostgreSQL can't compute: computed once for all its parents of an answer.

    `compute` takes one tuple for each parent, with the columns' values as JSON has them, then the texts of the
    field's arguments (None if left out) and the viewer's ids that are named, and returns one JSON value for each,
    in the same order; for an object a dict by the names of its fields.
    """

    columns: tuple[str, ...]
    viewer: tuple[str, ...] = ()  # attributes of the viewer, such as `user_id`
    compute: Callable[[Sequence[tuple[Any, ...]]], Sequence[Any]]


@dataclass(frozen=True)
class GlobalId:
    """The identifier of an entity in the whole graph: `Type:uuid`."""


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """A way in to one entity: argument -> column that must be equal to it."""

    by: Mapping[str, str]


@dataclass(frozen=True)
class NodeLookup:
    """The way in to any entity by its global id."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A way in to many entities, answered as a connection in keyset order."""

    order: str


@dataclass(frozen=True)
class Announcement:
    """What a subscription is told: one entity at a time, whose key comes with the request that tells it."""


@dataclass(frozen=True)
class Operation:
    """A mutation: `run(viewer, **arguments)` returns the payload, in which an entity is its primary key.

    One that is idempotent takes a key, and does for one key what it does a single time (`idempotency`).
    """

    run: Callable[..., Any]
    idempotent: bool = False


@dataclass(frozen=True)
class Question:
    """A query that the gateway itself answers: `run(viewer, **arguments)` returns the payload."""

    run: Callable[..., Any]


Source = (
    Column | Sealed | Computed | Embedded | ToOne | ToMany | Batch | GlobalId | Lookup | NodeLookup | Listing
    | Announcement | Operation | Question
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What the planner and the policy know of a field."""

    source: Source
    classification: Classification
    arguments: Mapping[str, Any] = field(default_factory=dict)  # name -> type annotation
    cost: int | None = None  # points each time it is answered; None: the default in gateway.weights
