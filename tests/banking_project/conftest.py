"""A production deployment: keys of its own, a host name, a proxy before it that ends TLS."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from banking_project.feed import Feed
from domains.vault.keyring import forget_keyring
from domains.vault.keysets import make_keyring
from domains.vault.signing import forget_signing_keys, make_signing_keys
from schema.root import gateway
from tests.banking_project.feeding import served
from tests.conftest import BASE_DIR, database_url, free_port
from tests.gateway.conftest import copy_database, drop_database

HOST = "gateway.example"
BEHIND_TLS = {"X-Forwarded-Proto": "https"}
KEPT = ("PATH", "HOME", "LANG", "BANKING_VAR", "PYTHONPATH")
GUNICORN = [sys.executable, "-W", "ignore", "-m", "gunicorn", "banking_project.wsgi:application"]
MANAGE = [sys.executable, "-W", "ignore", "manage.py"]


def production_environment(directory: Path) -> dict[str, str]:
    """Return all that production must be given, with keys made in `directory`, and nothing else."""
    (directory / "keyring.json").write_text(make_keyring())
    (directory / "signing.json").write_text(make_signing_keys())
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "BANKING_ENVIRONMENT": "production",
        "BANKING_LOG_DIR": str(directory / "logs"),
        "BANKING_KEYRING_FILE": str(directory / "keyring.json"),
        "BANKING_SIGNING_KEYS_FILE": str(directory / "signing.json"),
        "DJANGO_SECRET_KEY": "abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJKLMN",
        "ALLOWED_HOSTS": HOST,
        "SECURE_PROXY_SSL_HEADER": "X-Forwarded-Proto",
        "PROVIDER_NOTICES_URL": f"https://{HOST}/provider-notices",
    }


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Production:
    """A gunicorn in production settings, its environment, its keyring's file, and what it prints."""

    port: int
    environment: dict[str, str]
    keyring_file: Path
    output: Path

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] = BEHIND_TLS,
    ) -> Answer:
        """Send a request as the proxy would; `headers` take the place of what it adds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"Host": HOST, **headers}
        if body is not None:
            sent |= {"Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, found, response.read())
        connection.close()
        return answer

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the server and return what it printed."""
        done = subprocess.run(
            [*MANAGE, *arguments],
            cwd=BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def production(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Production]:
    """Serve over a database of the module's own, which this process uses as well, with the same keys."""
    directory = tmp_path_factory.mktemp("production")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        before = copy_database(f"{connections['owner'].settings_dict['NAME']}_production")
        name, port = str(connections["default"].settings_dict["NAME"]), free_port()
        environment = production_environment(directory) | {
            "DATABASE_URL": database_url(name, "banking_app"),
            "DATABASE_OWNER_URL": database_url(name, "banking_owner"),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "METRICS_PORT": str(free_port()),
            "WEB_CONCURRENCY": "2",
        }
        for variable in ("BANKING_KEYRING_FILE", "BANKING_SIGNING_KEYS_FILE"):
            patch.setenv(variable, environment[variable])
        forget_keyring()
        forget_signing_keys()
        subprocess.run(
            [*MANAGE, "collectstatic", "--noinput", "-v0"], cwd=BASE_DIR, env=environment, check=True
        )
        running = Production(port, environment, directory / "keyring.json", directory / "output")
        with running.output.open("w") as output:
            process = subprocess.Popen(GUNICORN, cwd=BASE_DIR, env=environment, stdout=output, stderr=output)
        try:
            _wait(running, process)
            yield running
        finally:
            process.terminate()
            process.wait(timeout=60)
            drop_database(name, back_to=before)
    forget_keyring()
    forget_signing_keys()


def _wait(production: Production, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, production.output.read_text()
        try:
            production.send("GET", "/graphql?query={__typename}")
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("gunicorn did not serve within three minutes")


@pytest.fixture
def feed(own_database: str) -> Iterator[tuple[Feed, str]]:
    """Serve a feed over a database of its own; yield it and its address."""
    made = Feed(gateway())
    with served(made) as url:
        yield made, url
