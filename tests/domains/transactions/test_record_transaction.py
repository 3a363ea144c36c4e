"""Recording what a source tells: once, exact, with its first event."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from domains.audit.queries import entries_about
from domains.kernel.actor import Actor
from domains.kernel.failures import Conflict, Failure, Invalid, NotFound, Refused
from domains.kernel.identifiers import new_id
from domains.providers.models import Provider
from domains.transactions.models import Attempt, Transaction, TransactionEvent
from domains.transactions.operations import record_transaction
from domains.vault.sealing import open_sealed
from tests.domains.refusal import breaks, refuses

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def told(officer: Actor, owner_id: UUID) -> dict[str, object]:
    return {
        "actor": officer,
        "customer_id": owner_id,
        "source": "account-aggregator",
        "source_reference": "M123",
        "kind": "PAYMENT",
        "direction": "DEBIT",
        "channel": "UPI",
        "amount": Decimal("250.50"),
        "currency": "INR",
        "occurred_at": NOON,
    }


def test_a_transaction_is_settled_when_it_is_told(told, owner_id: UUID, officer: Actor) -> None:
    transaction_id, is_new = record_transaction(
        **told, value_date=date(2026, 11, 23), counterparty_account="5010001234", narration="Rent"
    )
    stored = Transaction.objects.get(id=transaction_id)
    assert is_new
    assert (stored.amount, stored.currency, stored.status) == (Decimal("250.50"), "INR", "SETTLED")
    assert (stored.created_at, stored.settled_at) == (NOON, NOON)
    assert stored.reference == f"TX{transaction_id.hex.upper()}"
    assert stored.counterparty_account_masked == "XXXXXX1234"
    assert stored.counterparty_account_sealed is not None
    opened = open_sealed(
        table_column="transactions_transaction.counterparty_account",
        pk=transaction_id,
        sealed=stored.counterparty_account_sealed,
    )
    assert opened == "5010001234"
    event = TransactionEvent.objects.get()
    assert (event.from_status, event.to_status, event.actor_id) == (None, "SETTLED", officer.id)
    assert entries_about(owner_id)[0].operation_name == "record_transaction"
    assert "250.50" not in str(entries_about(owner_id)[0].changes)


def test_told_again_it_changes_nothing(told) -> None:
    first, _ = record_transaction(**told)
    assert record_transaction(**told) == (first, False)
    assert (Transaction.objects.count(), TransactionEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "other", [{"amount": Decimal("250.51")}, {"currency": "USD"}, {"direction": "CREDIT"}]
)
def test_told_again_otherwise_it_is_a_conflict(told, other: dict[str, object]) -> None:
    record_transaction(**told)
    with pytest.raises(Conflict) as refused:
        record_transaction(**(told | other))
    assert refused.value.code == "TRANSACTION_DIFFERS"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"amount": Decimal("0")}, ("amount",)),
        ({"amount": Decimal("-1")}, ("amount",)),
        ({"amount": Decimal("0.001")}, ("amount",)),
        ({"amount": Decimal("sNaN")}, ("amount",)),
        ({"amount": Decimal("1e18")}, ("amount",)),
        ({"currency": ""}, ("currency",)),
        ({"kind": "GIFT"}, ("kind",)),
        ({"direction": "UP"}, ("direction",)),
        ({"channel": "PIGEON"}, ("channel",)),
        ({"source": ""}, ("source",)),
        ({"source_reference": "a\x00"}, ("sourceReference",)),
        ({"narration": "a\x00"}, ("narration",)),
        ({"quantity": Decimal("-1")}, ("quantity",)),
        ({"price": Decimal("0.00001")}, ("price",)),
        ({"counterparty_account": "1"}, ("counterpartyAccount",)),
    ],
)
def test_what_is_no_transaction_is_refused(told, given: dict[str, object], path: tuple[str]) -> None:
    with pytest.raises(Invalid) as refused:
        record_transaction(**(told | given))
    assert refused.value.path == path
    assert not Transaction.objects.exists()


def test_it_belongs_to_a_customer_and_to_an_account_of_theirs(
    told, stranger_id: UUID, account_id: UUID
) -> None:
    expected: dict[type[Failure], dict[str, object]] = {
        NotFound: {"customer_id": new_id()},
        Refused: {"customer_id": stranger_id, "demat_account_id": account_id},
    }
    for family, given in expected.items():
        with pytest.raises(family):
            record_transaction(**(told | given))


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"amount": 0}, "transaction_amount_positive"),
        ({"amount": -1}, "transaction_amount_positive"),
        ({"currency": ""}, "transaction_currency_known"),
        ({"status": "LOST"}, "transaction_status_known"),
        ({"kind": "GIFT"}, "transaction_kind_known"),
        ({"direction": "UP"}, "transaction_direction_known"),
        ({"channel": "PIGEON"}, "transaction_channel_known"),
        ({"quantity": -1}, "transaction_quantity_sane"),
        ({"price": -1}, "transaction_price_sane"),
        ({"counterparty_account_masked": "XXXX"}, "transaction_counterparty_sealed"),
        ({"reference": "first"}, "transaction_reference_once"),
        ({"source": "s", "source_reference": "1"}, "transaction_source_once"),
    ],
)
def test_the_database_refuses_a_transaction_that_can_not_be(
    owner_id: UUID, given: dict[str, object], constraint: str
) -> None:
    fields = {"customer_id": owner_id, "kind": "FEE", "direction": "DEBIT", "amount": 1, "currency": "INR"}
    Transaction.objects.create(**fields, reference="first", source="s", source_reference="1")
    with breaks(constraint):
        Transaction.objects.create(**({"reference": "second"} | fields | given))


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transactions_transactionevent SET cause = 'x'",
        "DELETE FROM transactions_transactionevent",
        "TRUNCATE transactions_transactionevent CASCADE",
    ],
)
def test_what_a_transaction_went_through_is_never_rewritten(statement: str) -> None:
    refuses("default", statement, because="permission denied")
    refuses("owner", statement, because="transactions_transactionevent only grows")


def test_an_attempt_has_its_number_and_a_known_outcome(told) -> None:
    transaction_id, _ = record_transaction(**told)
    provider = Provider.objects.create(code="rail", name="Rail", capability="PAYMENT_RAIL", base_url="")
    attempt = {"transaction_id": transaction_id, "provider": provider, "number": 1}
    Attempt.objects.create(**attempt, outcome="UNKNOWN")
    with breaks("attempt_number_once"):
        Attempt.objects.create(**attempt)
    with breaks("attempt_outcome_known"):
        Attempt.objects.create(**(attempt | {"number": 2}), outcome="MAYBE")
