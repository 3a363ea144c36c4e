"""Transactions, the states that they went through, and the attempts made with providers."""

from django.db import models
from django.db.models import Q

from domains.kernel.actor import ActorKind
from domains.kernel.clock import now
from domains.kernel.models import Record, above_zero, at_least, one_of, plain, sealed_together
from domains.kernel.money import Currency
from domains.providers.words import Outcome as Outcome


class TransactionKind(models.TextChoices):
    """What is done."""

    PAYMENT = "PAYMENT"
    TRANSFER = "TRANSFER"
    BUY = "BUY"
    SELL = "SELL"
    PURCHASE = "PURCHASE"
    REDEMPTION = "REDEMPTION"
    DIVIDEND = "DIVIDEND"
    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    INTEREST = "INTEREST"
    FEE = "FEE"


class Direction(models.TextChoices):
    """Which way the money goes, seen from the customer."""

    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


class Channel(models.TextChoices):
    """The way it takes: India's payment rails, the market, or within the house."""

    UPI = "UPI"
    IMPS = "IMPS"
    NEFT = "NEFT"
    RTGS = "RTGS"
    EXCHANGE = "EXCHANGE"
    DEPOSITORY = "DEPOSITORY"
    INTERNAL = "INTERNAL"
    OTHER = "OTHER"


class TransactionStatus(models.TextChoices):
    """Where it stands. UNKNOWN: a provider did not answer, so nobody may call it failed."""

    INITIATED = "INITIATED"
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    UNKNOWN = "UNKNOWN"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    REVERSED = "REVERSED"


class Transaction(Record):
    """One movement of a customer's money, with what it was for."""

    reference = models.CharField(max_length=64)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="transactions", db_index=False
    )
    kind = models.CharField(max_length=20, choices=TransactionKind)
    direction = models.CharField(max_length=10, choices=Direction)
    channel = models.CharField(max_length=20, choices=Channel, default=Channel.OTHER)
    status = models.CharField(max_length=20, choices=TransactionStatus, default=TransactionStatus.INITIATED)
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    currency = models.CharField(max_length=3, choices=Currency)
    demat_account = models.ForeignKey(
        "demat.DematAccount", on_delete=models.PROTECT, null=True, related_name="transactions", db_index=False
    )
    security = models.ForeignKey(
        "portfolios.Security",
        on_delete=models.PROTECT,
        null=True,
        related_name="transactions",
        db_index=False,
    )
    quantity = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    price = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    counterparty_account_sealed = models.BinaryField(null=True)
    counterparty_account_masked = models.CharField(max_length=40, null=True)
    narration = models.TextField(default="", blank=True)
    source = models.CharField(max_length=100, default="", blank=True)
    source_reference = models.CharField(max_length=200, default="", blank=True)
    value_date = models.DateField(null=True)
    settled_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="transaction_reference_once"),
            plain("transaction_reference_plain", "reference"),
            models.UniqueConstraint(
                fields=["customer", "source", "source_reference"],
                condition=~Q(source=""),
                name="transaction_source_once",
            ),
            one_of("transaction_kind_known", "kind", TransactionKind.values),
            one_of("transaction_direction_known", "direction", Direction.values),
            one_of("transaction_channel_known", "channel", Channel.values),
            one_of("transaction_status_known", "status", TransactionStatus.values),
            one_of("transaction_currency_known", "currency", Currency.values),
            above_zero("transaction_amount_positive", "amount"),
            at_least("transaction_quantity_sane", "quantity", 0),
            at_least("transaction_price_sane", "price", 0),
            sealed_together("transaction_counterparty_sealed", "counterparty_account"),
        ]
        indexes = [
            models.Index(fields=["customer", "-created_at", "-id"], name="transaction_by_customer"),
            models.Index(fields=["-created_at", "-id"], name="transaction_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="transaction_by_status"),
            models.Index(
                fields=["demat_account", "-created_at", "-id"],
                name="transaction_by_demat",
                condition=Q(demat_account__isnull=False),
            ),
            models.Index(
                fields=["security", "-created_at", "-id"],
                name="transaction_by_security",
                condition=Q(security__isnull=False),
            ),
        ]


class TransactionEvent(Record):
    """One change of state, and who caused it; the table only grows."""

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    from_status = models.CharField(max_length=20, choices=TransactionStatus, null=True)
    to_status = models.CharField(max_length=20, choices=TransactionStatus)
    cause = models.TextField()
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    actor_id = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            one_of("event_from_known", "from_status", TransactionStatus.values),
            one_of("event_to_known", "to_status", TransactionStatus.values),
            one_of("event_actor_known", "actor_kind", ActorKind.values),
        ]
        indexes = [models.Index(fields=["transaction", "recorded_at", "id"], name="event_by_transaction")]


class Attempt(Record):
    """One call to one provider for one transaction; no outcome yet while it is on its way."""

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="attempts", db_index=False
    )
    provider = models.ForeignKey("providers.Provider", on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, null=True)
    raw_code = models.TextField(default="", blank=True)
    iso_code = models.TextField(default="", blank=True)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transaction", "number"], name="attempt_number_once"),
            one_of("attempt_outcome_known", "outcome", Outcome.values),
        ]
