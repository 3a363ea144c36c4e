"""What the sandbox knows: its seed, what each provider was told, which requests came, which faults are set."""

import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.faults import Faults
from sandbox.ledger import Ledger
from sandbox.notices import Notifier

REQUESTS_KEPT = 5_000


@dataclass(frozen=True)
class Seen:
    """One request that came in; the key that it brought is left out."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    fault: str


class World:
    """Shared by all threads; take `lock` to read and then write what an instance remembers."""

    def __init__(self, seed: int, journals: Path | None = None) -> None:
        self.seed = seed
        self.journals = journals  # where the ledgers are written down; None: nowhere
        self.notifier = Notifier()
        self._ledgers: dict[str, Ledger] = {}
        self.lock = threading.RLock()
        self.faults = Faults(seed)
        self.seen: deque[Seen] = deque(maxlen=REQUESTS_KEPT)
        self._memories: dict[str, dict[str, Any]] = {}

    def memory(self, instance: str) -> dict[str, Any]:
        """Return what one provider (`kyc/alpha`) remembers."""
        with self.lock:
            return self._memories.setdefault(instance, {})

    def ledger(self, instance: str) -> Ledger:
        """Return what one rail or venue has done."""
        with self.lock:
            if instance not in self._ledgers:
                name = f"{instance.replace('/', '-')}.jsonl"
                self._ledgers[instance] = Ledger(None if self.journals is None else self.journals / name)
            return self._ledgers[instance]

    def chance(self, *parts: str) -> random.Random:
        """Return chance that is the same for the same seed and parts."""
        return random.Random("\x00".join([str(self.seed), *parts]))

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something in a while, unless the sandbox ends before."""
        timer = threading.Timer(seconds, work)
        timer.daemon = True
        timer.start()


@dataclass(frozen=True)
class Asked:
    """One request to one provider; `rest` is what stood where its route has a `*`.

    `fault` is one of `faults.SERVICE_FAULTS` that the service itself has to play, or ''.
    """

    world: World
    instance: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    api_key: str
    idempotency_key: str = ""
    rest: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    @property
    def memory(self) -> dict[str, Any]:
        """Return what this provider remembers."""
        return self.world.memory(self.instance)


Answered = tuple[int, dict[str, Any]]
Routes = Mapping[str, Callable[[Asked], Answered]]


def refusal(status: int, code: str, message: str) -> Answered:
    """Return an answer that refuses."""
    return status, {"error": {"code": code, "message": message}}


@dataclass(frozen=True)
class Service:
    """One capability: its first step of the path, and what it answers, by `METHOD path`."""

    name: str
    routes: Routes = field(default_factory=dict)
