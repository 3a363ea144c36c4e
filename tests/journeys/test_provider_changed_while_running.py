"""Operations move a provider and turn it off while requests run; every gateway and worker follows at once."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import BASE_DIR, RunningGateway, Sandbox, free_port, wait_until_served
from tests.journeys.asking import Ask, asker

REGISTER = """
mutation ($input: RegisterProviderInput!) {
  registerProvider(input: $input) { provider { id version } problems { code message } }
}
"""
CHANGE = """
mutation ($input: ChangeProviderInput!) {
  changeProvider(input: $input) { provider { version } problems { code message } }
}
"""
TEST = "mutation ($input: TestProviderInput!) { testProvider(input: $input) { passed code } }"


@pytest.fixture
def second_gateway(running_gateway: RunningGateway) -> Iterator[str]:
    """Serve the same book a second time, by another gunicorn."""
    port = free_port()
    environment = running_gateway.environment | {
        "PORT": str(port),
        "METRICS_PORT": str(free_port()),
        "WEB_CONCURRENCY": "1",
    }
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "banking_project.wsgi:application"]
    process = subprocess.Popen(command, cwd=BASE_DIR, env=environment)
    try:
        wait_until_served(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_a_provider_is_moved_while_both_gateways_call_it(
    running_gateway: RunningGateway,
    second_gateway: str,
    demo_token: Callable[[str], str],
    sandbox: Sandbox,
) -> None:
    gateways = [asker(running_gateway.url), asker(second_gateway)]
    bearer = demo_token("operations")

    def done(ask: Ask, document: str, wish: dict[str, Any]) -> Any:
        answer = ask(document, bearer=bearer, variables={"input": wish})
        (payload,) = answer["data"].values()
        return payload

    made = done(gateways[0], REGISTER, {
        "code": "moving", "name": "Moving", "capability": "PRICE_SOURCE", "adapter": "sandbox_prices",
        "baseUrl": f"{sandbox.url}/prices/old/", "credentials": [{"name": "api_key", "value": "any"}],
    })["provider"]  # fmt: skip
    told: list[list[Any]] = [[], []]
    stop = threading.Event()

    def go_on(number: int) -> None:
        while not stop.is_set():
            told[number].append(done(gateways[number], TEST, {"id": made["id"]}))

    threads = [threading.Thread(target=go_on, args=[number % 2]) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        _wait(lambda: all(len(each) >= 5 for each in told))
        change = {"id": made["id"], "version": 1, "settings": {"baseUrl": f"{sandbox.url}/prices/new/"}}
        assert done(gateways[0], CHANGE, change)["problems"] == []
        to_the_old = len(sandbox.asked("prices/old"))
        calls_before = [len(each) for each in told]
        _wait(lambda: all(len(each) >= n + 5 for each, n in zip(told, calls_before, strict=True)))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    # Within no time at all: each call reads the settings, so the old address gets those that had begun.
    assert len(sandbox.asked("prices/old")) <= to_the_old + len(threads)
    assert len(sandbox.asked("prices/new")) >= 6
    assert {each["code"] for calls in told for each in calls} == {"OK"}
    stale = done(gateways[1], CHANGE, {**change, "settings": {"enabled": False}})
    assert [each["code"] for each in stale["problems"]] == ["STALE_VERSION"]
    off = done(gateways[1], CHANGE, {"id": made["id"], "version": 2, "settings": {"enabled": False}})
    assert off["provider"] == {"version": 3}


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)
