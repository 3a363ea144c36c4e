"""The main plans are made before the first request, which then finds them."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from banking_project import warming
from domains.identity.roles import Role
from gateway.models import StoredDocument
from gateway.pipeline import Gateway
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import schema
from tests.asking import ask as ask_over_http
from tests.asking import signed_in
from tests.gateway.asking import ask
from tests.people import make_user

EXAMPLE = Path(settings.BASE_DIR, "explorer/operations/customer.graphql")


@pytest.fixture
def cold(db: None, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Return a gateway that has made no plan, in the place of the one that is warmed."""
    made = Gateway(schema(), POLICY, customer_of=lambda _: None)
    monkeypatch.setattr(warming, "gateway", lambda: made)
    monkeypatch.setattr(connections, "close_all", lambda: None)  # the test's transaction is on one
    return made


def test_the_explorers_examples_are_planned_for_every_role(cold: Gateway) -> None:
    assert warming.warm_plans() > 50
    built = cold.planner.built
    variables = json.loads(EXAMPLE.with_suffix(".variables.json").read_text())
    for role in (Role.KYC_OFFICER, Role.ADMINISTRATOR):
        user = make_user(role.value, role.value)
        viewer = Viewer(kind="SYSTEM", id=user.id, user_id=user.id, roles=frozenset({role.value}))
        answered = ask(cold, viewer, EXAMPLE.read_text().strip(), variables)
        assert answered.status == 200
    # SYSTEM is another profile than USER: these two were made; over HTTP none is.
    assert cold.planner.built == built + 2


def test_a_first_request_finds_its_plan(cold: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    from schema.root import gateway

    warming.warm_plans()
    token = signed_in(make_user("omar", "kyc_officer"))
    monkeypatch.setattr(gateway(), "planner", cold.planner)
    monkeypatch.setattr(gateway(), "documents", cold.documents)
    built = cold.planner.built
    variables = json.loads(EXAMPLE.with_suffix(".variables.json").read_text())
    answered = ask_over_http(EXAMPLE.read_text().strip(), variables, token=token, headers={"X-Purpose": "x"})
    assert answered.codes == []
    assert cold.planner.built == built


def test_stored_documents_are_planned_as_well(cold: Gateway) -> None:
    before = warming.warm_plans()
    StoredDocument.objects.create(
        id="one", digest="x", name="", origin="", text="query { customers { totalCount } }"
    )
    StoredDocument.objects.create(id="bad", digest="y", name="", origin="", text="query { nothing }")
    assert warming.warm_plans() == before + len(Role.values)


def test_a_database_that_does_not_answer_stops_nothing(
    cold: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def away() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(warming, "_stored", away)
    assert warming.warm_plans() == 0
