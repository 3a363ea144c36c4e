"""A trail with entries in it, committed, in a database of its own."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from django.db import connection

from banking_project import embedded_postgres
from domains.audit.events import Event
from domains.audit.operations import record
from domains.audit.sealing import OLDER_THAN_ALL_THAT_RUN, seal
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.identifiers import new_id
from tests.waiting import until

HELD_BACK = f"""SELECT FROM audit_auditlog AS a
WHERE NOT {OLDER_THAN_ALL_THAT_RUN} AND a.written_by < pg_snapshot_xmax(pg_current_snapshot())"""
Superuser = Callable[..., list[tuple[Any, ...]]]


def write_entries(number: int) -> list[Any]:
    actor = Actor(kind=ActorKind.USER, id=new_id(), roles=frozenset({"auditor"}), purpose="a “test”, quoted")
    return [
        record(event=Event.READ, actor=actor, operation_name=f"Read{each}", subjects=[new_id()])
        for each in range(number)
    ]


def seal_all() -> None:
    """Seal what is there under one head; one of another test that holds it back is waited for."""
    until(_nothing_holds_it_back)
    while seal():
        pass


def _nothing_holds_it_back() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(HELD_BACK)
        return cursor.fetchone() is None


@pytest.fixture
def superuser(own_database: str) -> Iterator[Superuser]:
    """Return what runs SQL by hand as the database's superuser, past every trigger and right."""
    admin = psycopg2.connect(host=embedded_postgres.socket_directory(), user="postgres", dbname=own_database)
    admin.autocommit = True

    def run(sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with admin.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # no trigger fires
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    yield run
    admin.close()
