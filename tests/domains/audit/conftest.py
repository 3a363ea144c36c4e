"""A trail with entries in it, committed, in a database of its own."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest

from banking_project import embedded_postgres
from domains.audit.events import Event
from domains.audit.models import AuditLog, Leaf
from domains.audit.operations import record
from domains.audit.sealing import seal
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.identifiers import new_id

Superuser = Callable[..., list[tuple[Any, ...]]]


def write_entries(number: int) -> list[Any]:
    actor = Actor(kind=ActorKind.USER, id=new_id(), roles=frozenset({"auditor"}), purpose="a “test”, quoted")
    return [
        record(event=Event.READ, actor=actor, operation_name=f"Read{each}", subjects=[new_id()])
        for each in range(number)
    ]


def seal_all() -> None:
    """Seal what is there; a transaction anywhere on the server, of another test too, holds it back a while."""
    deadline = time.monotonic() + 60
    while seal() or (AuditLog.objects.count() > Leaf.objects.count() and time.monotonic() < deadline):
        time.sleep(0.01)


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
