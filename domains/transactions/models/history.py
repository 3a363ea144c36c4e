"""What a transaction went through: changes of state, and attempts with providers."""

from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Cast

from domains.kernel.actor import ActorKind
from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.providers.words import Outcome
from domains.transactions.models.transaction import Transaction, TransactionStatus

# Nothing is known of it, or it was done, or it may have been.
NOT_KNOWN = Q(outcome__isnull=True) | Q(outcome="UNKNOWN")
DONE_PERHAPS = ["ACCEPTED", "SETTLED", "UNKNOWN"]
MAY_HAVE_BEEN_DONE = Q(outcome__isnull=True) | Q(outcome__in=DONE_PERHAPS)

_WRITING = Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField())


class TransactionEvent(Record):
    """One change of state, and who caused it; the table only grows.

    `written_by` is the number of the database's transaction: it says when the event is seen (see `places`).
    """

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    from_status = models.CharField(max_length=20, choices=TransactionStatus, null=True)
    to_status = models.CharField(max_length=20, choices=TransactionStatus)
    cause = models.TextField()
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    actor_id = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(default=now)
    written_by = models.BigIntegerField(db_default=_WRITING, editable=False)

    class Meta:
        constraints = [
            one_of("event_from_known", "from_status", TransactionStatus.values),
            one_of("event_to_known", "to_status", TransactionStatus.values),
            one_of("event_actor_known", "actor_kind", ActorKind.values),
        ]
        indexes = [
            models.Index(fields=["transaction", "recorded_at", "id"], name="event_by_transaction"),
            models.Index(fields=["written_by", "id"], name="event_as_told"),
        ]


class Attempt(Record):
    """One instruction to one provider for one transaction; no outcome yet while it is on its way.

    It is committed before it is sent. The database refuses a second one as long as one may have been done: what
    was not answered, is unknown, was taken or is settled.
    """

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="attempts", db_index=False
    )
    provider = models.ForeignKey("providers.Provider", on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, null=True)
    raw_code = models.TextField(default="", blank=True)
    iso_code = models.TextField(default="", blank=True)
    message = models.TextField(default="", blank=True)
    provider_reference = models.TextField(default="", blank=True)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="the provider must not do it after this")
    answered_at = models.DateTimeField(null=True)
    latency_ms = models.IntegerField(null=True)
    asked_count = models.PositiveIntegerField(default=0, help_text="how often its status was asked for")
    asked_at = models.DateTimeField(null=True)
    exchange = models.ForeignKey(
        "providers.ProviderExchange",
        on_delete=models.PROTECT,
        null=True,
        related_name="instructions",
        db_index=False,
    )
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transaction", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["transaction"], condition=MAY_HAVE_BEEN_DONE, name="attempt_one_may_be_done"
            ),
            one_of("attempt_outcome_known", "outcome", Outcome.values),
        ]
        indexes = [models.Index(fields=["expires_at"], name="attempt_not_known", condition=NOT_KNOWN)]

    @property
    def may_have_been_done(self) -> bool:
        """Tell whether it was done or may have been, so that there must not be another one."""
        return self.outcome is None or self.outcome in DONE_PERHAPS
