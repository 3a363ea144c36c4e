"""How a process is told to end: by SIGTERM or SIGINT, often by both, or by the same one twice.

Whoever stops `manage.py serve` by its process group signals every process, and `serve` signals them once more. A
handler that sets an event or starts a thread can be interrupted by itself while it holds the event's lock, and
then waits for itself for ever. Here the handler writes one byte; a thread that waits for it does the rest, once.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGINT)


def when_told_to_end(end: Callable[[], None]) -> None:
    """Let the first SIGTERM or SIGINT call `end`, from a thread; to be called in the main thread."""
    told, telling = os.pipe()
    os.set_blocking(telling, False)

    def tell(_: int, __: FrameType | None) -> None:
        with contextlib.suppress(BlockingIOError):  # told thousands of times
            os.write(telling, b".")

    def wait() -> None:
        os.read(told, 1)
        end()

    threading.Thread(target=wait, name="ending", daemon=True).start()
    for number in ENDING:
        signal.signal(number, tell)
