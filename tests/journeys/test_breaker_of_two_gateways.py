"""A bureau that fails is left alone by two gateways and a worker over one book, and taken back by all of them."""

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import RunningGateway, Sandbox
from tests.journeys.asking import Ask, asker
from tests.journeys.conftest import CHANGE, PROVIDER, TIMES
from tests.journeys.test_kyc import GIVEN, OPEN
from tests.journeys.test_provider_changed_while_running import second_gateway as second_gateway

BUREAU, OTHER = "sandbox-kyc", "sandbox-kyc-2"
READ = """
query ($code: String!) { provider(code: $code) {
  id version baseUrl enabled breaker breakerCallsMin breakerOpenS breakerProbes retryAttemptsMax
  connectTimeoutMs readTimeoutMs totalTimeoutMs
} }
"""
CREATE = """
mutation { createCustomer(input: {fullName: "Nisha Pillai", mobile: "+919820077321"}) {
  customer { id } problems { code } } }
"""
PROFILE = "query ($id: ID!) { node(id: $id) { ... on KYCProfile { version status checksMissing } } }"
SUBMIT = """
mutation ($input: KYCProfileVersionInput!) { submitKycProfile(input: $input) { problems { code } } }
"""
VERIFY = """
mutation ($input: KYCProfileVersionInput!, $key: String!) {
  verifyKycProfile(input: $input, idempotencyKey: $key) { problems { code retryAfter } }
}
"""
BREAKER = {"breakerCallsMin": 3, "breakerOpenS": 3, "breakerProbes": 2, "retryAttemptsMax": 1}


@pytest.fixture
def only_bureau(
    running_gateway: RunningGateway, demo_token: Callable[[str], str], sandbox: Sandbox
) -> Iterator[str]:
    """Let one bureau, played by the sandbox, be all there is; put everything back afterwards."""
    ask, operator = asker(running_gateway.url), demo_token("operations")

    def change(code: str, settings: dict[str, Any]) -> None:
        known = ask(PROVIDER, bearer=operator, variables={"code": code})["data"]["provider"]
        done = ask(CHANGE, bearer=operator, variables={**known, "settings": settings})
        assert done["data"]["changeProvider"]["problems"] == []

    before = {
        code: ask(READ, bearer=operator, variables={"code": code})["data"]["provider"]
        for code in (BUREAU, OTHER)
    }
    change(BUREAU, {"baseUrl": f"{sandbox.url}/kyc/only/", "enabled": True, **TIMES, **BREAKER})
    change(OTHER, {"enabled": False})
    yield "kyc/only"
    for code, settings in before.items():
        change(code, {name: settings[name] for name in settings.keys() - {"id", "version", "breaker"}})


def test_a_breaker_opens_and_closes_for_both_gateways(
    running_gateway: RunningGateway,
    second_gateway: str,
    paying_worker: "subprocess.Popen[bytes]",
    only_bureau: str,
    demo_token: Callable[[str], str],
    sandbox: Sandbox,
) -> None:
    one, other = asker(running_gateway.url), asker(second_gateway)
    officer, keys = demo_token("officer"), iter(range(10_000))

    def breaker(ask: Ask) -> str:
        told = ask(READ, bearer=officer, variables={"code": BUREAU})
        return str(told["data"]["provider"]["breaker"])

    def read(ask: Ask) -> Any:
        return ask(PROFILE, bearer=officer, variables={"id": profile})["data"]["node"]

    def verify(ask: Ask) -> list[dict[str, Any]]:
        wish = {"input": {"id": profile, "version": read(ask)["version"]}, "key": f"breaker-{next(keys)}"}
        told = ask(VERIFY, bearer=officer, variables=wish)
        return list(told["data"]["verifyKycProfile"]["problems"])

    customer = one(CREATE, bearer=officer)["data"]["createCustomer"]["customer"]["id"]
    given = {**GIVEN, "pan": "AAPPP4521M", "customer": customer}
    opened = one(OPEN.replace("journey-opens", "breaker-opens"), bearer=officer, variables={"input": given})
    profile = opened["data"]["createKycProfile"]["kycProfile"]["id"]
    one(SUBMIT, bearer=officer, variables={"input": {"id": profile, "version": 1}})

    sandbox.misbehave("error_200", where=only_bureau)  # HTTP says that all is well
    assert verify(one) == []
    _wait(lambda: breaker(one) == "OPEN")
    # A probe comes through now and then and fails; what is asked of the other gateway meanwhile is refused.
    _wait(lambda: [each["code"] for each in verify(other)] == ["KYC_NO_BUREAU"])
    _wait(lambda: [each["retryAfter"] for each in verify(one)] == [60])
    assert read(other)["checksMissing"], "nobody answered"

    sandbox.world.faults.clear()
    asked = len(sandbox.asked(only_bureau))
    _wait(lambda: verify(other) is not None and breaker(other) == "CLOSED")
    assert breaker(one) == "CLOSED"
    assert len(sandbox.asked(only_bureau)) >= asked + BREAKER["breakerProbes"]
    assert verify(one) == []
    _wait(lambda: read(one)["checksMissing"] == [])


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)
