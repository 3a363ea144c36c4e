"""Transactions: money and units on their way, with what is due next."""

from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.models import Record, above_zero, at_least, one_of, plain, sealed_together
from domains.kernel.money import Currency


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


class NextAction(models.TextChoices):
    """What the program does next of its own accord."""

    SEND = "SEND"
    ASK_STATUS = "ASK_STATUS"


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
    holding = models.ForeignKey(
        "portfolios.Holding",
        on_delete=models.PROTECT,
        null=True,
        related_name="transactions",
        db_index=False,
    )
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="reversals", db_index=False
    )
    counterparty_account_sealed = models.BinaryField(null=True)
    counterparty_account_masked = models.CharField(max_length=40, null=True)
    counterparty_ifsc = models.CharField(max_length=11, default="", blank=True)
    to_merchant = models.BooleanField(default=False)
    narration = models.TextField(default="", blank=True)
    source = models.CharField(max_length=100, default="", blank=True)
    source_reference = models.CharField(max_length=200, default="", blank=True)
    value_date = models.DateField(null=True)
    settled_at = models.DateTimeField(null=True)
    next_action = models.CharField(max_length=10, choices=NextAction, null=True)
    next_at = models.DateTimeField(null=True)
    must_end_by = models.DateField(null=True, help_text="after this day the customer is compensated")
    ended_at = models.DateTimeField(null=True)
    correlation_id = models.TextField(default="", blank=True)
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
            one_of("transaction_next_known", "next_action", NextAction.values),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(reverses__isnull=False) & ~Q(status__in=["REJECTED", "CANCELLED"]),
                name="transaction_reversed_once",
            ),
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
            models.Index(
                fields=["holding"],
                name="transaction_by_holding",
                condition=Q(holding__isnull=False),
            ),
        ]
