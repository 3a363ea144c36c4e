"""The registry of external systems, and configuration that operations change without a deploy."""

from django.db import models
from django.db.models import F, Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of, sealed_together
from domains.providers.words import Capability as Capability


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
    """

    code = models.CharField(max_length=50)
    name = models.CharField(max_length=200)
    capability = models.CharField(max_length=20, choices=Capability)
    adapter = models.CharField(max_length=50, default="", blank=True)
    base_url = models.TextField()
    credentials_sealed = models.BinaryField(null=True)
    credentials_masked = models.TextField(null=True)
    enabled = models.BooleanField(default=True)
    priority = models.IntegerField(default=100)
    weight = models.PositiveIntegerField(default=1)
    connect_timeout_ms = models.IntegerField(default=1_000)
    read_timeout_ms = models.IntegerField(default=3_000)
    total_timeout_ms = models.IntegerField(default=5_000)
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
            sealed_together("provider_credentials_sealed", "credentials"),
        ]
