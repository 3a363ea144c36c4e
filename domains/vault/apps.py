"""The vault as a Django application: it refuses to start production without keys."""

from django.apps import AppConfig
from django.conf import settings

from domains.vault.keyring import keyring


class VaultConfig(AppConfig):
    """No models; in production the keys are read at start, so that a missing one is found there."""

    name = "domains.vault"
    label = "vault"

    def ready(self) -> None:
        """Read the keyring when it must have been given."""
        if settings.BANKING_ENVIRONMENT == "production":
            keyring()
