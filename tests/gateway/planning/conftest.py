"""A foreign schema for the planner: the library of `tests/toy`, with its tables, rows and viewers."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, connections
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from gateway.pipeline import Gateway
from gateway.viewer import Viewer
from tests.gateway.conftest import copy_database, drop_database
from tests.gateway.counting import Sent, counted

LIBRARIAN = Viewer(kind="SYSTEM", roles=frozenset({"librarian"}))  # sees everything
CLERK = Viewer(kind="SYSTEM", roles=frozenset({"clerk"}))  # sees masks, and no money


def reader(key: UUID, *others: str) -> Viewer:
    """Return the viewer who is a reader: sees what is theirs, and what other roles give."""
    return Viewer(kind="SYSTEM", id=key, customer_id=key, roles=frozenset({"reader", *others}))


@pytest.fixture(scope="module")
def library(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Give a module the library in a database of its own, committed; yield the database's name."""
    installed = override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "tests.toy"])
    with django_db_blocker.unblock(), installed:
        from tests.toy.rows import write_rows

        before = copy_database(f"{connections['owner'].settings_dict['NAME']}_library")
        with connections["owner"].schema_editor() as editor:
            for model in apps.get_app_config("toy").get_models():
                editor.create_model(model)
        connections["owner"].close()
        write_rows()
        yield str(connection.settings_dict["NAME"])
        drop_database(str(connection.settings_dict["NAME"]), back_to=before)


@pytest.fixture
def gateway(library: str) -> Gateway:
    """Return a new gateway over the library: nothing planned, nothing cached."""
    from tests.toy.schema import POLICY, schema

    return Gateway(schema(), POLICY, customer_of=lambda _: None)


@pytest.fixture
def sent(library: str) -> Iterator[Sent]:
    """Record every text that is sent to PostgreSQL."""
    with counted() as sent:
        yield sent
