"""A worker process that takes its time: it writes down what it begins and what it ends. Killed by the tests."""

import os
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banking_project.settings")
django.setup()

from banking_project.worker import Duty, Worker  # noqa: E402
from domains.jobs.engine import Job, work_one  # noqa: E402


def main(told: Path, takes_s: float) -> None:
    def note(word: str, job: Job) -> None:
        with told.open("a") as file:
            file.write(f"{word} {job.key} {job.attempt} {os.getpid()}\n")

    def handle(job: Job) -> None:
        note("began", job)
        time.sleep(takes_s)
        note("ended", job)

    duty = Duty("jobs", lambda: work_one({"slow": handle}, lease_s=2), pause_s=0.05)
    worker = Worker([duty])
    worker.start()
    worker.stopping.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
