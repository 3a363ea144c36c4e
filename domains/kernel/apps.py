"""The kernel as a Django application: it holds the migration that grants the application's role."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """No models; migrations only."""

    name = "domains.kernel"
    label = "kernel"
