"""A receipt holds as many places as an answer has."""

import pytest

from domains.audit.models import AuditLog
from domains.customers.operations import create_customer
from domains.demat.operations import open_account
from domains.kernel.actor import Actor
from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import schema

PLACES = 60  # PostgreSQL's functions take 100 arguments, an object needs two for each place


@pytest.mark.django_db
def test_a_read_with_sixty_places_is_answered_and_recorded() -> None:
    actor = Actor.system("test")
    customer_id = create_customer(actor=actor, full_name="Many Places", mobile="+919812345670")
    open_account(actor=actor, bo_id="1208160001234567", holder_ids=[customer_id])
    aliases = " ".join(f"a{number}: dematAccounts(first: 1) {{ nodes {{ id }} }}" for number in range(PLACES))
    request = Request(
        text=f'{{ customer(mobile: "+919812345670") {{ {aliases} }} }}',
        operation_name=None,
        variables={},
        correlation_id="many-places",
    )
    gateway = Gateway(schema(), POLICY, customer_of=lambda _: None)
    answer = gateway.answer(request, Viewer(kind="SYSTEM", roles=frozenset({"operations"})))
    assert b'"errors"' not in answer.body
    receipt = AuditLog.objects.get(correlation_id="many-places")
    assert len(receipt.disclosed) == PLACES + 1
    assert set(receipt.subjects) == {customer_id}
