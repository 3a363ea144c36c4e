"""The sandbox itself: the same for the same seed, and misbehaving exactly when it is told to."""

import hashlib
import hmac
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest

from sandbox.faults import Faults, UnknownRule
from sandbox.server import SERVICES, make_server
from tests.conftest import BASE_DIR, Sandbox, free_port

PAN = {"pan": "ABCPE1234F", "name": "Asha Rao"}


def send(
    url: str, path: str, body: dict[str, Any] | None = None, **headers: str
) -> tuple[int, dict[str, str], Any]:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
    try:
        sent = {"Authorization": "Bearer key", **headers}
        connection.request("GET" if body is None else "POST", path, body and json.dumps(body), sent)
        response = connection.getresponse()
        content = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
        return response.status, found, json.loads(content) if content.startswith(b"{") else content
    finally:
        connection.close()


@contextmanager
def seeded(seed: int) -> Iterator[str]:
    server = make_server(host="127.0.0.1", port=0, seed=seed)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_same_seed_gives_the_same_answers() -> None:
    told = []
    for seed in (1, 1, 2):
        with seeded(seed) as url:
            told.append(
                send(url, "/prices/main/prices", {"isins": ["INE009A01021"]})[2]["prices"][0]["price"]
            )
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_answers_a_ping_with_a_signature_that_holds(sandbox: Sandbox, service: str) -> None:
    status, headers, body = send(sandbox.url, f"/{service}/main/ping")
    assert (status, body) == (200, {"status": "OK"})
    expected = hmac.new(b"key", json.dumps(body).encode(), hashlib.sha256).hexdigest()
    assert headers["x-sandbox-signature"] == expected


def test_who_brings_no_key_is_refused(sandbox: Sandbox) -> None:
    assert send(sandbox.url, "/kyc/one/pan/verify", PAN, Authorization="")[0] == 401


def test_a_fault_is_chosen_by_header_for_one_request(sandbox: Sandbox) -> None:
    assert send(sandbox.url, "/kyc/one/ping", **{"X-Sandbox-Fault": "error_500"})[0] == 500
    assert send(sandbox.url, "/kyc/one/ping")[0] == 200
    with pytest.raises(HTTPException):
        send(sandbox.url, "/kyc/one/ping", **{"X-Sandbox-Fault": "half"})


def test_a_fault_is_chosen_by_customer_and_by_provider(sandbox: Sandbox) -> None:
    sandbox.misbehave("error_503", where="kyc/one", match="ABCPE1234F")
    assert send(sandbox.url, "/kyc/one/pan/verify", PAN)[0] == 503
    assert send(sandbox.url, "/kyc/one/pan/verify", PAN | {"pan": "ABCPE9999F"})[0] == 200
    assert send(sandbox.url, "/kyc/two/pan/verify", PAN)[0] == 200


def test_a_fault_is_chosen_by_rate_the_same_for_the_same_seed() -> None:
    runs = []
    for _ in range(2):
        faults = Faults(seed=7)
        faults.add({"fault": "slow", "rate": 0.3})
        runs.append([faults.decide(header="", instance="kyc/a", path="", body="").name for _ in range(500)])
    assert runs[0] == runs[1]
    assert 100 < Counter(runs[0])["slow"] < 200


def test_a_fault_is_played_so_many_times(sandbox: Sandbox) -> None:
    sandbox.misbehave("rate_limited", times=2)
    statuses = [send(sandbox.url, "/kyc/one/ping")[0] for _ in range(3)]
    assert statuses == [429, 429, 200]


@pytest.mark.parametrize(
    "rule", [{"fault": "magic"}, {"fault": "slow", "rate": 2}, {"fault": "slow", "x": 1}, {}]
)
def test_a_rule_that_can_not_be_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(UnknownRule):
        Faults(seed=1).add(rule)


def test_faults_are_set_and_cleared_from_the_command_line(sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    set_one = faults("slow", "--where", "kyc/alpha", "--rate", "0.5", "--seconds", "1", "--port", port)
    assert set_one.returncode == 0
    rule = {"fault": "slow", "where": "kyc/alpha", "match": "", "rate": 0.5, "times": None, "seconds": 1.0}
    assert json.loads(set_one.stdout) == rule
    assert sandbox.world.faults.listed() == [rule]
    assert "behaves well" in faults("--clear", "--port", port).stdout
    refused = faults("slow", "--rate", "7", "--port", port)
    assert (refused.returncode, refused.stderr.strip()) == (1, "A rate is between 0 and 1.")
    nobody = faults("--port", str(free_port()))
    assert nobody.returncode == 1
    assert "manage.py sandbox" in nobody.stderr


def faults(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-W", "ignore", "manage.py", "sandbox_faults", *arguments]
    return subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=60)
