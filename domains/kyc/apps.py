"""The domain as a Django application."""

from django.apps import AppConfig


class KYCConfig(AppConfig):
    """Registers the models under the label `kyc`."""

    name = "domains.kyc"
    label = "kyc"
