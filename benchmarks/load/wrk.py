"""Load by `wrk` and a script in Lua."""

import json
import math
import subprocess
import tempfile
from pathlib import Path

from benchmarks.load import CONNECTIONS, Load, Measured

SCRIPT = Path(__file__).resolve().parent / "requests.lua"


def generate(load: Load, seconds: float) -> Measured:
    """Run wrk with one thread for whole seconds and return what it measured."""
    with tempfile.TemporaryDirectory(prefix="benchmark-load-") as directory:
        body, mobiles = Path(directory) / "body", Path(directory) / "mobiles"
        body.write_bytes(load.before + b"\n" + load.after)
        mobiles.write_text("\n".join(load.mobiles))
        headers = [part for name, value in load.headers.items() for part in ("-H", f"{name}: {value}")]
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{math.ceil(seconds)}s", "--timeout", "60s", *headers]
        done = subprocess.run(
            [*command, "-s", str(SCRIPT), load.url, "--", str(body), str(mobiles)],
            check=True,
            capture_output=True,
            text=True,
        )
    return Measured(**json.loads(done.stdout.rstrip().rsplit("\n", 1)[-1]))
