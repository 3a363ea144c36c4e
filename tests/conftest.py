"""The test database, made by the owner and used by the application's role, as in production."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from banking_project import embedded_postgres
from sandbox.server import make_server
from sandbox.world import Seen, World

BASE_DIR = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    os.environ["OTEL_BSP_SCHEDULE_DELAY"] = "100"  # ms, for processes that tests start
    (BASE_DIR / "staticfiles").mkdir(exist_ok=True)  # whitenoise warns without it, and warnings are errors
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


@pytest.fixture(autouse=True)
def fresh_allowances() -> None:
    """Let each test begin with full allowances: what a process took in advance outlives a rolled back test."""
    root = sys.modules.get("schema.root")
    if root is not None:
        root.gateway().rates.allowances._accounts.clear()


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
            # Not WITH (FORCE): the owner may not end an autovacuum at work there; a plain DROP waits for it.
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND backend_type = 'client backend'",
                [name],
            )
            cursor.execute(f'DROP DATABASE "{name}"')


def database_url(name: str, role: str) -> str:
    """Return the address of a database of the embedded server, as DATABASE_URL wants it."""
    host = quote(embedded_postgres.socket_directory(), safe="")
    return f"postgres://{role}@{host}/{name}"


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox of providers, and ways to make it misbehave and tell what it was asked."""

    url: str
    world: World

    def misbehave(self, fault: str, **rule: object) -> None:
        """Set a rule (see `sandbox.faults`)."""
        self.world.faults.add({"fault": fault, **rule})

    def asked(self, where: str = "") -> list[Seen]:
        """Return the requests that came to providers of this place."""
        return [seen for seen in self.world.seen if seen.path.startswith(where)]


@pytest.fixture(scope="session", autouse=True)
def _no_connection_left() -> Iterator[None]:
    """Close what was kept open to providers, the sandbox among them."""
    yield
    if (client := sys.modules.get("domains.providers.client")) is not None:
        client.close()


@pytest.fixture(scope="session")
def _sandbox_server() -> Iterator[Sandbox]:
    server = make_server(host="127.0.0.1", port=0, seed=1)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield Sandbox(f"http://127.0.0.1:{server.server_address[1]}", server.world)
    server.shutdown()
    server.server_close()


@pytest.fixture
def sandbox(_sandbox_server: Sandbox) -> Sandbox:
    """Return the sandbox, well-behaved, asked nothing yet."""
    _sandbox_server.world.faults.clear()
    _sandbox_server.world.seen.clear()
    return _sandbox_server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class RunningGateway:
    """A real gunicorn over a database of its own with a demo book: what a deployment is."""

    url: str
    metrics_url: str
    environment: dict[str, str]
    process: "subprocess.Popen[bytes]"

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the server and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *arguments],
            cwd=BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def wait_until_served(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, "gunicorn ended instead of serving"
        try:
            urllib.request.urlopen(f"{url}/graphql?query={{__typename}}", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("gunicorn did not serve within three minutes")


@pytest.fixture(scope="session")
def running_gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningGateway]:
    """Serve a demo book of 30 customers over real HTTP, once for the whole run."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    name, port, metrics_port = f"test_gateway_{worker}", free_port(), free_port()
    admin = psycopg2.connect(host=embedded_postgres.socket_directory(), user="postgres", dbname="postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" OWNER {embedded_postgres.OWNER}')
    admin.close()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(name, embedded_postgres.APPLICATION),
        "DATABASE_OWNER_URL": database_url(name, embedded_postgres.OWNER),
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        "SANDBOX_PORT": str(free_port()),  # nothing answers there
        "FEED_PORT": str(free_port()),  # nor there, unless a test starts a feed
        "WEB_CONCURRENCY": "2",
        "BANKING_LOG_DIR": str(tmp_path_factory.mktemp("logs")),
    }
    for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], ["demo", "--customers", "30"]):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *command],
            cwd=BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"manage.py {command[0]}: {done.stderr}"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "gunicorn", "banking_project.wsgi:application"],
        cwd=BASE_DIR,
        env=environment,
    )
    gateway = RunningGateway(
        f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}/metrics", environment, process
    )
    try:
        wait_until_served(gateway.url, process)
        yield gateway
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="session")
def gateway_url(running_gateway: RunningGateway) -> str:
    """Return the address of a running gateway with a demo book."""
    return running_gateway.url


@pytest.fixture(scope="session")
def demo_token(running_gateway: RunningGateway) -> Callable[[str], str]:
    """Return what gives an access token for a demo login."""

    @lru_cache
    def made(username: str, _five_minutes: int) -> str:
        return running_gateway.manage("token", username).strip()

    # A token lasts for a quarter of an hour; on a slow machine the journeys last longer.
    return lambda username: made(username, int(time.monotonic() // 300))
