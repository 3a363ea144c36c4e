"""The gateway as a Django application."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """Registers the models under the label `gateway`."""

    name = "gateway"
    label = "gateway"
