"""How providers misbehave, and when: by header, by rule for what a request contains, or by rate.

A rule is `{"fault": …, "where": "kyc/alpha", "match": "text in path or body", "rate": 0 to 1, "times": n,
"seconds": s}`; all but the fault may be left out. The first rule that fits decides.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# What the server plays around a service's answer. After the colon: whether the work was done all the same.
SERVER_FAULTS = {
    "slow": "answers after a while (`seconds`, 2 if not given): done",
    "dribble": "sends the answer byte by byte (`seconds` between bytes, 0.2 if not given): done",
    "timeout_then_success": "does it, and never answers; asked the same again it answers: done",
    "silent": "does it, and never answers: done",
    "mute": "does it, never answers, and sends no notice: done",
    "swallowed": "never answers: not done",
    "not_found_then_settled": "does it, never answers, and knows nothing of it for a while: done",
    "dead": "hangs up without an answer: not done",
    "error_200": "HTTP 200 with an error in it: not done",
    "error_500": "HTTP 500 with an error in it: not done",
    "error_503": "HTTP 503 and a page of HTML: not done",
    "malformed": "JSON that breaks off, under HTTP 200: done",
    "half": "half of the answer, then hangs up: done",
    "wrong_signature": "a signature that does not hold: done",
    "rate_limited": "HTTP 429 with Retry-After: not done",
}
# What only a service that calls back can play.
SERVICE_FAULTS = {
    "webhook_duplicated": "sends each notice twice",
    "webhook_out_of_order": "sends the notices in the wrong order",
    "webhook_wrong_signature": "sends notices whose signature does not hold",
    "webhook_missing": "sends no notice",
}
KNOWN = {**SERVER_FAULTS, **SERVICE_FAULTS}
DEFAULT_SECONDS = {
    "slow": 2.0, "dribble": 0.2, "silent": 30.0, "timeout_then_success": 30.0,
    "swallowed": 30.0, "mute": 30.0, "not_found_then_settled": 30.0,
}  # fmt: skip


class UnknownRule(ValueError):
    """A rule that can't be: its message says what is wrong."""


@dataclass(frozen=True)
class Fault:
    """A fault to play now."""

    name: str = ""
    seconds: float = 0.0


@dataclass
class Rule:
    """When a fault is played; `times` counts down, None has no end."""

    fault: str
    where: str = ""
    match: str = ""
    rate: float = 1.0
    times: int | None = None
    seconds: float | None = None


class Faults:
    """The rules that are set, and what was asked before."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self.clear()

    def clear(self) -> None:
        """Behave well again."""
        with self._lock:
            self._rules: list[Rule] = []
            self._chance = random.Random(self._seed)
            self._asked: set[str] = set()

    def add(self, given: Mapping[str, Any]) -> None:
        """Set a rule; raise UnknownRule."""
        try:
            rule = Rule(**given)
        except TypeError:
            raise UnknownRule(f"A rule has {', '.join(Rule.__dataclass_fields__)}.") from None
        if rule.fault not in KNOWN:
            raise UnknownRule(f"There is no such fault; there are {', '.join(KNOWN)}.")
        if not 0 <= rule.rate <= 1:
            raise UnknownRule("A rate is between 0 and 1.")
        with self._lock:
            self._rules.append(rule)

    def listed(self) -> list[dict[str, Any]]:
        """Return the rules that are set."""
        with self._lock:
            return [asdict(rule) for rule in self._rules]

    def decide(self, *, header: str, instance: str, path: str, body: str) -> Fault:
        """Return the fault to play for a request, an unnamed one for none."""
        with self._lock:
            if header in KNOWN:
                return self._once(Fault(header, DEFAULT_SECONDS.get(header, 0.0)), path + body)
            for rule in self._rules:
                if self._fits(rule, instance, path, body):
                    if rule.times is not None:
                        rule.times -= 1
                    seconds = (
                        rule.seconds if rule.seconds is not None else DEFAULT_SECONDS.get(rule.fault, 0.0)
                    )
                    return self._once(Fault(rule.fault, seconds), path + body)
        return Fault()

    def _fits(self, rule: Rule, instance: str, path: str, body: str) -> bool:
        return (
            rule.times != 0
            and f"{instance}/".startswith(f"{rule.where}/" if rule.where else "")
            and (rule.match in path or rule.match in body)
            and (rule.rate >= 1 or self._chance.random() < rule.rate)
        )

    def _once(self, fault: Fault, request: str) -> Fault:
        """Let `timeout_then_success` hit each request once only."""
        if fault.name != "timeout_then_success":
            return fault
        known = request in self._asked
        self._asked.add(request)
        return Fault() if known else fault
