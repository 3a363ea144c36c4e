"""What a killed database server leaves behind, and waiting until it is gone.

The server's own processes outlive a SIGKILL of their parent until they notice it, and as long as one of them
holds the shared memory no new server starts. Its lock files stay too, and name a process that by now may be
somebody else's: numbers come round again, in a container at once.
"""

import sys
import time
from pathlib import Path

import psutil

LOCK_FILE = "postmaster.pid"
GONE_WITHIN_S = 60.0
LOOKED_EVERY_S = 0.1


def processes(directory: Path) -> list[psutil.Process]:
    """Return the live server processes of a data directory, which is where each of them works."""
    place, found = str(directory.resolve()), []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and process.cwd() == place and _alive(process):
                found.append(process)
        except psutil.Error:
            continue  # it ended meanwhile, or is another user's
    return found


def is_served(directory: Path) -> bool:
    """Tell whether the server that the lock file names is alive and works in this data directory."""
    if (parent := _parent(directory)) is None:
        return False
    try:
        process = psutil.Process(parent)
        return process.name() == "postgres" and process.cwd() == str(directory.resolve()) and _alive(process)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True  # another user's, whom we may not look at: most likely the server's


def wait_until_gone(directory: Path, *, within_s: float = GONE_WITHIN_S) -> None:
    """Wait for the processes of a server that was killed; return at once where one runs, or none did.

    What is waited for is told on the terminal. Raises TimeoutError with the processes' numbers.
    """
    deadline, told = time.monotonic() + within_s, False
    while left := processes(directory):
        if _parent(directory) in {process.pid for process in left}:
            return
        numbers = ", ".join(str(process.pid) for process in left)
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes of the server that was killed are still there: {numbers}")
        if not told:
            told = True
            sys.stderr.write(
                f"The embedded PostgreSQL was killed; waiting for its processes to leave: {numbers}\n"
            )
        time.sleep(LOOKED_EVERY_S)


def remove_lock_files(directory: Path, *, sockets: Path) -> None:
    """Take away the lock files of a data directory where no server works; nobody may be starting one.

    PostgreSQL believes a lock file as long as any process has its number, be it one that was killed and that
    nobody has reaped yet.
    """
    if processes(directory):
        return
    (directory / LOCK_FILE).unlink(missing_ok=True)
    for file in sockets.glob(".s.PGSQL.*.lock"):
        if file.read_text().splitlines()[1:2] == [str(directory.resolve())]:
            file.unlink()


def _parent(directory: Path) -> int | None:
    try:
        return int((directory / LOCK_FILE).read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _alive(process: psutil.Process) -> bool:
    return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
