"""What a mutation did and the reading of its answer are one transaction, in which the reading may fail alone."""

import json
from typing import Any

import pytest
from django.db import connection, connections, transaction

from domains.customers.operations import create_customer
from domains.kernel.actor import Actor
from domains.kernel.identifiers import new_id
from domains.providers.operations import register_provider
from domains.transactions.models import Transaction
from gateway.idempotency import TransactionBroken
from gateway.models import IdempotencyKey
from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import gateway, schema
from tests.gateway.test_idempotency import Made, do
from tests.people import verify

OPERATIONS = Viewer(kind="SYSTEM", roles=frozenset({"operations"}))
PAY = """
mutation ($input: InitiatePaymentInput!, $key: String!) {
  initiatePayment(input: $input, idempotencyKey: $key) {
    problems { code } transaction { reference attempts { nodes { id } } }
  }
}
"""
TOGETHER = """
SELECT count(*), count(DISTINCT written_by::text) FROM audit_auditlog
WHERE operation_name = 'initiate_payment' OR (event = 'READ' AND correlation_id = 'test')
"""


@pytest.fixture
def payment() -> dict[str, Any]:
    """Return the variables of a payment that may be begun."""
    system = Actor.system("test")
    register_provider(
        actor=system, code="rail", name="rail", capability="PAYMENT_RAIL", adapter="sandbox_rail",
        base_url="http://127.0.0.1:9/", credentials={"api_key": "k"},
    )  # fmt: skip
    customer = create_customer(actor=system, full_name="Asha Rao", mobile="+919876543210")
    verify(customer)
    given = {
        "channel": "UPI",
        "amount": "250.50",
        "vpa": "asha.rao@okbank",
        "customerId": f"Customer:{customer}",
    }
    return {"input": given, "key": new_id().hex}


def pay(variables: dict[str, Any], *, through: Gateway | None = None) -> dict[str, Any]:
    request = Request(text=PAY, operation_name=None, variables=variables, correlation_id="test")
    body: dict[str, Any] = json.loads((through or gateway()).answer(request, OPERATIONS).body)
    return body


def owner(statement: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)
    connections["owner"].close()


def test_what_was_done_and_the_receipt_of_its_answer_are_committed_together(
    own_database: str, payment: dict[str, Any]
) -> None:
    assert pay(payment)["data"]["initiatePayment"]["transaction"]["reference"]
    with connection.cursor() as cursor:
        cursor.execute(TOGETHER)
        assert cursor.fetchone() == (2, 1)


def test_what_was_done_stands_when_it_can_not_be_read_and_is_told_when_it_is_asked_again(
    own_database: str, payment: dict[str, Any]
) -> None:
    attempts, reader = "transactions_attempt", connection.settings_dict["USER"]
    owner(f"REVOKE SELECT ON {attempts} FROM {reader}")
    body = pay(payment)
    assert body["data"]["initiatePayment"] == {"problems": [], "transaction": None}
    (error,) = body["errors"]
    assert error["path"] == ["initiatePayment", "transaction"]
    assert error["message"].startswith("It was done")
    reference = Transaction.objects.get().reference
    owner(f"GRANT SELECT ON {attempts} TO {reader}")
    assert pay(payment)["data"]["initiatePayment"]["transaction"]["reference"] == reference
    assert Transaction.objects.count() == 1


def test_no_setting_lets_an_operation_be_told_before_it_is_on_disk(
    own_database: str, payment: dict[str, Any], settings: Any
) -> None:
    """What is read of it is not sensitive here, and its receipt alone would not have to wait."""
    settings.AUDIT_DURABLE_RECEIPTS = "sensitive"
    with transaction.atomic():  # so that what the statements set for their transaction can be seen
        body = pay(payment, through=Gateway(schema(), POLICY, customer_of=lambda _: None))
        assert body["data"]["initiatePayment"]["transaction"]
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)


LOSE_THE_CONNECTION = """
CREATE SEQUENCE tried;
GRANT USAGE ON SEQUENCE tried TO {reader};
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('tried') <= {times} THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lose AFTER INSERT ON jobs_job FOR EACH ROW EXECUTE FUNCTION lose();
"""


def test_an_operation_whose_connection_is_lost_on_the_way_is_done_once(
    own_database: str, payment: dict[str, Any]
) -> None:
    owner(LOSE_THE_CONNECTION.format(reader=connection.settings_dict["USER"], times=1))
    reference = pay(payment)["data"]["initiatePayment"]["transaction"]["reference"]
    assert Transaction.objects.get().reference == reference
    assert IdempotencyKey.objects.count() == 1


def test_without_a_database_nothing_is_done_and_the_request_says_so(
    own_database: str, payment: dict[str, Any]
) -> None:
    owner(LOSE_THE_CONNECTION.format(reader=connection.settings_dict["USER"], times=2))
    (error,) = pay(payment)["errors"]
    assert error["extensions"]["code"] == "DATABASE_UNAVAILABLE"
    assert not Transaction.objects.exists()
    assert pay(payment)["data"]["initiatePayment"]["transaction"]["reference"]


def careless(payload: Any) -> Any:
    """Tell it all the same after a statement has failed."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    except Exception:
        return payload


def test_what_is_told_by_a_broken_transaction_is_not_told_and_nothing_stays(own_database: str) -> None:
    """PostgreSQL's COMMIT of a transaction in which a statement failed takes it back without an error."""
    with pytest.raises(TransactionBroken):
        do(lambda: Made(thing=new_id()), told=careless)
    assert not IdempotencyKey.objects.exists()


def test_what_is_told_again_by_a_broken_transaction_is_not_told(own_database: str) -> None:
    """Its receipt would be taken back, too."""
    done = do(lambda: Made(thing=new_id()))
    with pytest.raises(TransactionBroken):
        do(lambda: Made(thing=new_id()), told=careless)
    assert do(lambda: Made(thing=new_id())) == done
