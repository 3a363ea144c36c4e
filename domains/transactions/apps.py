"""The domain as a Django application."""

from django.apps import AppConfig


class TransactionsConfig(AppConfig):
    """Registers the models under the label `transactions`."""

    name = "domains.transactions"
    label = "transactions"
