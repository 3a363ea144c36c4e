"""Asking for what is somebody else's by its id, in every place where an id or a key may stand.

A customer and a relationship manager try every row of the book: what is not theirs must answer exactly like what
does not exist, and what is theirs must answer, or the test would prove nothing.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type, is_non_null_type

from domains.customers.assignments import assign_customer
from domains.identity.models import User
from domains.identity.sessions import open_session
from domains.kernel.actor import Actor
from gateway.planning.mapping import Entity
from gateway.sources import Listing, Lookup, NodeLookup, Question, ToMany, ToOne
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import gateway
from tests.gateway.asking import Answered, ask
from tests.gateway.book import ident

NOTHING = "01900000-ffff-7000-8000-ffffffffffff"
OWN, ASSIGNED = [ident(6, 0)], [ident(6, 1), ident(6, 5)]
MAPPING = gateway().planner.mapping
ENTITIES = sorted(MAPPING.entities)
ROOTS = {name: MAPPING.fields[f"Query.{name}"] for name in MAPPING.schema.query_type.fields}
LOOKUPS = sorted(name for name, field in ROOTS.items() if isinstance(field.spec.source, Lookup))
LISTINGS = sorted(name for name, field in ROOTS.items() if isinstance(field.spec.source, Listing))
QUESTIONS = sorted(name for name, field in ROOTS.items() if isinstance(field.spec.source, Question))
MUTATIONS = MAPPING.schema.mutation_type.fields
PERSONAL = [entity for entity in MAPPING.entities.values() if entity.subject is not None]
RIGHT = {"account": "50100012345678", "ifsc": "HDFC0000001", "isin": "INE009A01021", "amount": "10.00"}
BY_TYPE = {
    "Boolean": True,
    "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
    "Decimal": "1",
    "Int": 1,
    "JSON": {},
    "MobileNumber": "+919899999999",
}
OWNED_BY = {
    "ApiKey": "owner",
    "Subscription": "owner_id",
    "Delivery": "subscription__owner_id",
    "DeliveryTry": "delivery__subscription__owner_id",
}
OPEN_TO_ANYONE = {
    "tokenAuth",
    "refreshToken",
    "verifyToken",
    "revokeToken",
    "changePassword",
    "endBreakGlass",
}


def principal(number: int, role: str, customer_id: UUID | None) -> Viewer:
    """Sign a user of the book in with a role."""
    user = User.objects.get(id=ident(1, number))
    user.groups.set([Group.objects.get(name=role)])
    return Viewer(
        kind="USER",
        id=user.id,
        user_id=user.id,
        customer_id=customer_id,
        token_version=user.token_version,
        session_id=open_session(user=user).session_id,
        roles=frozenset({role}),
    )


@pytest.fixture(scope="module")
def customer(written_book: str) -> Viewer:
    return principal(0, "customer", OWN[0])


@pytest.fixture(scope="module")
def manager(written_book: str) -> Viewer:
    viewer = principal(2, "relationship_manager", None)
    for customer_id in ASSIGNED:
        assign_customer(actor=Actor.system("test"), manager_id=viewer.id, customer_id=customer_id)
    return viewer


@pytest.fixture(params=["customer", "manager"])
def viewer(request: pytest.FixtureRequest) -> Viewer:
    found: Viewer = request.getfixturevalue(request.param)
    return found


def theirs(viewer: Viewer, entity: Entity) -> set[UUID]:
    """Return the keys that the viewer may see, found without the gateway's access."""
    rows = entity.model._default_manager
    if not viewer.roles & set(POLICY.entity_rows.get(entity.name, viewer.roles)):
        return set()  # the policy names who may see these, and the viewer's role is not among them
    if entity.subject is not None:
        subjects = OWN if viewer.customer_id else ASSIGNED
        return set(rows.filter(**{f"{entity.subject}__in": subjects}).values_list("pk", flat=True))
    if entity.name == "Security":
        return set(rows.values_list("pk", flat=True))
    if entity.name == "User":
        return {viewer.id}
    if entity.name in OWNED_BY:
        return set(rows.filter(**{OWNED_BY[entity.name]: viewer.id}).values_list("pk", flat=True))
    return set()


def told(answered: Answered, *secrets: object) -> str:
    """Return all that an answer tells, without the request's own marks and what was sent in."""
    body = {name: value for name, value in answered.body.items() if name != "extensions"}
    text = json.dumps([answered.status, body])
    for secret in secrets:
        text = text.replace(str(secret), "…")
    return text


@pytest.mark.parametrize("name", ENTITIES)
def test_a_node_of_somebody_elses_looks_like_none(viewer: Viewer, name: str) -> None:
    entity = MAPPING.entities[name]
    fields = f"... on {name} {{ {_leaves(entity)} }}"
    document = f"query ($id: ID!) {{ node(id: $id) {{ __typename id {fields} }} }}"
    nothing = told(ask(gateway(), viewer, document, {"id": f"{name}:{NOTHING}"}))
    allowed = theirs(viewer, entity)
    keys = list(entity.model._default_manager.values_list("pk", flat=True))
    assert keys
    for key in keys:
        answered = ask(gateway(), viewer, document, {"id": f"{name}:{key}"})
        if key in allowed:
            assert answered.data["node"]["id"] == f"{name}:{key}"
        else:
            assert told(answered) == nothing


@pytest.mark.parametrize("name", LOOKUPS)
def test_a_key_of_somebody_elses_finds_nothing(viewer: Viewer, name: str) -> None:
    field = ROOTS[name]
    entity = MAPPING.entities[field.type_name]
    ((argument, column),) = field.spec.source.by.items()
    (graphql,) = field.graphql.args
    kind = field.graphql.args[graphql].type
    document = f"query ($key: {kind}) {{ {name}({graphql}: $key) {{ id {_leaves(entity)} }} }}"
    unknown = {"mobile": "+919899999999"}.get(argument, "nothing of the kind")
    nothing = told(ask(gateway(), viewer, document, {"key": unknown}))
    allowed, found = theirs(viewer, entity), 0
    for pk, key in entity.model._default_manager.values_list("pk", column):
        if key is None:
            continue
        answered = ask(gateway(), viewer, document, {"key": key})
        if pk in allowed:
            assert answered.data[name]["id"] == f"{entity.name}:{pk}"
            found += 1
        else:
            assert told(answered) == nothing
    assert found == len([pk for pk in allowed if _has(entity, pk, column)])


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_and_its_count_hold_nothing_of_somebody_elses(viewer: Viewer, name: str) -> None:
    entity = MAPPING.target(ROOTS[name])
    document = f"{{ {name}(first: 200) {{ nodes {{ id }} totalCount }} }}"
    answered = ask(gateway(), viewer, document).data[name]
    allowed = {f"{entity.name}:{key}" for key in theirs(viewer, entity)}
    assert {node["id"] for node in answered["nodes"]} == allowed
    assert answered["totalCount"] == len(allowed)


@pytest.mark.parametrize("name", [name for name in LISTINGS if "filter" in ROOTS[name].graphql.args])
def test_a_filter_tells_nothing_of_somebody_elses_rows(viewer: Viewer, name: str) -> None:
    """Every filter's field, with every value that the book holds: the count is that of the viewer's own rows."""
    entity = MAPPING.target(ROOTS[name])
    kind = get_named_type(ROOTS[name].graphql.args["filter"].type)
    document = (
        f"query ($filter: {kind}) {{ {name}(first: 200, filter: $filter) {{ nodes {{ id }} totalCount }} }}"
    )
    allowed = {f"{entity.name}:{key}" for key in theirs(viewer, entity)}
    tried = 0
    for conditions in _conditions(kind):
        answered = ask(gateway(), viewer, document, {"filter": conditions})
        if answered.body.get("data"):
            found = answered.data[name]
            assert {node["id"] for node in found["nodes"]} <= allowed
            assert found["totalCount"] == len(found["nodes"])
            tried += 1
    assert tried


def test_nothing_of_somebody_elses_hangs_below_what_is_the_viewers(viewer: Viewer) -> None:
    """Every relation of every entity, three levels deep, from every row that the viewer may see."""
    seen = 0
    for name in ENTITIES:
        entity = MAPPING.entities[name]
        fields = f"... on {name} {{ {_relations(entity, 3)} }}"
        document = f"query ($id: ID!) {{ node(id: $id) {{ {fields} }} }}"
        for key in theirs(viewer, entity):
            answered = ask(gateway(), viewer, document, {"id": f"{name}:{key}"})
            for found in _ids(answered.data):
                kind, _, pk = found.partition(":")
                assert UUID(pk) in theirs(viewer, MAPPING.entities[kind]), (name, key, found)
                seen += 1
    assert seen > 100


@pytest.mark.parametrize("name", sorted(set(MUTATIONS) - OPEN_TO_ANYONE))
def test_a_mutation_answers_alike_for_what_is_somebody_elses_and_nobodys(viewer: Viewer, name: str) -> None:
    """Who may not run it is told so before any id is looked at; who may is told of others' as of nobody's."""
    field = MUTATIONS[name]
    granted = bool(viewer.roles & POLICY.mutations[name])
    arguments = field.args.items()
    declared = ", ".join(f"${argument}: {each.type}" for argument, each in arguments)
    passed = ", ".join(f"{argument}: ${argument}" for argument, _ in arguments)
    document = f"mutation ({declared}) {{ {name}({passed}) {{ problems {{ code message path }} }} }}"
    for entity in PERSONAL:
        not_theirs = set(entity.model._default_manager.values_list("pk", flat=True)) - theirs(viewer, entity)
        answers = set()
        for key in [NOTHING, *sorted(not_theirs)[:3]]:
            given = {
                argument: _input(each.type, f"{entity.name}:{key}", argument) for argument, each in arguments
            }
            answered = ask(gateway(), viewer, document, given)
            refused = answered.codes == ["NOT_ALLOWED"] if not granted else bool(_codes(answered, name))
            assert refused, answered.body
            answers.add(told(answered, key))
        assert len(answers) == 1


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in QUESTIONS
        if any(str(each.type) == "ID!" for each in ROOTS[name].graphql.args.values())
    ],
)
def test_a_question_about_what_is_somebody_elses_is_answered_as_about_nothing(
    viewer: Viewer, name: str
) -> None:
    field = ROOTS[name]
    arguments = field.graphql.args.items()
    declared = ", ".join(f"${argument}: {each.type}" for argument, each in arguments)
    passed = ", ".join(f"{argument}: ${argument}" for argument, _ in arguments)
    document = f"query ({declared}) {{ {name}({passed}) {{ __typename }} }}"
    tried = 0
    for entity in MAPPING.entities.values():
        not_theirs = set(entity.model._default_manager.values_list("pk", flat=True)) - theirs(viewer, entity)
        answers = set()
        for key in [NOTHING, *sorted(not_theirs)[:3]]:
            given = {
                argument: _input(each.type, f"{entity.name}:{key}", argument) for argument, each in arguments
            }
            answers.add(told(ask(gateway(), viewer, document, given), key))
            tried += 1
        assert len(answers) == 1
    assert tried > 30


def test_every_way_in_is_tried_here() -> None:
    """A root field of another kind than these would be tried by none of the tests above."""
    nodes = {name for name, field in ROOTS.items() if isinstance(field.spec.source, NodeLookup)}
    assert {*LOOKUPS, *LISTINGS, *QUESTIONS, *nodes} == ROOTS.keys()
    assert nodes == {"node"}


def _codes(answered: Answered, name: str) -> list[str]:
    payload = (answered.body.get("data") or {}).get(name) or {"problems": []}
    return answered.codes + [problem["code"] for problem in payload["problems"]]


def _leaves(entity: Entity) -> str:
    """Return the entity's fields that are no objects and that take no arguments."""
    fields = MAPPING.schema.type_map[entity.name].fields
    leaves = [name for name, field in fields.items() if not hasattr(get_named_type(field.type), "fields")]
    return " ".join(leaves)


def _relations(entity: Entity, depth: int) -> str:
    parts = ["id"]
    for name, field in entity.fields.items():
        below = _relations(MAPPING.target(field), depth - 1) if depth > 1 and _is_relation(field) else "id"
        if isinstance(field.spec.source, ToOne):
            parts.append(f"{name} {{ {below} }}")
        elif isinstance(field.spec.source, ToMany):
            parts.append(f"{name}(first: 5) {{ nodes {{ {below} }} }}")
    return " ".join(parts)


def _is_relation(field: Any) -> bool:
    return isinstance(field.spec.source, (ToOne, ToMany))


def _has(entity: Entity, pk: UUID, column: str) -> bool:
    return entity.model._default_manager.filter(pk=pk, **{f"{column}__isnull": False}).exists()


def _conditions(kind: GraphQLInputObjectType) -> Iterator[dict[str, Any]]:
    """Yield filters, each with one condition that is wide enough to match rows of everyone."""
    wide = {
        "TextLookup": [{"startsWith": ""}, {"in": ["TX0001", "TX0030", "Asha Rao"]}],
        "DateTimeLookup": [{"gte": "2000-01-01T00:00:00Z"}],
        "DateLookup": [{"gte": "2000-01-01"}],
        "DecimalLookup": [{"gte": "0"}],
        "BooleanLookup": [{"eq": True}, {"eq": False}],
    }
    for name, field in kind.fields.items():
        lookup = get_named_type(field.type)
        words = get_named_type(lookup.fields["eq"].type) if "eq" in lookup.fields else None
        every = [{"in": list(words.values)}] if isinstance(words, GraphQLEnumType) else []
        for condition in wide.get(lookup.name, every):
            yield {name: condition}
            if "not" not in kind.fields:
                continue
            yield {"not": {name: condition}}
            yield {"or": [{name: condition}, {"not": {name: condition}}]}


def _input(kind: Any, global_id: str, name: str) -> Any:
    """Return an input that is right in all but whose it is: each id is `global_id`."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        given = {
            part: _input(field.type, global_id, part)
            for part, field in named.fields.items()
            if is_non_null_type(field.type) or part in RIGHT or part == "customerId"
        }
        return {part: value for part, value in given.items() if value is not None}
    if isinstance(named, GraphQLEnumType):
        value: Any = next(iter(named.values))
    else:
        value = (
            global_id if named.name == "ID" else RIGHT.get(name, BY_TYPE.get(named.name, "customers:read"))
        )
    if name == "idempotencyKey":
        value = str(uuid4())  # one of its own for each call
    return [value] if str(kind).startswith("[") else value


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "id":
                yield item
            else:
                yield from _ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)
