"""Waiting for what another thread or process brings about, on a machine that may be busy."""

import time
from collections.abc import Callable

WITHIN_S = 60.0


def until(condition: Callable[[], object], *, within_s: float = WITHIN_S, every_s: float = 0.02) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {within_s:.0f} s"
        time.sleep(every_s)
