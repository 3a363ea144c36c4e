"""What calls leave behind: the state that all processes share, and what was exchanged."""

from typing import Any

from django.db import models

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.providers.models.configuration import Provider
from domains.providers.words import Breaker, Outcome


def _nothing() -> dict[str, Any]:
    return {}


class ProviderState(models.Model):
    """How a provider is doing: its circuit breaker, what is on its way to it, and its last health check.

    `tally` is what `gate` counts by; times in it are seconds since the epoch by the database's clock.
    """

    provider = models.OneToOneField(
        Provider, on_delete=models.CASCADE, primary_key=True, related_name="state"
    )
    breaker = models.CharField(max_length=10, choices=Breaker, default=Breaker.CLOSED)
    breaker_changed_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True, help_text="when an open breaker lets a probe through")
    tally = models.JSONField(default=_nothing)
    checked_at = models.DateTimeField(null=True)
    check_passed = models.BooleanField(null=True)
    check_code = models.TextField(default="", blank=True)
    check_latency_ms = models.IntegerField(null=True)

    class Meta:
        constraints = [one_of("provider_breaker_known", "breaker", Breaker.values)]


class ProviderExchange(Record):
    """One request to a provider and what came back: masked for reading, and whole under encryption for a time."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="exchanges", db_index=False)
    action = models.TextField()
    attempt = models.PositiveIntegerField()
    correlation_id = models.TextField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    code = models.TextField()
    raw_code = models.TextField(default="", blank=True)
    iso_code = models.TextField(default="", blank=True)
    fault = models.BooleanField(help_text="whether the provider itself was unwell")
    http_status = models.IntegerField(null=True)
    request = models.JSONField(help_text="masked")
    answer = models.JSONField(null=True, help_text="masked")
    whole_sealed = models.BinaryField(null=True, help_text="both as they were; gone after a time")
    sent_at = models.DateTimeField(default=now)
    answered_at = models.DateTimeField(default=now)
    latency_ms = models.IntegerField()

    class Meta:
        constraints = [one_of("exchange_outcome_known", "outcome", Outcome.values)]
        indexes = [
            models.Index(fields=["provider", "-sent_at", "-id"], name="exchange_by_provider"),
            models.Index(fields=["-sent_at", "-id"], name="exchange_newest"),
            models.Index(fields=["correlation_id"], name="exchange_by_correlation"),
        ]
