"""Books for the gateway's tests, each in a database of its own, and viewers."""

from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from gateway.access import EVERY_ROW, Policy
from gateway.classification import Classification, Decision
from gateway.pipeline import Gateway
from gateway.viewer import Viewer
from schema.root import schema
from tests.conftest import use_database
from tests.gateway.book import write_book

SEES_EVERYTHING = Policy(
    own={},
    roles={"everything": dict.fromkeys(Classification, Decision.SHOW)},
    rows={"everything": EVERY_ROW},
)
EVERYTHING = Viewer(kind="SYSTEM", roles=frozenset({"everything"}))


def copy_database(name: str) -> str:
    """Make a database like the migrated, empty one, point both aliases at it, and return the one before."""
    template = str(connections["owner"].settings_dict["NAME"])
    use_database(template)
    connections["owner"].close()
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    use_database(name)
    return template


def drop_database(name: str, *, back_to: str) -> None:
    """Drop a database and point both aliases at another."""
    use_database(back_to)
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(
            f'DROP DATABASE "{name}"'
        )  # not by force, which fails while autovacuum is at work there
    connections["owner"].close()


@pytest.fixture(scope="module")
def written_book(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Give a module the small book, committed; what its tests write stays until the module ends."""
    with django_db_blocker.unblock():
        before = copy_database(f"{connections['owner'].settings_dict['NAME']}_book")
        name = str(connections["default"].settings_dict["NAME"])
        write_book()
        yield name
        drop_database(name, back_to=before)


@pytest.fixture(scope="session")
def clear_gateway() -> Gateway:
    """Return a gateway over the schema under a policy that shows everything to `EVERYTHING`."""
    return Gateway(schema(), SEES_EVERYTHING, customer_of=lambda _: None)
