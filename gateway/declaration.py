"""The words with which `schema` declares what may be asked: entities, their fields, and ways in.

A declaration says where a field's value comes from and what kind of data it is. It carries no resolver: the
planner reads it from the field's metadata. Adding a type, a field or a filter needs nothing but these words.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import strawberry
import strawberry_django
from django.db.models import Model
from django.db.models.expressions import Combinable
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry_django.fields.field import StrawberryDjangoField

from gateway.classification import Classification, Classified
from gateway.sources import (
    SPEC,
    Announcement,
    Batch,
    Column,
    Computed,
    Embedded,
    GlobalId,
    Listing,
    Lookup,
    NodeLookup,
    Operation,
    Question,
    Sealed,
    Source,
    Spec,
    ToMany,
    ToOne,
)
from gateway.weights import Costed


class DeclaredField(StrawberryDjangoField):
    """A field without a resolver whose arguments come from its declaration."""

    @property
    def arguments(self) -> list[StrawberryArgument]:
        """Return the declared arguments; those that may be null may be left out."""
        spec: Spec | None = self.metadata.get(SPEC)
        return [] if spec is None else [_argument(name, kind) for name, kind in spec.arguments.items()]

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        """Ignore what the library infers: the declaration is the only source."""


def _argument(name: str, kind: Any) -> StrawberryArgument:
    plain = kind.__origin__ if hasattr(kind, "__metadata__") else kind
    optional = type(None) in getattr(plain, "__args__", ())
    options: dict[str, Any] = {"default": strawberry.UNSET} if optional else {}
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(kind),
        description=ARGUMENT_DESCRIPTIONS.get(name),
        **options,
    )


ARGUMENT_DESCRIPTIONS = {
    "id": "The global id.",
    "input": "What to do, and to what.",
    "idempotency_key": "Yours to choose, one for each thing to be done: sent again, it is not done again.",
    "first": "How many at most; the default is 20, the limit 200.",
    "after": "Continue behind this cursor.",
    "filter": "Keep only what fulfils this.",
    "order_by": "The order; rows that are equal in it are ordered by their identifier.",
}


def entity(
    model: type[Model],
    *,
    name: str,
    description: str,
    subject: str | None = None,
    subjects: str | None = None,
    recorded: bool = False,
) -> Callable[[type], Any]:
    """Declare a GraphQL type over `model`.

    `subject` is the path from a row to the primary key of the person whose data it is (it may pass through a
    to-many relation when several persons share the row, and `subjects` may then name a column that holds them
    all, which saves a receipt the join); None says that the rows are nobody's personal data.
    Reading them leaves a receipt all the same when they are `recorded`; it names the rows by their keys.
    """

    def decorate(cls: type) -> Any:
        made: Any = strawberry_django.type(
            model, name=name, description=description, field_cls=DeclaredField
        )(cls)
        made.__gateway_subject__ = subject
        made.__gateway_subjects__ = subjects
        made.__gateway_recorded__ = recorded
        return made

    return decorate


def _declare(
    source: Source,
    classification: Classification,
    description: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    cost: int | None,
) -> Any:
    spec = Spec(source=source, classification=classification, arguments=arguments or {}, cost=cost)
    directives: list[object] = [Classified(kind=classification.value)]
    if cost is not None:
        directives.append(Costed(weight=str(cost)))
    return DeclaredField(
        python_name=None, description=description, metadata={SPEC: spec}, directives=directives
    )


def column(
    classification: Classification,
    description: str,
    *,
    path: str | None = None,
    mask: Callable[[str], Combinable] | None = None,
    cost: int | None = None,
) -> Any:
    """Declare a field that mirrors a column; `mask` turns a path into the expression of its masked form."""
    return _declare(Column(path=path, mask=mask), classification, description, cost=cost)


def sealed(
    classification: Classification, description: str, *, path: str | None = None, cost: int | None = None
) -> Any:
    """Declare a field that is stored encrypted, with its masked form beside it."""
    return _declare(Sealed(path=path), classification, description, cost=cost)


def computed(
    classification: Classification,
    description: str,
    *,
    expression: Callable[[], Combinable],
    mask: Callable[[], Combinable] | None = None,
    cost: int | None = None,
) -> Any:
    """Declare a field that PostgreSQL computes from the row."""
    return _declare(Computed(expression=expression, mask=mask), classification, description, cost=cost)


def embedded(classification: Classification, description: str, **parts: str) -> Any:
    """Declare an object made of the owner's columns, such as an amount of money; null when its first part is."""
    return _declare(Embedded(parts=parts), classification, description, cost=None)


def to_one(
    classification: Classification, description: str, *, path: str | None = None, cost: int | None = None
) -> Any:
    """Declare a relation to one entity."""
    return _declare(ToOne(path=path), classification, description, cost=cost)


def to_many(
    classification: Classification,
    description: str,
    *,
    order: str,
    path: str | None = None,
    filter: Any = None,
    order_by: Any = None,
    cost: int | None = None,
) -> Any:
    """Declare a relation to many entities as a connection."""
    arguments = _page_arguments(filter, order_by)
    return _declare(ToMany(path=path, order=order), classification, description, arguments, cost=cost)


def batch(
    classification: Classification,
    description: str,
    *,
    columns: tuple[str, ...],
    compute: Callable[[Sequence[tuple[Any, ...]]], Sequence[Any]],
    arguments: Mapping[str, Any] | None = None,
    viewer: tuple[str, ...] = (),
    cost: int | None = None,
) -> Any:
    """Declare a field that is computed in Python, once for all its parents of an answer."""
    source = Batch(columns=columns, compute=compute, viewer=viewer)
    return _declare(source, classification, description, arguments, cost=cost)


def global_id() -> Any:
    """Declare the identifier of an entity in the whole graph."""
    description = "The identifier of this object in the whole graph."
    return _declare(GlobalId(), Classification.PUBLIC, description, cost=None)


def argument(kind: Any, description: str) -> Any:
    """Return the type of an argument with its description."""
    return Annotated[kind, strawberry.argument(description=description)]


def lookup(
    description: str,
    *,
    arguments: Mapping[str, Any],
    by: Mapping[str, str] | None = None,
    cost: int | None = None,
) -> Any:
    """Declare a way in to one entity by exact keys; `by` maps an argument to its column."""
    columns = by or {name: name for name in arguments}
    return _declare(Lookup(by=columns), Classification.PUBLIC, description, arguments, cost=cost)


def node_lookup(description: str) -> Any:
    """Declare the way in to any entity by its global id."""
    return _declare(NodeLookup(), Classification.PUBLIC, description, {"id": strawberry.ID}, cost=None)


def listing(
    description: str, *, order: str, filter: Any = None, order_by: Any = None, cost: int | None = None
) -> Any:
    """Declare a way in to many entities as a connection."""
    arguments = _page_arguments(filter, order_by)
    return _declare(Listing(order=order), Classification.PUBLIC, description, arguments, cost=cost)


def announcement(description: str) -> Any:
    """Declare what a subscription tells: an entity that has just come to be."""
    return _declare(Announcement(), Classification.PUBLIC, description, cost=None)


def operation(
    description: str,
    *,
    run: Callable[..., Any],
    arguments: Mapping[str, Any],
    cost: int | None = None,
    idempotent: bool = False,
) -> Any:
    """Declare a mutation that calls one domain operation; an idempotent one takes a key beside its arguments."""
    if idempotent:
        arguments = {**arguments, "idempotency_key": str}
    source = Operation(run, idempotent=idempotent)
    return _declare(source, Classification.PUBLIC, description, arguments, cost=cost)


def question(
    description: str, *, run: Callable[..., Any], arguments: Mapping[str, Any], cost: int | None = None
) -> Any:
    """Declare a query about the gateway itself."""
    return _declare(Question(run), Classification.PUBLIC, description, arguments, cost=cost)


def _page_arguments(filter: Any, order_by: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {"first": int | None, "after": str | None}
    if filter is not None:
        arguments["filter"] = filter | None
    if order_by is not None:
        arguments["order_by"] = order_by | None
    return arguments
