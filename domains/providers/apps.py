"""The domain as a Django application."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    """Registers the models under the label `providers`."""

    name = "domains.providers"
    label = "providers"
