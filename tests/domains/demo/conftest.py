"""A loaded book that the tests of one file look at together."""

from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from domains.demo.book import Book
from domains.demo.load import load_book
from domains.kernel.actor import Actor
from tests.conftest import use_database

SIZE = 300


@pytest.fixture(scope="module")
def book(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Book]:
    """Load a book into a database of its own; for looking at, not for writing."""
    template = str(connections["owner"].settings_dict["NAME"])
    name, loaded = f"{template}_demo", Book(SIZE)
    with django_db_blocker.unblock():
        use_database(template)
        with connections["owner"]._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        use_database(name)
        load_book(
            book=loaded, actor=Actor.system("load the demo book in a test"), progress=lambda _count: None
        )
        yield loaded
        use_database(template)
        with connections["owner"]._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
