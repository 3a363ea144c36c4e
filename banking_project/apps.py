"""The wiring as a Django application: it owns commands and checks, no models."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Registers the checks."""

    name = "banking_project"

    def ready(self) -> None:
        """Let Django know of the checks."""
        from banking_project import checks  # noqa: F401  registered by being imported
