"""The work that no request waits for: duties, each in a thread and on a connection of its own.

Any number of workers may run at once: a duty takes what it does from the database and lets others have the rest.
A duty that fails is logged and tried again, later each time. A database that is gone is told once for all duties.
"""

import logging
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connections

from banking_project.jobs import do_notice_job, do_provider_job, do_subscriber_job
from banking_project.watching import watch_reading
from domains.audit.partitions import make_partitions
from domains.audit.sealing import seal
from domains.audit.subject_index import tidy_subject_index
from domains.kernel.outages import is_lost, outage
from domains.kyc.notices import see_to_due_profiles
from domains.providers.checking import check_one
from domains.providers.exchanges import forget_exchanges
from domains.transactions.overdue import see_to_overdue
from gateway.idempotency import forget_old_keys

log = logging.getLogger("banking_project.worker")

FAILED_PAUSE_S, FAILED_PAUSE_S_MAX = 0.5, 30.0
JOBS_AT_ONCE_MAX = 32  # each keeps a connection


def _jobs_at_once() -> int:
    """Return how many jobs are done side by side: they mostly wait, for providers or for the disk."""
    told = os.environ.get("JOBS_AT_ONCE", "4")
    if not told.isdecimal() or not 1 <= int(told) <= JOBS_AT_ONCE_MAX:
        sys.exit(f"JOBS_AT_ONCE must be a whole number from 1 to {JOBS_AT_ONCE_MAX}.")
    return int(told)


@dataclass(frozen=True)
class Duty:
    """Something that has to be done again and again.

    `work` does one bounded piece and returns True when there may be more, which is done at once; otherwise the
    duty rests for `pause_s` seconds.
    """

    name: str
    work: Callable[[], bool]
    pause_s: float


DUTIES: list[Duty] = [
    Duty("audit.partitions", make_partitions, pause_s=3600.0),
    Duty("audit.seal", seal, pause_s=1.0),
    Duty("audit.subjects", tidy_subject_index, pause_s=5.0),
    Duty("audit.watch", watch_reading, pause_s=30.0),
    Duty("providers.check", check_one, pause_s=1.0),
    Duty("providers.forget", forget_exchanges, pause_s=3600.0),
    Duty("kyc.due", see_to_due_profiles, pause_s=600.0),
    Duty("transactions.overdue", see_to_overdue, pause_s=30.0),
    Duty("idempotency.forget", forget_old_keys, pause_s=3600.0),
    *(Duty(f"jobs.{number}", do_provider_job, pause_s=0.2) for number in range(1, _jobs_at_once() + 1)),
    Duty("jobs.notices", do_notice_job, pause_s=0.2),
    Duty("jobs.subscribers.1", do_subscriber_job, pause_s=0.5),
    Duty("jobs.subscribers.2", do_subscriber_job, pause_s=0.5),
]


class Worker:
    """Runs duties until it is told to stop; a piece that was begun is finished."""

    def __init__(self, duties: Sequence[Duty]) -> None:
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=[duty], name=duty.name, daemon=True) for duty in duties
        ]

    def start(self) -> None:
        """Start every duty."""
        for thread in self.threads:
            thread.start()
        log.info("The worker does: %s.", ", ".join(thread.name for thread in self.threads))

    def stop(self) -> None:
        """Tell every duty to stop after its present piece."""
        self.stopping.set()

    def join(self, *, timeout_s: float) -> list[str]:
        """Wait for the duties to end, no longer than that; return the names of those that did not."""
        deadline = time.monotonic() + timeout_s
        for thread in self.threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in self.threads if thread.is_alive()]

    def _run(self, duty: Duty) -> None:
        failed_in_a_row = 0
        while not self.stopping.is_set():
            try:
                pause_s = 0.0 if duty.work() else duty.pause_s
                failed_in_a_row = 0
                outage.note_answer()
            except Exception as error:
                failed_in_a_row += 1
                if not is_lost(error):
                    log.exception("The duty %s failed.", duty.name)
                elif failed_in_a_row > 1:  # the first may be a connection that an outage broke which is over
                    outage.note_lost(error)
                pause_s = _backoff_s(failed_in_a_row)
                connections.close_all()  # of this thread: what is left of its transaction goes, too
            if pause_s:
                self.stopping.wait(pause_s)
        connections.close_all()


def _backoff_s(failed_in_a_row: int) -> float:
    """Return how long to wait, with jitter: workers that failed together shall not come back together."""
    longest = min(FAILED_PAUSE_S * 2 ** (failed_in_a_row - 1), FAILED_PAUSE_S_MAX)
    return random.uniform(longest / 2, longest)  # noqa: S311 - no secret hangs on it
