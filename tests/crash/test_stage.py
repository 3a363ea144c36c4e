"""The stage of a crash test leaves nothing behind, even when the test is killed."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import BASE_DIR
from tests.waiting import until

SCRIPT = """
import sys, threading, time
from pathlib import Path
from tests.crash.stage import Stage
stage = Stage(Path(sys.argv[1]), gateways=1, workers=0)
beginner = threading.Thread(target=stage.start, args=["sandbox"])
beginner.start(), beginner.join()
print(stage.processes["sandbox"].pid, flush=True)
time.sleep(600)
"""


def test_its_processes_end_with_it_though_it_is_killed(tmp_path: Path) -> None:
    test = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    with test:
        assert test.stdout is not None
        process_id = int(test.stdout.readline())
        assert not is_gone(process_id)
        test.kill()
    until(lambda: is_gone(process_id))


def is_gone(process_id: int) -> bool:
    """Tell whether a process has ended; one that nobody waits for has, too."""
    try:
        os.kill(process_id, 0)
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True
