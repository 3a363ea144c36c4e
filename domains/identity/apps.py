"""The domain as a Django application."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Registers the models under the label `identity`."""

    name = "domains.identity"
    label = "identity"
