"""The product's settings with another address: same models, same database, same middleware, same server."""

from banking_project.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.contestants.strawberry_django_plain.urls"
