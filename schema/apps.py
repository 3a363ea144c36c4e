"""The schema as a Django application (it has no tables)."""

from django.apps import AppConfig


class SchemaConfig(AppConfig):
    """Name the application."""

    name = "schema"
    label = "schema"
