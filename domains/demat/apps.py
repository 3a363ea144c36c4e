"""The domain as a Django application."""

from django.apps import AppConfig


class DematConfig(AppConfig):
    """Registers the models under the label `demat`."""

    name = "domains.demat"
    label = "demat"
