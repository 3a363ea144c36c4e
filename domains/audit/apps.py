"""The domain as a Django application."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Registers the models under the label `audit`."""

    name = "domains.audit"
    label = "audit"
