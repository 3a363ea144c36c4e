"""A customer goes from nothing to verified, with one bureau dead and one slow; the history tells the story."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.conftest import BASE_DIR, RunningGateway
from tests.domains.kyc.test_documents import pdf
from tests.journeys.asking import Ask, asker

CREATE = """
mutation { createCustomer(input: {fullName: "Ishita Kulkarni", mobile: "+919820077123"}) {
  customer { id } problems { code } } }
"""
OPEN = """
mutation ($input: CreateKYCProfileInput!) {
  createKycProfile(input: $input, idempotencyKey: "journey-opens") { kycProfile { id version } problems { code } }
}
"""
ATTACH = """
mutation ($input: AttachKYCDocumentInput!) {
  attachKycDocument(input: $input) { document { link } problems { code } }
}
"""
PROFILE = """
query ($id: ID!) { node(id: $id) { ... on KYCProfile {
  status version riskCategory nextDueOn checksMissing
  customer { canDo(action: INVEST) { allowed rule } }
  evidence { nodes { id check finding providerCode confidence obtainedAt } }
  history { nodes { action fromStatus toStatus makerName checkerName reason evidence } }
} } }
"""
QUEUE = (
    "{ kycTasks(filter: {state: {eq: WAITING}}, first: 200) { nodes { id kind ageHours profile { id } } } }"
)
CLAIM = "mutation ($id: ID!) { claimKycTask(id: $id) { task { state } problems { code message } } }"
GIVEN = {
    "pan": "AAPPK4821M",
    "aadhaarLastFour": "2346",
    "aadhaarReference": "234620190308114407437",
    "dateOfBirth": "1988-11-23",
    "address": "12, MG Road, Pune 411001",
    "bankAccount": "50100012345678",
    "bankIfsc": "HDFC0000001",
}


@pytest.fixture
def ask(gateway_url: str) -> Ask:
    return asker(gateway_url)


@pytest.fixture
def bureaus(running_gateway: RunningGateway) -> Iterator[str]:
    """Start a worker, and a sandbox whose first bureau is dead and whose second one is slow."""
    port = running_gateway.environment["SANDBOX_PORT"]
    processes: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> None:
        processes.append(
            subprocess.Popen(
                [sys.executable, "-W", "ignore", "manage.py", *command],
                cwd=BASE_DIR,
                env=running_gateway.environment,
                stdout=subprocess.DEVNULL,
            )
        )

    faults = f"http://127.0.0.1:{port}/_sandbox/faults"
    try:
        start("sandbox", "--port", port)
        set_fault(faults, {"fault": "dead", "where": "kyc/alpha"})
        set_fault(faults, {"fault": "slow", "where": "kyc/beta", "seconds": 1.0})
        start("worker")  # not before: what others left due would find the second bureau dead, too
        yield faults
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=60)


def set_fault(address: str, rule: dict[str, Any]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            headers = {"Content-Type": "application/json"}
            urlopen(Request(address, json.dumps(rule).encode(), headers), timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the sandbox did not start"
            time.sleep(0.1)


def send_file(url: str, bearer: str, variables: dict[str, Any], content: bytes) -> Any:
    """Send a document as a browser's form data does."""
    operations = json.dumps({"query": ATTACH, "variables": variables}).encode()
    parts = {"operations": operations, "map": b'{"f": ["variables.input.file"]}', "f": content}
    body = b"".join(
        b'--cut\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name.encode(), b'; filename="passport.pdf"' if name == "f" else b"", part)
        for name, part in parts.items()
    )
    headers = {
        "Content-Type": "multipart/form-data; boundary=cut",
        "Authorization": f"Bearer {bearer}",
        "GraphQL-Preflight": "1",
    }
    with urlopen(Request(f"{url}/graphql", body + b"--cut--\r\n", headers), timeout=30) as response:
        return json.load(response)


def test_from_nothing_to_verified_with_one_bureau_dead_and_one_slow(
    ask: Ask, gateway_url: str, bureaus: str, demo_token: Callable[[str], str]
) -> None:
    meera, arjun = demo_token("officer"), demo_token("officer2")
    customer = ask(CREATE, bearer=meera)["data"]["createCustomer"]["customer"]["id"]
    opened = ask(OPEN, bearer=meera, variables={"input": {"customer": customer, **GIVEN}})
    profile = opened["data"]["createKycProfile"]["kycProfile"]
    again = ask(OPEN, bearer=meera, variables={"input": {"customer": customer, **GIVEN}})
    assert again["data"] == opened["data"], "the same key opens the same profile"
    key = profile["id"]

    def read() -> Any:
        return ask(PROFILE, bearer=meera, variables={"id": key})["data"]["node"]

    def do(mutation: str, bearer: str, kind: str = "KYCProfileVersionInput", **more: Any) -> Any:
        once = f', idempotencyKey: "{mutation}-1"' if mutation == "verifyKycProfile" else ""
        text = f"mutation ($i: {kind}!) {{ {mutation}(input: $i{once}) {{ problems {{ code message }} }} }}"
        variables = {"i": {"id": key, "version": read()["version"], **more}}
        return ask(text, bearer=bearer, variables=variables)["data"][mutation]["problems"]

    sent = {"input": {"id": key, "version": 1, "kind": "PASSPORT", "file": None}}
    attached = send_file(gateway_url, meera, sent, pdf())["data"]["attachKycDocument"]
    assert attached["problems"] == []
    with urlopen(gateway_url + attached["document"]["link"], timeout=30) as response:
        assert response.read().startswith(b"%PDF-")
    assert do("submitKycProfile", meera) == []
    (task,) = [
        each for each in ask(QUEUE, bearer=meera)["data"]["kycTasks"]["nodes"] if each["profile"]["id"] == key
    ]
    assert (task["kind"], task["ageHours"]) == ("VERIFY", 0)
    assert ask(CLAIM, bearer=meera, variables={"id": task["id"]})["data"]["claimKycTask"]["problems"] == []
    (problem,) = do("verifyKycProfile", arjun)
    assert problem["code"] == "KYC_TASK_CLAIMED"
    assert "Meera Nair" in problem["message"]
    assert do("verifyKycProfile", meera) == []

    verdict = {"verdict": "APPROVE", "riskCategory": "MEDIUM", "reason": "All agree"}
    deadline = time.monotonic() + 60
    while (seen := read())["checksMissing"]:
        assert time.monotonic() < deadline, f"still missing: {seen['checksMissing']}"
        time.sleep(0.3)
    assert {(each["check"], each["finding"], each["providerCode"]) for each in seen["evidence"]["nodes"]} == {
        (check, "PASSED", "sandbox-kyc-2")
        for check in ("PAN", "AADHAAR_OFFLINE", "BANK_ACCOUNT", "NAME_MATCH", "SCREENING")
    }
    assert seen["customer"]["canDo"]["allowed"] is False
    (problem,) = do("proposeKycDecision", meera, kind="ProposeKYCDecisionInput", **verdict)
    assert problem["code"] == "KYC_DOCUMENT_MISSING"
    assert "PHOTOGRAPH" in problem["message"]
    picture = {"input": {**sent["input"], "version": read()["version"], "kind": "PHOTOGRAPH"}}
    assert send_file(gateway_url, meera, picture, pdf())["data"]["attachKycDocument"]["problems"] == []
    assert do("proposeKycDecision", meera, kind="ProposeKYCDecisionInput", **verdict) == []
    assert [each["code"] for each in do("confirmKycDecision", meera)] == ["KYC_SAME_PERSON"]
    assert do("confirmKycDecision", arjun) == []

    story = read()
    assert (story["status"], story["riskCategory"]) == ("VERIFIED", "MEDIUM")
    assert story["customer"]["canDo"]["allowed"] is True
    told = [
        (each["action"], each["toStatus"], each["makerName"], each["checkerName"])
        for each in story["history"]["nodes"]
    ]
    assert told == [
        ("OPEN", "DRAFT", "Meera Nair", ""),
        ("SUBMIT", "SUBMITTED", "Meera Nair", ""),
        ("BEGIN", "IN_VERIFICATION", "Meera Nair", ""),
        ("APPROVE", "VERIFIED", "Meera Nair", "Arjun Deshpande"),
    ]
    last = story["history"]["nodes"][-1]
    assert last["reason"] == "All agree"
    assert set(last["evidence"]) == {each["id"] for each in story["evidence"]["nodes"]}
