"""The domain as a Django application."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Registers the models under the label `jobs`."""

    name = "domains.jobs"
    label = "jobs"
