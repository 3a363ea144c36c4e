"""How the trail keeps subjects (an array with GIN, or a table of their own); how fast it is sealed and searched.

    python -m benchmarks.audit_tables [--rows 10000000] [--subjects 50000] [--only search]

Works in a database of its own on the embedded server, which it drops at the end.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote
from uuid import UUID

import django
import psycopg2

from banking_project import embedded_postgres
from benchmarks.statements import _pgbench

DATABASE = "bench_audit"
SECONDS, CONNECTIONS = 4, 8

# Rows as receipts are: three persons each (a customer and two joint holders), ids in order of time.
FILL = """
INSERT INTO {table} (id, recorded_at, event, viewer_kind, viewer_id, roles, purpose, operation_name, document_id,
    field, shape_id, subjects, disclosed, row_count, correlation_id, trace_id, address)
SELECT make.id, now(), 'READ', 'USER', gen_random_uuid(), '{{operations}}', 'service request', 'Customer360',
    repeat('ab', 32), 'customer', repeat('cd', 32), make.persons,
    jsonb_build_object('customer', to_jsonb(make.persons[1:1]), 'customer.dematAccounts', to_jsonb(make.persons)),
    1, make.id::text, '', '192.0.2.7'
FROM (SELECT uuidv7() AS id, ARRAY[person(r1), person(r2), person(r3)] AS persons FROM (
    SELECT (random() * {subjects})::int AS r1, (random() * {subjects})::int AS r2,
        (random() * {subjects})::int AS r3
    FROM generate_series(1, {rows})) AS drawn) AS make
"""
PERSON = """CREATE FUNCTION person(number int) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT ('01900000-0006-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$"""
INSERT = "INSERT INTO trail (id, event, viewer_kind, roles, correlation_id, subjects) "
VALUES = "SELECT id, 'READ', 'USER', '{operations}', 'c', persons FROM made"
MADE = """\\set seed random(1, 1000000000)
WITH made AS MATERIALIZED (SELECT uuidv7() AS id, ARRAY(
    SELECT person((hashint4(:seed + number) & 65535)) FROM generate_series(1, %d) AS number) AS persons)
"""
WAYS = {
    "no index on subjects": INSERT.replace("trail", "bare") + VALUES,
    "array with GIN": INSERT.replace("trail", "arrays") + VALUES,
    "table of subjects": ", entry AS (INSERT INTO parents (id, event, viewer_kind, roles, correlation_id, "
    "subjects) SELECT id, 'READ', 'USER', '{operations}', 'c', '{}' FROM made) "
    "INSERT INTO children SELECT person, id FROM made, unnest(persons) AS person",
}


@contextmanager
def database() -> Iterator[Any]:
    """Give a connection to a migrated database that is dropped afterwards."""
    embedded_postgres.ensure_running()
    host = embedded_postgres.socket_directory()
    with closing(psycopg2.connect(host=host, user="postgres", dbname="postgres")) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {embedded_postgres.OWNER}")
        address = f"{quote(host, safe='')}/{DATABASE}"
        os.environ["DATABASE_URL"] = f"postgres://{embedded_postgres.APPLICATION}@{address}"
        os.environ["DATABASE_OWNER_URL"] = f"postgres://{embedded_postgres.OWNER}@{address}"
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        try:
            with closing(psycopg2.connect(host=host, user="postgres", dbname=DATABASE)) as connection:
                connection.autocommit = True
                yield connection
        finally:
            with admin.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def compare_inserts(connection: Any) -> None:
    """Print how many receipts a second each way takes, for 3 and for 60 persons."""
    with connection.cursor() as cursor:
        for table in ("bare", "arrays", "parents"):
            cursor.execute(
                f"CREATE TABLE {table} (LIKE audit_auditlog INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            )
            cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
            cursor.execute(f"CREATE INDEX ON {table} (written_by, id)")
        cursor.execute("CREATE INDEX ON arrays USING gin (subjects)")
        cursor.execute("CREATE TABLE children (person uuid, entry uuid)")
        cursor.execute("CREATE INDEX ON children (person, entry)")
    for persons in (3, 60):
        found: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(3):
            for way, statement in WAYS.items():
                found[way].append(pgbench(MADE % persons + statement))
        for way, rates in found.items():
            print(f"{persons:>3} persons, {way:<21} {statistics.median(rates):>8,.0f} receipts a second")


def pgbench(script: str) -> float:
    """Run a script on several connections for some seconds; return transactions a second."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [
                _pgbench(),
                "-n",
                "-M",
                "prepared",
                "-c",
                str(CONNECTIONS),
                "-j",
                "2",
                "-T",
                str(SECONDS),
                "-f",
                file.name,
                "-h",
                embedded_postgres.socket_directory(),
                "-U",
                "postgres",
                DATABASE,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-1000:]  # fmt: skip
    return float(done.stdout.split("tps = ")[1].split()[0])


def timed(work: Callable[[], Any]) -> float:
    """Return how many seconds something took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure_sealing(connection: Any, rows: int) -> None:
    """Print how many rows a second are sealed while eight writers write."""
    from domains.audit.sealing import seal

    with connection.cursor() as cursor:
        cursor.execute(FILL.format(table="audit_auditlog", subjects=50_000, rows=rows))
    sealed = 0

    def all_of_it() -> None:
        nonlocal sealed
        more = True
        while more:
            more = seal()

    alone = timed(all_of_it)
    print(f"sealing alone: {rows / alone:,.0f} rows a second")
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(table="audit_auditlog", subjects=50_000, rows=rows))
    writing = threading.Thread(
        target=pgbench, args=[MADE % 3 + INSERT.replace("trail", "audit_auditlog") + VALUES]
    )
    writing.start()
    time.sleep(0.5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_leaf")
        before = cursor.fetchone()[0]
        busy = timed(lambda: [seal() for _ in range(max(1, rows // 5_000))])
        cursor.execute("SELECT count(*) FROM audit_leaf")
        print(
            f"sealing beside {CONNECTIONS} writers: {(cursor.fetchone()[0] - before) / busy:,.0f} rows a second"
        )
    writing.join()


def find_by_subject(connection: Any, rows: int, subjects: int) -> None:
    """Print how long it takes to find the latest events about somebody among many rows."""
    from domains.audit.history import histories

    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
        cursor.execute("DROP INDEX audit_by_subject")
        made = timed(lambda: [
            cursor.execute(FILL.format(table="audit_auditlog", subjects=subjects, rows=min(rows, 500_000)))
            for _ in range(max(1, rows // 500_000))
        ])  # fmt: skip
        cursor.execute("CREATE INDEX audit_by_subject ON audit_auditlog USING gin (subjects)")
        cursor.execute("ANALYZE audit_auditlog")
        cursor.execute("SELECT count(*) FROM audit_auditlog")
        count = cursor.fetchone()[0]
    print(f"{count:,} rows in {made:,.0f} s; each of {subjects:,} persons in about {3 * count // subjects:,}")
    chosen = [str(UUID(f"01900000-0006-7000-8000-{random.randrange(subjects):012x}")) for _ in range(50)]
    histories([(chosen[0], 20, None)])
    times = sorted(timed(lambda key=key: histories([(key, 20, None)])) * 1000 for key in chosen)
    print(f"latest 20 about one of them: median {times[25]:.1f} ms, worst of 50 {times[-1]:.1f} ms")


def main() -> None:
    """Measure everything in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--subjects", type=int, default=50_000)
    parser.add_argument("--only", choices=["inserts", "sealing", "search"])
    options = parser.parse_args()
    with database() as connection:
        os.environ["DJANGO_SETTINGS_MODULE"] = "banking_project.settings"
        django.setup()
        with connection.cursor() as cursor:
            cursor.execute(PERSON)
        if options.only in (None, "inserts"):
            compare_inserts(connection)
        if options.only in (None, "sealing"):
            measure_sealing(connection, 50_000)
        if options.only in (None, "search"):
            find_by_subject(connection, options.rows, options.subjects)


if __name__ == "__main__":
    main()
