"""The domain as a Django application."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Registers the models under the label `customers`."""

    name = "domains.customers"
    label = "customers"
