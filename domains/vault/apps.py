"""The vault as a Django application: no models, so that it needs no migration."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Owns no table; that production has keys is checked before anything starts (`production.faults`)."""

    name = "domains.vault"
    label = "vault"
