"""Paying over real HTTP, with a worker of its own, by rails that the sandbox plays."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.conftest import Sandbox
from tests.journeys.asking import Ask

PAY = """
mutation ($input: InitiatePaymentInput!, $key: String!) {
  initiatePayment(input: $input, idempotencyKey: $key) {
    transaction { id reference status } problems { code message path }
  }
}
"""
PANEL = """
query ($reference: String!) {
  transaction(reference: $reference) {
    id status isoStatus nextAction nextAt mustEndBy compensation
    events { nodes { fromStatus toStatus cause actorKind } }
    attempts { nodes { number outcome rawCode isoCode isoMeaning message latencyMs askedCount providerReference
      sentAt answeredAt provider { code } exchange { request answer httpStatus } } }
  }
}
"""


@dataclass
class Till:
    """A customer who pays, an operator who looks, and the two rails behind."""

    ask: Ask
    customer: str
    operator: str
    sandbox: Sandbox
    worker: "subprocess.Popen[bytes]"
    rails: tuple[str, str]  # their places in the sandbox, first asked first

    def pay(self, *, key: str | None = None, **given: Any) -> Any:
        """Begin a payment and return the payload."""
        variables = {
            "input": {"channel": "UPI", "amount": "101.00", "vpa": "shop@okbank", **given},
            "key": key or uuid4().hex,
        }
        answer = self.ask(PAY, bearer=self.customer, variables=variables)
        return answer["data"]["initiatePayment"] if answer.get("data") else answer

    def panel(self, reference: str) -> Any:
        """Return all that operations see of a payment."""
        return self.ask(PANEL, bearer=self.operator, variables={"reference": reference})["data"][
            "transaction"
        ]

    def until(self, reference: str, *states: str, within_s: float = 60) -> Any:
        """Wait until a payment is in one of these states, and return its panel."""
        deadline = time.monotonic() + within_s
        while (panel := self.panel(reference))["status"] not in states:
            assert time.monotonic() < deadline, panel
            time.sleep(0.1)
        return panel

    def states(self, panel: Any) -> list[str]:
        """Return the states that a payment went through."""
        return [event["toStatus"] for event in panel["events"]["nodes"]]

    def paid_there(self, reference: str) -> list[str]:
        """Return the rails that have moved the money of a reference."""
        ledgers = {place: self.sandbox.world.ledger(place).all() for place in self.rails}
        return [
            place
            for place, entries in ledgers.items()
            if any(entry.reference == reference and not entry.reason for entry in entries)
        ]

    def while_nobody_works(self, act: Callable[[], Any]) -> Any:
        """Do something while the worker is held up."""
        os.kill(self.worker.pid, signal.SIGSTOP)
        try:
            return act()
        finally:
            os.kill(self.worker.pid, signal.SIGCONT)
