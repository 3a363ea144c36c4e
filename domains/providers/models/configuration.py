"""The registry of external systems, and configuration that operations change without a deploy.

Each change makes a new version; the versions only grow, and hold everything but credentials.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from domains.kernel.actor import ActorKind
from domains.kernel.clock import now
from domains.kernel.models import Record, one_of, sealed_together
from domains.providers.words import RETRIED, Capability


def _retried() -> list[str]:
    return list(RETRIED)


class SystemConfig(Record):
    """One configured value, by key; `version` rises with each change."""

    key = models.CharField(max_length=100)
    value = models.JSONField()
    description = models.TextField(default="", blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=now)
    updated_by = models.UUIDField(null=True, help_text="the user's id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="config_key_once")]


class Provider(Record):
    """An external system of one capability, and how it is asked.

    Among enabled ones the lowest `priority` is asked first, among equals by chance in proportion to `weight`.
    `adapter` names the folder that speaks its interface; without one it is registered, but can't be asked.
    The limits on concurrency and rate hold for all processes together; no rate means no limit.
    """

    code = models.CharField(max_length=50)
    name = models.CharField(max_length=200)
    capability = models.CharField(max_length=20, choices=Capability)
    adapter = models.CharField(max_length=50, default="", blank=True)
    base_url = models.TextField()
    credentials_sealed = models.BinaryField(null=True)
    credentials_masked = models.TextField(null=True, help_text="their names")
    enabled = models.BooleanField(default=True)
    priority = models.IntegerField(default=100)
    weight = models.PositiveIntegerField(default=1)
    connect_timeout_ms = models.IntegerField(default=1_000)
    read_timeout_ms = models.IntegerField(default=3_000)
    total_timeout_ms = models.IntegerField(default=5_000)
    retry_attempts_max = models.IntegerField(default=3, help_text="the first attempt included")
    retry_backoff_ms = models.IntegerField(default=100)
    retry_backoff_ms_max = models.IntegerField(default=1_000)
    retry_jitter_ms = models.IntegerField(default=100)
    retry_codes = ArrayField(models.TextField(), default=_retried, blank=True)
    concurrency_max = models.IntegerField(default=50)
    rate_per_minute = models.IntegerField(null=True)
    rate_burst = models.IntegerField(default=10)
    breaker_window_s = models.IntegerField(default=30)
    breaker_calls_min = models.IntegerField(default=10)
    breaker_fault_percent = models.IntegerField(default=50)
    breaker_open_s = models.IntegerField(default=15)
    breaker_probes = models.IntegerField(default=2)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="provider_code_once"),
            one_of("provider_capability_known", "capability", Capability.values),
            models.CheckConstraint(
                name="provider_timeouts_fit",
                condition=Q(connect_timeout_ms__gt=0, read_timeout_ms__gt=0)
                & Q(total_timeout_ms__gte=F("connect_timeout_ms")),
            ),
            models.CheckConstraint(name="provider_weight_positive", condition=Q(weight__gt=0)),
            models.CheckConstraint(
                name="provider_retries_fit",
                condition=Q(retry_attempts_max__gte=1, retry_backoff_ms__gte=0, retry_jitter_ms__gte=0)
                & Q(retry_backoff_ms_max__gte=F("retry_backoff_ms"))
                & Q(retry_codes__contained_by=_retried()),
            ),
            models.CheckConstraint(
                name="provider_limits_fit",
                condition=Q(concurrency_max__gte=1, rate_burst__gte=1)
                & (Q(rate_per_minute__isnull=True) | Q(rate_per_minute__gte=1)),
            ),
            models.CheckConstraint(
                name="provider_breaker_fits",
                condition=Q(breaker_window_s__gte=1, breaker_calls_min__gte=1, breaker_open_s__gte=1)
                & Q(breaker_probes__gte=1, breaker_fault_percent__gte=1, breaker_fault_percent__lte=100),
            ),
            sealed_together("provider_credentials_sealed", "credentials"),
        ]


class MaintenanceWindow(Record):
    """A time in which a provider is not asked."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="maintenance_windows")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="maintenance_ends_later", condition=Q(ends_at__gt=F("starts_at")))
        ]


class Version(Record):
    """What a version of something configured held, who made it, and how."""

    version = models.PositiveIntegerField()
    cause = models.TextField()
    changed_at = models.DateTimeField(default=now)
    changed_by_kind = models.CharField(max_length=10, choices=ActorKind)
    changed_by = models.UUIDField(null=True, help_text="the user's id")

    class Meta:
        abstract = True


class ProviderVersion(Version):
    """The settings of a provider as they were; the table only grows."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="versions", db_index=False)
    settings = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "version"], name="provider_version_once"),
            one_of("provider_version_actor_known", "changed_by_kind", ActorKind.values),
        ]


class SystemConfigVersion(Version):
    """A configured value as it was; the table only grows."""

    config = models.ForeignKey(
        SystemConfig, on_delete=models.PROTECT, related_name="versions", db_index=False
    )
    value = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["config", "version"], name="config_version_once"),
            one_of("config_version_actor_known", "changed_by_kind", ActorKind.values),
        ]
