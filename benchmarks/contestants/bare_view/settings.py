"""The product's settings with another address: the same middleware, nothing behind it."""

from banking_project.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.contestants.bare_view.urls"
