"""Operations restart two gateways one after the other while clients ask through nginx: nobody notices."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.conftest import BASE_DIR, RunningGateway, free_port
from tests.programs import program
from tests.waiting import until

GUNICORN = [sys.executable, "-W", "ignore", "-m", "gunicorn", "banking_project.wsgi:application"]
EXAMPLE = BASE_DIR / "examples" / "nginx" / "banking.conf"
CLIENTS = 8
BODY = json.dumps({"query": '{ customer(mobile: "+919876543210") { fullName } }'})
NGINX = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    {site}
}}
"""


class Gateways:
    """Gateways over one database, each on a port of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment, self.ports = environment, [free_port(), free_port()]
        self.running = {port: self._started(port) for port in self.ports}
        for port in self.ports:
            self.wait_until_ready(port)

    def _started(self, port: int) -> "subprocess.Popen[bytes]":
        environment = self.environment | {"PORT": str(port), "METRICS_PORT": str(free_port())}
        return subprocess.Popen(GUNICORN, cwd=BASE_DIR, env=environment)

    def wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if probe(port, "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError("the gateway did not become ready within a minute")

    def restart(self, port: int) -> int:
        """Stop a gateway as an orchestrator does, start it again, and return the status that it ended with."""
        process = self.running[port]
        process.terminate()
        status = process.wait(timeout=60)
        self.running[port] = self._started(port)
        self.wait_until_ready(port)
        return status

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(timeout=60)


def probe(port: int, path: str) -> tuple[int, dict[str, object]]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


class Clients:
    """Threads that ask again as soon as they are answered, on connections that they keep."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.outcomes: Counter[str] = Counter()
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._ask_until_ended) for _ in range(CLIENTS)]

    def go_on(self) -> None:
        """Wait until a few hundred more were answered."""
        answered = self.outcomes["answered"]
        until(lambda: self.outcomes["answered"] > answered + 200)

    def _ask_until_ended(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        while not self.ended.is_set():
            try:
                connection.request("POST", "/graphql", BODY, headers)
                response = connection.getresponse()
                answer = response.read()
                self.outcomes["answered" if b'"fullName":' in answer else f"HTTP {response.status}"] += 1
            except (OSError, http.client.HTTPException) as error:
                self.outcomes[repr(error)] += 1
                connection.close()
        connection.close()


@pytest.fixture
def gateways(running_gateway: RunningGateway) -> Iterator[Gateways]:
    started = Gateways(running_gateway.environment)
    yield started
    started.stop()


@contextmanager
def nginx(gateways: Gateways, directory: Path) -> Iterator[int]:
    """Run nginx with the site that the documentation gives, on free ports."""
    command, port = program("nginx", package="nginx-light"), free_port()
    site = EXAMPLE.read_text().replace("listen 8080", f"listen 127.0.0.1:{port}")
    for given, chosen in zip((5000, 5001), gateways.ports, strict=True):
        site = site.replace(f"127.0.0.1:{given}", f"127.0.0.1:{chosen}")
    configuration = directory / "nginx.conf"
    configuration.write_text(NGINX.format(directory=directory, site=site))
    process = subprocess.Popen([command, "-p", str(directory), "-c", str(configuration)])
    try:
        gateways.wait_until_ready(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_a_rolling_restart_under_load_loses_no_request(
    gateways: Gateways, demo_token: Callable[[str], str], tmp_path: Path
) -> None:
    with nginx(gateways, tmp_path) as port:
        clients = Clients(port, demo_token("officer"))
        for thread in clients.threads:
            thread.start()
        statuses = []
        for gateway in gateways.ports:
            clients.go_on()
            statuses.append(gateways.restart(gateway))
        clients.go_on()
        clients.ended.set()
        for thread in clients.threads:
            thread.join(timeout=60)
    assert statuses == [0, 0]
    assert set(clients.outcomes) == {"answered"}, clients.outcomes
