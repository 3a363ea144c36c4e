"""The domain as a Django application."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Registers the models under the label `vault`."""

    name = "domains.vault"
    label = "vault"
