"""A till: the demo's customer and operator, a worker, and rails in the sandbox."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import BASE_DIR, RunningGateway, Sandbox
from tests.journeys.asking import asker
from tests.journeys.paying import Till

RAILS = ("sandbox-upi", "sandbox-bank")
PROVIDER = "query ($code: String!) { provider(code: $code) { id version } }"
CHANGE = """
mutation ($id: ID!, $version: Int!, $settings: ProviderSettingsInput!) {
  changeProvider(
    input: {id: $id, version: $version, settings: $settings, credentials: [{name: "api_key", value: "till"}]}
  ) { problems { code message path } }
}
"""
TIMES = {"connectTimeoutMs": 500, "readTimeoutMs": 1500, "totalTimeoutMs": 2000}


@pytest.fixture(scope="session")
def paying_worker(running_gateway: RunningGateway) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**running_gateway.environment, "INSTRUCTION_EXPIRES_SECONDS": "3"}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", "worker"],
        cwd=BASE_DIR, env=environment, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield process
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture
def till(
    running_gateway: RunningGateway,
    demo_token: Callable[[str], str],
    paying_worker: "subprocess.Popen[bytes]",
    sandbox: Sandbox,
) -> Till:
    """Return a till whose rails behave well, until a test says otherwise."""
    ask, operator = asker(running_gateway.url), demo_token("operations")
    for code in RAILS:
        known = ask(PROVIDER, bearer=operator, variables={"code": code})["data"]["provider"]
        settings = {"baseUrl": f"{sandbox.url}/rail/{code}/", "enabled": True, **TIMES}
        done = ask(CHANGE, bearer=operator, variables={**known, "settings": settings})["data"][
            "changeProvider"
        ]
        assert [each for each in done["problems"] if each["code"] != "NOTHING_CHANGED"] == []
    places = ("rail/sandbox-upi", "rail/sandbox-bank")
    return Till(ask, demo_token("customer"), operator, sandbox, paying_worker, places)
