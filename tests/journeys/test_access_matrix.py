"""Each demo role signs in and asks for every coordinate that it can reach: the answer is what the matrix says.

The expectations are read from `schema/access_matrix.csv` and the printed schema alone; what is clear and what is a
mask are told apart by comparing the roles' answers with one another.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_composite_type,
    is_non_null_type,
    is_required_argument,
)

from domains.demo.logins import LOGINS
from tests.conftest import BASE_DIR
from tests.journeys.asking import Ask, asker

SCHEMA = build_schema((BASE_DIR / "schema" / "schema.graphql").read_text())
with (BASE_DIR / "schema" / "access_matrix.csv").open() as table:
    MATRIX = {row["coordinate"]: row for row in csv.DictReader(table)}
ENTITIES = {coordinate.partition(".")[0] for coordinate in MATRIX}
ROLES = {login.role: login for login in LOGINS}
SIGN_IN = """mutation ($name: String!, $password: String!) {
  tokenAuth(username: $name, password: $password) { token }
}"""
EXPLAIN = """query ($document: String!, $role: String) {
  explainAccess(document: $document, role: $role) { coordinate own others }
}"""
# Made from what the viewer is, not from a row: each viewer's answer is another.
OF_THE_VIEWER = {"KYCProfile.allowedActions", "Transaction.allowedActions"}
KEPT_AS_MASK = {"KYCProfile.aadhaar"}  # nobody is shown more: the number itself is never kept


@dataclass(frozen=True)
class Way:
    """A way to rows of an entity: a root connection, and relations from there, each to one or to many."""

    root: str
    entity: str
    relations: tuple[tuple[str, bool], ...] = ()

    def document(self, wanted: str) -> str:
        """Return the operation that asks for something of the rows at its end."""
        for name, many in reversed(self.relations):
            wanted = (
                f"id {name}(first: 5) {{ nodes {{ {wanted} }} }}" if many else f"id {name} {{ {wanted} }}"
            )
        rows = 20 if self.relations else 100
        return f"{{ {self.root}(first: {rows}) {{ nodes {{ {wanted} }} }} }}"

    def rows(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows at its end; what is null on the way has none."""
        found: list[dict[str, Any]] = (data[self.root] or {"nodes": []})["nodes"]
        for name, many in self.relations:
            below = [row[name] for row in found if row[name] is not None]
            found = [each for part in below for each in part["nodes"]] if many else below
        return found


def ways() -> Iterator[Way]:
    """Yield one way to each entity, the shortest."""
    assert SCHEMA.query_type is not None
    edge = []
    for name, field in SCHEMA.query_type.fields.items():
        entity = rows_of(field)
        if entity is not None and not requires_arguments(field):
            edge.append(Way(name, entity))
    known: set[str] = set()
    while edge:
        below = []
        for way in edge:
            if way.entity in known:
                continue
            known.add(way.entity)
            yield way
            for name, field in fields_of(way.entity):
                entity, many = rows_of(field), True
                if entity is None:
                    entity, many = get_named_type(field.type).name, False
                if entity in ENTITIES:
                    below.append(Way(way.root, entity, (*way.relations, (name, many))))
        edge = below
    assert known == ENTITIES, "there is a way to every entity"


def fields_of(entity: str) -> list[tuple[str, GraphQLField]]:
    kind = SCHEMA.type_map[entity]
    assert isinstance(kind, GraphQLObjectType)
    return [(name, field) for name, field in kind.fields.items() if not requires_arguments(field)]


def requires_arguments(field: GraphQLField) -> bool:
    return any(is_required_argument(argument) for argument in field.args.values())


def rows_of(field: GraphQLField) -> str | None:
    """Return the entity whose rows a connection gives, or None of another field."""
    kind = get_named_type(field.type)
    if not isinstance(kind, GraphQLObjectType) or not kind.name.endswith("Connection"):
        return None
    return str(get_named_type(kind.fields["nodes"].type).name)


def selection(name: str, field: GraphQLField) -> str:
    """Return what asks for a field: all parts of a plain object, the keys of rows."""
    kind = get_named_type(field.type)
    if not is_composite_type(kind):
        return name
    if rows_of(field) is not None:
        return f"{name}(first: 3) {{ nodes {{ id }} }}"
    if kind.name in ENTITIES:
        return f"{name} {{ id }}"
    parts = [part for part, of in kind.fields.items() if not is_composite_type(get_named_type(of.type))]  # type: ignore[attr-defined] # no union
    return f"{name} {{ {' '.join(parts)} }}"


@dataclass
class Reading:
    """What one role was answered about one entity: the rows by their keys, and the coordinates hidden from it."""

    rows: dict[str, dict[str, Any]]
    hidden: Counter[str]
    explained: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def ask(gateway_url: str) -> Ask:
    return asker(gateway_url)


@pytest.fixture(scope="module")
def tokens(ask: Ask) -> dict[str, str]:
    """Sign in as each role, as its user does."""
    return {
        role: ask(SIGN_IN, variables={"name": login.username, "password": login.password})["data"][
            "tokenAuth"
        ]["token"]
        for role, login in ROLES.items()
    }


@pytest.fixture(scope="module")
def readings(ask: Ask, tokens: dict[str, str]) -> dict[tuple[str, str], Reading]:
    """Ask for every field of every entity as each role."""
    return {(role, way.entity): read(ask, token, way) for role, token in tokens.items() for way in ways()}


def read(ask: Ask, token: str, way: Way) -> Reading:
    wanted = " ".join(selection(name, field) for name, field in fields_of(way.entity))
    document = way.document(f"rowKey: id {wanted}")
    answer = ask(document, bearer=token)
    assert answer.get("data") is not None, (document, answer)
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= {"UNAUTHORIZED_FIELD_OR_TYPE"}, answer["errors"]
    hidden = Counter(error["extensions"]["coordinate"] for error in answer.get("errors", []))
    told = ask(EXPLAIN, bearer=token, variables={"document": document})["data"]["explainAccess"]
    return Reading(
        rows={row["rowKey"]: row for row in way.rows(answer["data"])},
        hidden=hidden,
        explained={line["coordinate"]: (line["own"], line["others"]) for line in told},
    )


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_of_every_coordinate_what_the_matrix_says(
    role: str, readings: dict[tuple[str, str], Reading]
) -> None:
    clear: dict[str, dict[str, Any]] = defaultdict(dict)
    for (other, entity), reading in readings.items():
        for name, _ in fields_of(entity):
            coordinate = f"{entity}.{name}"
            if (
                MATRIX[coordinate][other] == "SHOW"
                and other != "customer"
                and coordinate not in OF_THE_VIEWER
            ):
                clear[coordinate].update({key: row[name] for key, row in reading.rows.items()})
    tried: Counter[str] = Counter()
    faults: dict[str, str] = {}
    for entity in sorted(ENTITIES):
        reading = readings[role, entity]
        for name, field in fields_of(entity):
            coordinate = f"{entity}.{name}"
            says = MATRIX[coordinate][role]
            if says == "NO ROWS":
                assert reading.rows == {}, coordinate
                tried[says] += 1
                continue
            explained = reading.explained.get(coordinate)
            if explained is None:
                continue  # the way there is closed to the role
            own, others = explained
            assert others == says, coordinate
            gets = own if role == "customer" else others
            assert (coordinate in reading.hidden) == (gets == "HIDE"), (coordinate, reading.hidden)
            assert reading.hidden[coordinate] <= 1, "one error for the coordinate, not for each row"
            for key, row in reading.rows.items():
                if fault := wrong(gets, row[name], clear[coordinate].get(key, ...), field, coordinate):
                    faults[coordinate] = fault
                tried[gets] += 1
    assert faults == {}
    assert tried["SHOW"] > 100, tried
    if role in {"operations", "auditor", "administrator", "relationship_manager"}:
        assert tried["MASK"] > 10, tried


def wrong(gets: str, value: Any, clear: Any, field: GraphQLField, coordinate: str) -> str:
    """Return what is wrong with a value, or nothing; `clear` is ... where nobody is shown this row in clear."""
    if gets == "HIDE":
        return "" if value is None else "not hidden"
    if clear is ... or is_composite_type(get_named_type(field.type)):
        return ""
    if gets == "SHOW":
        return "" if value == clear else "not what others are shown"
    if (value is None) != (clear is None):
        return "masked where there is nothing, or nothing where there is something"
    if value is not None and value == clear and coordinate not in KEPT_AS_MASK:
        return "not masked"
    return "masked and non-null" if is_non_null_type(field.type) else ""


def test_own_rows_come_as_the_column_own_says(readings: dict[tuple[str, str], Reading]) -> None:
    """A customer's own: in clear, but for what is kept from them by an exception."""
    profile = readings["customer", "KYCProfile"]
    (row,) = profile.rows.values()
    officer = readings["kyc_officer", "KYCProfile"].rows
    assert row["pan"] == officer[row["rowKey"]]["pan"]
    for coordinate, (own, _) in profile.explained.items():
        if coordinate.startswith("KYCProfile.") and own != MATRIX[coordinate]["own"]:
            assert own == "HIDE", coordinate
            assert row[coordinate.partition(".")[2]] is None


def test_an_administrator_is_explained_every_role_as_the_matrix_says(
    ask: Ask, tokens: dict[str, str]
) -> None:
    checked = 0
    for way in ways():
        document = way.document(" ".join(selection(name, field) for name, field in fields_of(way.entity)))
        for role in [*ROLES, "service"]:
            given = {"document": document, "role": role}
            told = ask(EXPLAIN, bearer=tokens["administrator"], variables=given)["data"]["explainAccess"]
            for line in told:
                says = MATRIX[line["coordinate"]][role]
                assert says in (line["others"], "NO ROWS"), (role, line)
                checked += 1
    assert checked > 2_000


def test_a_role_that_may_not_ask_as_another_is_refused(ask: Ask, tokens: dict[str, str]) -> None:
    given = {"document": "{ customers { nodes { id } } }", "role": "auditor"}
    answer = ask(EXPLAIN, bearer=tokens["customer"], variables=given)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_ALLOWED"]


def test_every_coordinate_was_asked_for_by_somebody(readings: dict[tuple[str, str], Reading]) -> None:
    asked = {coordinate for reading in readings.values() for coordinate in reading.explained}
    with_arguments = {
        f"{entity}.{name}"
        for entity in ENTITIES
        for name, field in SCHEMA.type_map[entity].fields.items()  # type: ignore[attr-defined] # an object's
        if requires_arguments(field)
    }
    assert MATRIX.keys() - asked == with_arguments
