"""Whatever a mask or a rule on rows conceals may be anything: the answer is the same, byte for byte.

Two books that differ only in what is concealed from a viewer are asked the same; status, headers, data, errors,
counts, order and cursors must be equal. The operations are the oracle's. `TWINS_OPERATIONS` says how many are
tried (120 in an ordinary run, thousands in a full one), `TWINS_VIEWERS` how many viewers ask them, and
`ORACLE_SEED` repeats a run.
"""

import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from domains.customers.assignments import assign_customer
from domains.identity.models import User
from domains.identity.roles import Role
from domains.kernel.actor import Actor
from domains.vault.sealing import InvalidToken, open_token
from gateway.access import EVERY_ROW, Policy
from gateway.classification import Classification as C
from gateway.classification import Decision
from gateway.pipeline import Gateway
from gateway.planning.mapping import SchemaMapping
from gateway.request import Request
from gateway.sources import Column, Embedded, Sealed
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import schema
from tests.gateway.book import ident
from tests.gateway.operations import Operation, Writer
from tests.gateway.oracle import LOOKUPS, Book
from tests.gateway.test_oracle import SEED
from tests.gateway.twins import Twin, drop_twin, make_twin, orders, readers_of, using
from tests.people import make_user

OPERATIONS = int(os.environ.get("TWINS_OPERATIONS", "120"))
VIEWERS = int(os.environ.get("TWINS_VIEWERS", "5"))
SHOW, MASK, HIDE = Decision.SHOW, Decision.MASK, Decision.HIDE

# Production's roles show most of what they reach; these two reach everyone and are shown as little as can be.
STRICT = replace(
    POLICY,
    roles={
        **POLICY.roles,
        "sees_masks": {**dict.fromkeys(C, MASK), C.PUBLIC: SHOW},
        "sees_nothing": {**dict.fromkeys(C, HIDE), C.PUBLIC: SHOW},
    },
    rows={**POLICY.rows, "sees_masks": EVERY_ROW, "sees_nothing": EVERY_ROW},
)
SCOPES = sorted({f"{resource}:read" for resource in POLICY.resources.values()} | {"*:read"})
TOKEN = re.compile(r"[A-Za-z0-9_-]{60,}")


def viewers(number: int) -> list[Viewer]:
    """Return who asks: the two strict roles, a customer, the other roles in turn, and mixtures of them."""
    chance = random.Random(SEED)
    alone = [frozenset({role}) for role in chance.sample(Role.values, len(Role.values)) if role != "customer"]
    found = [frozenset({"sees_masks"}), frozenset({"sees_nothing"}), frozenset({"customer"}), *alone]
    while len(found) < number:
        names = [*Role.values, "sees_masks", "sees_nothing"]
        found.append(frozenset(chance.sample(names, chance.randint(1, 3))))
    return [_viewer(chance, roles) for roles in found[:number]]


def _viewer(chance: random.Random, roles: frozenset[str]) -> Viewer:
    is_customer = "customer" in roles or chance.random() < 0.3
    scopes = frozenset(chance.sample(SCOPES, chance.randint(1, 4))) if chance.random() < 0.3 else None
    return Viewer(
        kind="SYSTEM",  # who holds what credential is not asked here
        id=ident(2, 1) if scopes else ident(1, 2),
        user_id=ident(1, 2),
        customer_id=ident(6, chance.choice([0, 1, 2])) if is_customer else None,
        roles=roles,
        scopes=scopes,
    )


class Tally:
    """How many operations were asked, how many were answered with data, and what was concealed."""

    def __init__(self) -> None:
        self.asked = self.with_data = 0
        self.codes: Counter[str] = Counter()


@pytest.fixture(scope="module")
def twins(written_book: str) -> Iterator[list[Twin]]:
    """Make a twin of the book for each viewer."""
    mapping = SchemaMapping(schema()._schema)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    for customer in (1, 5):
        make_manager(customer)
    made = [
        make_twin(f"{written_book}_twin{number}", mapping, STRICT, viewer)
        for number, viewer in enumerate(viewers(VIEWERS))
    ]
    yield made
    for twin in made:
        drop_twin(twin)


def make_manager(customer: int) -> None:
    """Assign a customer to the user behind every viewer, who is a manager for that."""
    manager = User.objects.get(id=ident(1, 2))
    role = make_user(f"role{customer}", "relationship_manager").groups.get()
    before = list(manager.groups.all())
    manager.groups.add(role)
    assign_customer(actor=Actor.system("test"), manager_id=manager.id, customer_id=ident(6, customer))
    manager.groups.set(before)


@pytest.fixture(scope="module")
def book(twins: list[Twin]) -> Book:
    return Book()


@pytest.fixture(scope="module")
def gateway(twins: list[Twin]) -> Gateway:
    return Gateway(schema(), STRICT, customer_of=lambda _: None)


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    tally = Tally()
    yield tally
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        told = f"{tally.asked} operations, {tally.with_data} with data, {dict(tally.codes)}"
        sys.stdout.write(f"\ntwins: {told}, ORACLE_SEED={SEED}\n")


def answers(gateway: Gateway, operation: Operation, twin: Twin) -> tuple[str, str]:
    """Return what both books answer, made comparable."""
    return answered(gateway, operation, twin.viewer), answered(gateway, operation, twin.viewer, twin.database)


def answered(gateway: Gateway, operation: Operation, viewer: Viewer, database: Any = None) -> str:
    """Return all that an answer tells: status, headers, and the bytes with cursors opened."""
    request = Request(
        text=operation.text,
        operation_name=operation.name,
        variables=operation.variables,
        correlation_id="twin",
    )
    if database is None:
        answer = gateway.answer(request, viewer)
    else:
        with using(database):
            answer = gateway.answer(request, viewer)
    contexts = sorted(set(orders(gateway.planner.mapping)))
    body = TOKEN.sub(lambda found: opened(found[0], contexts), answer.body.decode())
    return f"{answer.status} {sorted(answer.headers.items())}\n{body}"


def opened(token: str, contexts: list[str]) -> str:
    """Return what a cursor holds and how long it is; it is sealed with other randomness each time."""
    for context in tuple(contexts):
        try:
            payload = open_token(context=context, token=token)
        except InvalidToken:
            continue
        contexts.insert(0, contexts.pop(contexts.index(context)))  # the next one is likely of the same order
        return f"<{len(token)} {context} {payload.hex()}>"
    return token


def granted_lookups(policy: Policy, viewer: Viewer) -> set[str]:
    """Return the ways in by a key that is masked for the viewer: to find by them is what is granted."""
    return {name.partition(".")[2] for name, roles in policy.lookups.items() if roles & viewer.roles}


@seed(SEED)
@settings(
    max_examples=OPERATIONS,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
@given(data=st.data(), number=st.integers(0, VIEWERS - 1))
def test_what_is_concealed_changes_nothing_in_an_answer(
    data: st.DataObject, number: int, twins: list[Twin], book: Book, gateway: Gateway, tally: Tally
) -> None:
    twin = twins[number]
    keys = sorted(LOOKUPS.keys() - granted_lookups(STRICT, twin.viewer))
    operation = Writer(data.draw, gateway.schema, book, keys=keys).operation()
    one, other = answers(gateway, operation, twin)
    told = f"{twin.viewer}\n{operation.text}\nvariables: {operation.variables!r}"
    assert '"code":"INTERNAL"' not in one, f"{one}\n{told}"
    if "DEADLINE_EXCEEDED" in one + other:
        return  # time is not what is compared
    assert one == other, f"{one}\n\n{other}\n\n{told}"
    body = json.loads(one.partition("\n")[2])
    tally.asked += 1
    tally.with_data += body.get("data") is not None
    tally.codes.update(error["extensions"]["code"] for error in body.get("errors", ()))


def test_every_sensitive_column_was_changed_in_some_twin(twins: list[Twin]) -> None:
    """What was never changed would never be found to leak."""
    changed = sum((twin.changed for twin in twins), Counter[str]())
    removed = sum((twin.removed for twin in twins), Counter[str]())
    mapping = twins[0].mapping
    sensitive = {
        field.coordinate
        for entity in mapping.entities.values()
        if entity.model._base_manager.exists()
        for fields in readers_of(entity, mapping).values()
        for field in fields
        if field.spec.classification is not C.PUBLIC
        and isinstance(field.spec.source, (Column, Sealed, Embedded))
    }
    unchanged = {name for name in sensitive - changed.keys() if _is_told(mapping, name)}
    assert unchanged == set(), sorted(unchanged)
    assert len(sensitive) > 25
    assert removed.keys() >= {"Customer", "KYCProfile", "Transaction", "Holding", "DematHolder"}


def _is_told(mapping: SchemaMapping, coordinate: str) -> bool:
    """Tell whether the book has a value there: what is null in every row has no other value to be told from."""
    entity, field = mapping.entities[coordinate.partition(".")[0]], mapping.fields[coordinate]
    column = f"{field.path}_sealed" if isinstance(field.spec.source, Sealed) else field.path
    names = {each.name for each in entity.model._meta.concrete_fields}
    return column in names and entity.model._base_manager.exclude(**{f"{column}__isnull": True}).exists()
