"""Masked is masked everywhere: whatever is asked, what a viewer may not see is nowhere in the answer.

The operations are those of the oracle, asked under the policy that production has. `ORACLE_OPERATIONS` and
`ORACLE_SEED` work here as there.
"""

import json
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import schema
from tests.gateway.book import ident
from tests.gateway.conftest import EVERYTHING
from tests.gateway.operations import Writer
from tests.gateway.oracle import PERSONS, SEALED, Book, opened
from tests.gateway.test_oracle import OPERATIONS, SEED

ME = ident(6, 0)
EXPECTED = {"LOOKUP_NOT_ALLOWED", "FILTER_NOT_ALLOWED", "ORDER_NOT_ALLOWED", "UNAUTHORIZED_FIELD_OR_TYPE"}


@pytest.fixture(scope="module")
def book(written_book: str) -> Book:
    return Book()


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    return Gateway(schema(), POLICY, customer_of=lambda _: None)


def contacts(book: Book, *, but: UUID | None) -> set[str]:
    """Return numbers, addresses, e-mails and PANs of every person, or of everyone but one."""
    values = set()
    for kind in ("Customer", "MobileTenure", "KYCProfile"):
        for row in book.rows(kind):
            if but not in PERSONS[kind](book, row):
                values.add(getattr(row, "mobile", None))
                values |= {opened(row, SEALED[name]) for name in CONTACTS if name.startswith(f"{kind}.")}
    own = {
        row.mobile for row in book.rows("MobileTenure") if row.customer_id == but
    }  # a number goes from hand to hand
    return {json.dumps(value, ensure_ascii=False)[1:-1] for value in values - own if value}


def keys(book: Book, *, but: UUID | None) -> set[str]:
    """Return the keys of all that is somebody's, or of all that is not one person's."""
    return {str(row.pk) for kind in PERSONS for row in book.rows(kind) if but not in PERSONS[kind](book, row)}


def viewer(*roles: str, customer: UUID | None = None) -> Viewer:
    return Viewer(kind="SYSTEM", id=ident(1, 0), customer_id=customer, roles=frozenset(roles))


CONTACTS = ("Customer.email", "KYCProfile.pan", "KYCProfile.address")
ASKERS = [
    viewer("operations"),
    viewer("auditor"),
    viewer("service"),
    viewer("relationship_manager"),
    viewer("customer", customer=ME),
    viewer("customer", "operations", customer=ME),
]


@pytest.fixture(scope="module")
def kept_back(book: Book) -> dict[Viewer, set[str]]:
    """Return, for each who asks, what must be nowhere in an answer."""
    sees_rows = {"operations", "auditor"}
    return {
        asker: contacts(book, but=asker.customer_id)
        | (keys(book, but=asker.customer_id) if not asker.roles & sees_rows else set())
        for asker in ASKERS
    }


@seed(SEED)
@settings(
    max_examples=max(60, OPERATIONS // 3),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
@given(data=st.data(), number=st.integers(0, len(ASKERS) - 1))
def test_nothing_is_told_that_is_not_shown(
    data: st.DataObject, number: int, book: Book, gateway: Gateway, kept_back: dict[Viewer, set[str]]
) -> None:
    asker = ASKERS[number]
    operation = Writer(data.draw, gateway.schema, book).operation()
    request = Request(
        text=operation.text,
        operation_name=operation.name,
        variables=operation.variables,
        correlation_id="masked",
    )
    answer = gateway.answer(request, asker)
    told = f"{sorted(asker.roles)}: {operation.text}\n{operation.variables}"
    body = answer.body.decode()
    codes = {error["extensions"]["code"] for error in json.loads(body).get("errors", ())}
    assert codes <= EXPECTED, f"{codes}\n{told}"
    found = [secret for secret in kept_back[asker] if secret in body]
    assert not found, f"{found[:3]}\n{told}"


def test_what_is_kept_back_is_there_to_be_told(
    clear_gateway: Gateway, book: Book, kept_back: dict[Viewer, set[str]]
) -> None:
    """Who sees everything is told it all, so that its absence elsewhere means something."""
    text = """{ customers(first: 50) { nodes {
        id mobile email kycProfile { pan address } mobileTenures { nodes { mobile } }
    } } }"""
    request = Request(text=text, operation_name=None, variables={}, correlation_id="clear")
    body = clear_gateway.answer(request, EVERYTHING).body.decode()
    assert all(secret in body for secret in contacts(book, but=None))
    assert min(len(secrets) for secrets in kept_back.values()) > 20
