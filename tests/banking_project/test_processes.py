"""What `serve` runs side by side: nothing outlives the main process, and what ends early comes back."""

import sys
import threading
from pathlib import Path

import pytest

from banking_project import processes as processes_module
from banking_project.processes import Processes
from tests.waiting import until

SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_the_others_end_with_the_main_process_whose_status_counts(tmp_path: Path) -> None:
    running = Processes([sys.executable, "-c", "exit(3)"], beside=[SLEEPS, SLEEPS], directory=tmp_path)
    assert running.run() == 3
    assert all(process.returncode is not None for _, process in running.beside)


def test_what_ends_by_itself_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes_module, "LOOKED_AFTER_EVERY_S", 0.05)
    once = "import pathlib; pathlib.Path('runs').open('a').write('x')"
    waits = (
        "import pathlib, time\n"
        "while not pathlib.Path('runs').exists() or len(pathlib.Path('runs').read_text()) < 3: time.sleep(0.01)"
    )
    running = Processes(
        [sys.executable, "-c", waits], beside=[[sys.executable, "-c", once]], directory=tmp_path
    )
    assert running.run() == 0


def test_told_to_stop_everything_ends(tmp_path: Path) -> None:
    running = Processes(SLEEPS, beside=[SLEEPS], directory=tmp_path)
    thread = threading.Thread(target=lambda: until(lambda: len(running.beside) == 1) or running.stop())
    thread.start()
    assert running.run() == -15
    assert [process.returncode for _, process in running.beside] == [-15]
    thread.join()


def test_told_to_stop_while_it_starts_everything_ends_too(tmp_path: Path) -> None:
    running = Processes(SLEEPS, beside=[SLEEPS], directory=tmp_path)
    running.stop()
    assert running.run() == -15
    assert [process.returncode for _, process in running.beside] == [-15]


def test_whatever_else_is_looked_after_is_looked_at_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes_module, "LOOKED_AFTER_EVERY_S", 0.05)
    looked: list[int] = []

    def look() -> None:
        looked.append(len(looked))
        if len(looked) == 3:
            running.stop()

    running = Processes(SLEEPS, beside=[], directory=tmp_path, look=look)
    assert running.run() == -15
    assert looked == [0, 1, 2]
