"""A real Redis of a test's own, which it may kill and start again."""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.conftest import free_port
from tests.programs import program
from tests.waiting import until


@dataclass
class RedisServer:
    """A Redis at a port of its own that keeps nothing when it ends."""

    directory: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        found = program("redis-server", package="redis-server")
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory), "--save", ""]
        self.process = subprocess.Popen([found, *place], stdout=subprocess.DEVNULL)
        until(self._answers)

    def kill(self) -> None:
        """End it at once, as a machine that is lost does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url)
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            time.sleep(0.05)
            return False
        finally:
            client.close()
