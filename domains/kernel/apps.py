"""The kernel as a Django application: it holds the migration that grants the application's role."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """No models; migrations only."""

    name = "domains.kernel"
    label = "kernel"

    def ready(self) -> None:
        """See to it that transactions begin well behind a pooler."""
        from domains.kernel.pooling import begin_transactions_well

        begin_transactions_well()
