"""The domain as a Django application."""

from django.apps import AppConfig


class PortfoliosConfig(AppConfig):
    """Registers the models under the label `portfolios`."""

    name = "domains.portfolios"
    label = "portfolios"
