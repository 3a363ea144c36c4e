"""Which shared store the settings name."""

from django.conf import settings

from gateway.rates.postgres import PostgresStore
from gateway.rates.store import Store


def configured() -> Store:
    """Return the store of the settings: Redis where they name one, else PostgreSQL."""
    if url := getattr(settings, "REDIS_URL", ""):
        from gateway.rates.redis import RedisStore  # the library is needed only here

        return RedisStore(url)
    return PostgresStore()
