"""The load: a number of connections that each ask again as soon as they are answered.

Owns two generators of it, `wrk` where it is installed and one on raw sockets in processes of its own where it
is not; both take the same prepared requests and measure the same.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

CONNECTIONS = 8


@dataclass(frozen=True)
class Load:
    """What is sent: the body around the mobile number, the numbers (none: always the same body), headers."""

    url: str
    headers: dict[str, str]
    before: bytes
    mobiles: list[str]
    after: bytes


@dataclass(frozen=True)
class Measured:
    """What came back in `seconds`: answers, bytes of them, answers that were no 2xx, and errors of sockets."""

    seconds: float
    answers: int
    bytes: int
    refused: int
    broken: int
    median_ms: float
    p99_ms: float
    processors_s: float = 0.0  # of the contestant and its database sessions

    @property
    def per_second(self) -> float:
        """Return answers per second."""
        return self.answers / self.seconds

    @property
    def effort_ms(self) -> float:
        """Return the processors' time for one answer."""
        return 1000 * self.processors_s / max(self.answers, 1)


Generate = Callable[[Load, float], Measured]


def generator() -> tuple[str, Generate]:
    """Return the name of the load generator that is used here, and the function that runs it."""
    from benchmarks.load import sockets, wrk

    if shutil.which("wrk"):
        return "wrk", wrk.generate
    return "Python sockets (install wrk for a lighter one)", sockets.generate
