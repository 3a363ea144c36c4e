"""The test database, made by the owner and used by the application's role, as in production."""

from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from banking_project import embedded_postgres


def pytest_configure() -> None:
    embedded_postgres.ensure_running()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Migrate an empty database as the owner; tests then run as the application's role.

    A test with the `db` fixture is rolled back. What must be committed (threads, other processes) goes into
    a database of its own: see `own_database`. Nothing is ever truncated, since audit and ledger only grow.
    """
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    owner, application = connections["owner"], connections["default"]
    before = owner.settings_dict["NAME"]
    owner.settings_dict["TEST"]["NAME"] = f"test_banking_{worker}"
    with django_db_blocker.unblock():
        owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        application.settings_dict["NAME"] = owner.settings_dict["NAME"]
    yield
    with django_db_blocker.unblock():
        application.close()
        owner.creation.destroy_test_db(before, verbosity=0)


def use_database(name: str) -> None:
    """Point both aliases of this process at the database `name`."""
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Give one test a migrated, empty database in which it may commit; yield the database's name."""
    template = str(connections["owner"].settings_dict["NAME"])
    name = f"{template}_own"
    with django_db_blocker.unblock():
        use_database(template)
        connections["owner"].close()
        with connections["owner"]._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        use_database(name)
        yield name
        use_database(template)
        with connections["owner"]._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
