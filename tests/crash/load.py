"""Submitting payments at concurrency, each under its key until its outcome is known, some of them twice."""

import json
import random
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

PAY = """
mutation ($input: InitiatePaymentInput!, $key: String!) {
  initiatePayment(input: $input, idempotencyKey: $key) { transaction { id reference } problems { code } }
}
"""
TIMEOUT_S, PAUSE_S = 10.0, 0.2
BROKEN_OFF = (OSError, ValueError, HTTPException)  # a killed gateway cuts an answer anywhere


@dataclass
class Submitted:
    """What came of the submissions: by key, the references that were answered, and the problems."""

    references: dict[str, set[str]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    conflicts: int = 0
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Load:
    """Sends `count` payments that depend on the seed alone."""

    def __init__(
        self, *, urls: list[str], token: str, customers: list[str], seed: int, give_up_at: float
    ) -> None:
        self.urls, self.token, self.customers, self.seed = urls, token, customers, seed
        self.give_up_at = give_up_at
        self.done = Submitted()

    def run(self, count: int, *, threads: int) -> Submitted:
        """Submit all of them and return what came of it."""
        with ThreadPoolExecutor(threads) as pool:
            submitted = []
            for number in range(count):
                submitted.append(pool.submit(self._submit, number))
                if number % 10 == 0:  # the same from a second browser at the same moment
                    submitted.append(pool.submit(self._submit, number))
        for each in submitted:
            each.result()  # a client that failed by itself must not look like a lost payment
        return self.done

    def _submit(self, number: int) -> None:
        chance = random.Random(f"{self.seed}:{number}")
        variables = {"input": self._payment(chance), "key": f"crash-{self.seed}-{number}"}
        while time.monotonic() < self.give_up_at:
            answer = self._ask(variables)
            payload = (answer.get("data") or {}).get("initiatePayment")
            codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
            with self.done.lock:
                self.done.sent += 1
                self.done.conflicts += "IDEMPOTENCY_IN_FLIGHT" in codes
                self.done.failures += payload is None and "IDEMPOTENCY_IN_FLIGHT" not in codes
                if payload and payload["transaction"]:
                    known = self.done.references.setdefault(variables["key"], set())
                    known.add(payload["transaction"]["reference"])
                    return
                if payload and payload["problems"]:
                    self.done.problems[variables["key"]] = payload["problems"][0]["code"]
                    return
            time.sleep(PAUSE_S)

    def _payment(self, chance: random.Random) -> dict[str, Any]:
        paisa = chance.choice(["00", "50", "13", "77", "01"])
        given = {"customerId": chance.choice(self.customers), "amount": f"{chance.randint(1, 5000)}.{paisa}"}
        if chance.random() < 0.7:
            return given | {
                "channel": "UPI",
                "vpa": chance.choice(["shop@okbank", "asha@upi", "closed@okbank"]),
            }
        account = chance.choice(["5010001234", "5010009999", "0000123456"])
        rail = chance.choice(["IMPS", "NEFT"])
        return given | {"channel": rail, "account": account, "ifsc": "HDFC0000001"}

    def _ask(self, variables: dict[str, Any]) -> dict[str, Any]:
        url = random.choice(self.urls)
        body = json.dumps({"query": PAY, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        try:
            request = urllib.request.Request(f"{url}/graphql", body, headers)
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as error:
            try:
                return dict(json.load(error))
            except BROKEN_OFF:
                return {}
        except BROKEN_OFF:
            return {}
