"""The gateway as a Django application (it has no tables)."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """Name the application."""

    name = "gateway"
    label = "gateway"
