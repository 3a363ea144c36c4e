"""Ends what a crash test has started when the test could not do so itself: killed, say.

The stage runs it beside and tells it, on its standard input, which process groups there are (`7`) and which it has
ended itself (`-7`); `done` is the last word of a test that has cleaned up. Without it, the end of the input means
that the test is gone. The kernel's PR_SET_PDEATHSIG would not do: it looks at the thread that started a process.
"""

import contextlib
import os
import signal
import sys

from banking_project import embedded_postgres


def main() -> None:
    """Listen until the test has ended, then end what is left of it, the database included."""
    groups: set[int] = set()
    for line in sys.stdin:
        if line.strip() == "done":
            return
        number = int(line)
        (groups.add if number > 0 else groups.discard)(abs(number))
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    embedded_postgres.stop()


if __name__ == "__main__":
    main()
