"""The processes of a crash test: started, killed, started again. Nothing is shared with another run."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.conftest import BASE_DIR, free_port

PYTHON = [sys.executable, "-W", "ignore"]
SERVER = "from banking_project import embedded_postgres as server; server."


class Stage:
    """Gateways, workers, the sandbox and the database under one folder."""

    def __init__(self, folder: Path, *, gateways: int, workers: int) -> None:
        self.folder = folder
        self.ports = [free_port() for _ in range(gateways)]
        self.sandbox_port = free_port()
        self.journals = folder / "journals"
        self.journals.mkdir(parents=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DATABASE")},
            "BANKING_VAR": str(folder / "var"),
            "BANKING_LOG_DIR": str(folder / "logs"),
            "DJANGO_SETTINGS_MODULE": "banking_project.settings",
            "SANDBOX_PORT": str(self.sandbox_port),
            "INSTRUCTION_EXPIRES_SECONDS": "2",
            "PROVIDER_NOTICES_URL": f"http://127.0.0.1:{self.ports[0]}/provider-notices",
            "ACCESS_TOKEN_SECONDS": "7200",
            "WEB_CONCURRENCY": "1",
            "THREADS": "4",
            "JOBS_AT_ONCE": "6",
        }
        self.output = (folder / "output").open("ab")
        self.names = [*(f"gateway.{n}" for n in range(gateways)), *(f"worker.{n}" for n in range(workers))]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.guard = subprocess.Popen(
            [*PYTHON, "-m", "tests.crash.guard"], cwd=BASE_DIR, env=self.environment, start_new_session=True,
            stdin=subprocess.PIPE, stdout=self.output, stderr=self.output, text=True, bufsize=1,
        )  # fmt: skip

    def prepare(self) -> None:
        """Start the database and migrate it."""
        self.manage("migrate", "-v0")

    def manage(self, *arguments: str) -> None:
        """Run a management command; what it prints is kept in the folder."""
        self.python("manage.py", *arguments)

    def python(self, *arguments: str, check: bool = True) -> None:
        """Run a Python program to its end."""
        done = subprocess.run(
            [*PYTHON, *arguments], cwd=BASE_DIR, env=self.environment, stdout=self.output, stderr=self.output
        )
        if check and done.returncode:
            raise AssertionError((self.folder / "output").read_text()[-3_000:])

    def start(self, name: str) -> None:
        """Start one process by its name: `gateway.0`, `worker.1`, `sandbox`."""
        kind, _, number = name.partition(".")
        if kind == "gateway":
            place = {"PORT": str(self.ports[int(number)]), "METRICS_PORT": str(free_port())}
            line = [*PYTHON, "-m", "gunicorn", "banking_project.wsgi:application"]
        else:
            place = {}
            line = [*PYTHON, "manage.py", kind]
            line += ["--journals", str(self.journals)] if kind == "sandbox" else []
        self.processes[name] = subprocess.Popen(
            line, cwd=BASE_DIR, env={**self.environment, **place}, start_new_session=True,
            stdout=self.output, stderr=self.output,
        )  # fmt: skip
        self._tell_guard(self.processes[name].pid)

    def kill(self, name: str) -> None:
        """Kill a process with all its children, and start it again."""
        self._kill(name)
        self.start(name)

    def kill_database(self) -> None:
        """Kill the database's server and start it again."""
        pid = int((self.folder / "var" / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        self.python("-c", f"{SERVER}ensure_running()")

    def close(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self._kill(name)
        self.python("-c", f"{SERVER}stop()", check=False)
        self.guard.communicate("done\n")
        self.output.close()

    def _kill(self, name: str) -> None:
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._tell_guard(-process.pid)

    def _tell_guard(self, group: int) -> None:
        assert self.guard.stdin is not None
        print(group, file=self.guard.stdin, flush=True)
