"""Who is told of changes, and what became of each telling."""

from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.transactions.models.history import TransactionEvent


class Subscription(Record):
    """An address that is told of changes of state: of one customer's transactions, or of everybody's."""

    owner_id = models.UUIDField(help_text="the user whose it is")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, related_name="subscriptions"
    )
    url = models.TextField()
    secret_sealed = models.BinaryField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer"], name="subscription_active", condition=Q(active=True))]


class DeliveryState(models.TextChoices):
    """Where a telling stands. FAILED: given up; it can be replayed."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class Delivery(Record):
    """One event to be told to one subscriber."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    event = models.ForeignKey(TransactionEvent, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    tries = models.PositiveIntegerField(default=0, help_text="since it was begun, or replayed")
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event"], name="delivery_once"),
            one_of("delivery_state_known", "state", DeliveryState.values),
        ]
        indexes = [
            models.Index(fields=["subscription", "-created_at", "-id"], name="delivery_by_subscription"),
            models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
        ]


class DeliveryTry(Record):
    """One request to a subscriber, and what it answered: the log of deliveries."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="log", db_index=False)
    number = models.PositiveIntegerField()
    http_status = models.IntegerField(null=True)
    failure = models.TextField(default="", blank=True, help_text="why there was no answer")
    latency_ms = models.IntegerField()
    sent_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "delivery tries"
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="delivery_try_once")]
