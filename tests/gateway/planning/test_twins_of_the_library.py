"""What is concealed changes nothing, over a small schema; and a declaration that leaks is found.

The twins are those of `tests.gateway.twins`. Each leak here is one that a hurried author could declare.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import strawberry
from django.db.models.functions import Length, Upper
from strawberry.schema.config import StrawberryConfig

from gateway.access import Policy
from gateway.classification import Classification as C
from gateway.classification import Decision
from gateway.connections import Connection
from gateway.declaration import batch, column, computed, entity, global_id, listing, lookup
from gateway.pipeline import Gateway
from gateway.scalars import SCALARS
from gateway.viewer import Viewer
from tests.gateway.operations import Operation
from tests.gateway.planning.conftest import CLERK, reader
from tests.gateway.test_twins import answers
from tests.gateway.twins import drop_twin, make_twin

ALL = "readers { nodes { %s } totalCount pageInfo { hasNextPage endCursor } }"
ASKED = [
    "{ readers { nodes { id name phone card standing deposit { amount } bornOn initials joinedAt } totalCount } }",
    "{ readers { nodes { favourite { title } sponsor { name } sponsored { nodes { id } totalCount } } } }",
    "{ loans { nodes { number note fine reader { id name } } totalCount edges { cursor } } }",
    '{ loans(filter: {note: {startsWith: "note"}}) { totalCount nodes { id } } }',
    '{ loans(filter: {not: {fine: {gt: "1"}}}) { totalCount nodes { id } } }',
    "{ loans(orderBy: {field: FINE}) { nodes { id } } }",
    "{ readers(orderBy: {field: NAME, direction: DESC}) { nodes { id } } }",
    '{ readers(filter: {name: {eq: "Ann Ash"}}) { totalCount nodes { id } } }',
    '{ reader(phone: "+91-3") { id } }',
    '{ reader(phone: "+91-1") { id name } }',
    '{ holder(phoneNumber: "+91-3", fullName: "Cam Cedar") { id standing } }',
    '{ namesake(first: "Bob Birch") { id } }',
    '{ anyThing(id: "Reader:01900000-0001-7000-8000-000000000003") { ... on Reader { name loans { totalCount } } } }',  # noqa: E501
    "{ books { nodes { title loans { nodes { number reader { name } } totalCount } } } }",
    "{ shelf(label: \"Poetry\") { books { nodes { title } } } }",
]  # fmt: skip


def viewers() -> list[Viewer]:
    from tests.toy.rows import ANN

    return [CLERK, reader(ANN), reader(ANN, "clerk")]


def differing(
    made: strawberry.Schema, policy: Policy, viewer: Viewer, name: str, asked: list[str]
) -> list[str]:
    """Return the operations that two books answer differently, though they differ in nothing that is shown."""
    gateway = Gateway(made, policy, customer_of=lambda _: None)
    twin = make_twin(f"{name}_twin", gateway.planner.mapping, policy, viewer)
    try:
        assert twin.changed, "nothing was changed"
        pairs = [(text, answers(gateway, Operation(text, {}, None), twin)) for text in asked]
    finally:
        drop_twin(twin)
    assert all(json.loads(one.partition("\n")[2]) for _, (one, _) in pairs)
    return [text for text, (one, other) in pairs if one != other]


@pytest.mark.parametrize("number", range(3))
def test_what_is_concealed_changes_nothing(library: str, number: int) -> None:
    from tests.toy.schema import POLICY, schema

    policy = replace(POLICY, lookups={})
    assert differing(schema(), policy, viewers()[number], library, ASKED) == []


def leaking(leak: str) -> strawberry.Schema:
    """Return a schema of readers with one declaration too open."""
    from tests.toy import models

    fields: dict[str, tuple[Any, Any]] = {
        "name": (str | None, column(C.PERSONAL, "The name.")),
        "phone": (str | None, column(C.CONTACT, "The number.", mask=lambda path: Length(path))),
        "standing": (str, column(C.PUBLIC, "Where they stand.")),
    }
    fields["leak"] = DECLARED[leak]()
    made = _type(models.Reader, fields)
    query = type(
        "Query",
        (),
        {"readers": listing("All.", order="id"), "reader": lookup("x", arguments={"phone": str})},
    )
    query.__annotations__ = {"readers": Connection[made], "reader": made | None}  # type: ignore[valid-type]
    config = StrawberryConfig(scalar_map=SCALARS)
    return strawberry.Schema(query=strawberry.type(query), config=config)


def _type(model: Any, fields: dict[str, tuple[Any, Any]]) -> Any:
    body: dict[str, Any] = {name: declared for name, (_, declared) in fields.items()}
    body["__annotations__"] = {"id": strawberry.ID, **{name: kind for name, (kind, _) in fields.items()}}
    made = type("Reader", (), {"id": global_id(), **body})
    return entity(model, name="Reader", description="A person.", subject="id")(made)


DECLARED: dict[str, Callable[[], tuple[Any, Any]]] = {
    "a second way to a column": lambda: (str | None, column(C.PUBLIC, "x", path="name")),
    "a computed field": lambda: (str | None, computed(C.PUBLIC, "x", expression=lambda: Upper("name"))),
    "the length of it": lambda: (int | None, computed(C.PUBLIC, "x", expression=lambda: Length("name"))),
    "a batch field": lambda: (
        str | None,
        batch(C.PUBLIC, "x", columns=("name",), compute=lambda rows: [name[::-1] for (name,) in rows]),
    ),
    "a mask that tells too much": lambda: (
        str | None,
        computed(C.PERSONAL, "x", expression=lambda: Upper("name"), mask=lambda: Upper("name")),
    ),
}


@pytest.fixture
def strict() -> Policy:
    """Return a policy whose clerk sees every reader, and of each what is public and masks."""
    from tests.toy.schema import POLICY

    return replace(POLICY, lookups={})


@pytest.mark.parametrize("leak", sorted(DECLARED))
def test_a_declaration_that_leaks_is_found(library: str, strict: Policy, leak: str) -> None:
    text = "{ readers { nodes { leak } } }"
    honest = "{ readers { nodes { id standing phone } } }"
    assert differing(leaking(leak), strict, CLERK, library, [text, honest]) == [text]


def test_a_policy_that_is_not_kept_is_found(library: str, strict: Policy) -> None:
    """The twin is changed by one policy, and the gateway answers by another, in which a mask was forgotten."""
    from tests.toy.schema import schema

    forgotten = {**strict.roles, "clerk": {**strict.roles["clerk"], C.PERSONAL: Decision.SHOW}}
    gateway = Gateway(schema(), replace(strict, roles=forgotten), customer_of=lambda _: None)
    twin = make_twin(f"{library}_twin", gateway.planner.mapping, strict, CLERK)
    try:
        pairs = [answers(gateway, Operation(text, {}, None), twin) for text in ASKED]
    finally:
        drop_twin(twin)
    assert sum(one != other for one, other in pairs) > 3
