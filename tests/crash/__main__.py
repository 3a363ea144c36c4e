"""`python -m tests.crash --n 10000 --seed 1`: see the package."""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import psycopg2

from tests.conftest import BASE_DIR
from tests.crash.load import Load
from tests.crash.stage import PYTHON, Stage

# How the rails misbehave, of all instructions: see sandbox/faults.py. Notices are lost, doubled and late besides.
FAULTS = {
    "silent": 0.04, "swallowed": 0.03, "dead": 0.03, "error_500": 0.02, "error_503": 0.01, "malformed": 0.02,
    "half": 0.02, "wrong_signature": 0.01, "not_found_then_settled": 0.03, "rate_limited": 0.02, "slow": 0.02,
    "webhook_duplicated": 0.06, "webhook_out_of_order": 0.06, "webhook_missing": 0.2,
    "webhook_wrong_signature": 0.03,
}  # fmt: skip
KILLED_EVERY_S = (1.5, 4.0)
DATABASE_KILLED_ONCE_IN = 7
MUST_BE_NOTHING = ("lost", "doubled", "stuck", "differs")


def main() -> int:
    """Run, print the figures, and return 0 only if nothing was lost, doubled or stuck."""
    parser = argparse.ArgumentParser(prog="make crash")
    parser.add_argument("--n", type=int, default=10_000, help="how many payments")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument(
        "--seconds", type=int, help="when to give up (default: 1,800, or 0.6 for each payment)"
    )
    parser.add_argument("--threads", type=int, default=12, help="how many at once")
    given = parser.parse_args()
    print(f"crash: n={given.n} seed={given.seed}", flush=True)
    seconds = given.seconds or max(1_800, given.n * 6 // 10)  # a busy machine takes an hour for 10,000
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        figures = run(Path(folder), given.n, given.seed, seconds=seconds, threads=given.threads)
    print(json.dumps(figures, indent=2))
    return int(any(figures[name] for name in MUST_BE_NOTHING) or figures["books"] != "tie out")


def run(
    folder: Path, count: int, seed: int, *, seconds: int, threads: int, gateways: int = 2
) -> dict[str, Any]:
    """Play it and return the figures."""
    folder.chmod(0o755)  # the database runs as another user
    started, chance = time.monotonic(), random.Random(seed)
    stage = Stage(folder, gateways=gateways, workers=2)
    try:
        stage.prepare()
        stage.python("-m", "tests.crash.scene", str(folder / "scene.json"))
        scene = json.loads((folder / "scene.json").read_text())
        for name in ["sandbox", *stage.names]:
            stage.start(name)
        misbehave(stage)
        urls = [f"http://127.0.0.1:{port}" for port in stage.ports]
        for url in urls:
            wait_for(f"{url}/healthz")
        kills: dict[str, int] = {}
        stop = threading.Event()
        killer = threading.Thread(target=kill_again_and_again, args=[stage, chance, stop, kills])
        killer.start()
        begun = time.monotonic()
        load = Load(
            urls=urls, token=scene["token"], customers=scene["customers"], seed=seed,
            give_up_at=started + seconds,
        )  # fmt: skip
        done = load.run(count, threads=threads)
        submitted_s = time.monotonic() - begun
        while time.monotonic() - begun < submitted_s * 1.3 + 5:  # killed while it works off what is left, too
            time.sleep(0.2)
        stop.set()
        killer.join()
        while open_count(stage) and time.monotonic() < started + seconds:
            time.sleep(1)
        submitted = {
            "references": {key: sorted(known) for key, known in done.references.items()},
            "unanswered": count - len(done.references) - len(done.problems),
        }
        (folder / "submitted.json").write_text(json.dumps(submitted))
        figures = tell(stage, str(stage.journals), str(folder / "submitted.json"))
        return {
            "n": count, "seed": seed, **json.loads(figures),
            "kills": kills, "sent": done.sent, "conflicts": done.conflicts, "failures": done.failures,
            "refused": len(done.problems), "submitted_s": round(submitted_s, 1),
            "all_s": round(time.monotonic() - started, 1),
        }  # fmt: skip
    finally:
        stage.close()


def kill_again_and_again(
    stage: Stage, chance: random.Random, stop: threading.Event, kills: dict[str, int]
) -> None:
    """Kill a worker, a gateway or the database, whichever chance says, until told to stop."""
    number = 2  # the first kill is the database's, however short the run
    while not stop.wait(chance.uniform(*KILLED_EVERY_S)):
        number += 1
        if number % DATABASE_KILLED_ONCE_IN == 3:
            stage.kill_database()
            kills["database"] = kills.get("database", 0) + 1
            continue
        name = chance.choice(stage.names)
        stage.kill(name)
        kind = name.partition(".")[0]
        kills[kind] = kills.get(kind, 0) + 1


def misbehave(stage: Stage) -> None:
    """Let the sandbox misbehave at random; only instructions have `expires_at`."""
    url = f"http://127.0.0.1:{stage.sandbox_port}/_sandbox/faults"
    wait_for(url)
    for fault, rate in FAULTS.items():
        rule = {"fault": fault, "where": "rail", "match": '"expires_at"', "rate": rate, "seconds": 0.7}
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(rule).encode()), timeout=5).close()


def wait_for(url: str) -> None:
    """Wait until something answers there."""
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


OPEN = """
SELECT (SELECT count(*) FROM jobs_job WHERE state <> 'PARKED')
    + (SELECT count(*) FROM transactions_transaction
       WHERE status NOT IN ('SETTLED', 'REJECTED', 'CANCELLED', 'REVERSED'))
"""


def open_count(stage: Stage) -> int:
    """Return how much is not over."""
    connection = psycopg2.connect(
        host=str(stage.folder / "var" / "postgres"), user="banking_app", dbname="banking"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(OPEN)
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def tell(stage: Stage, *arguments: str) -> str:
    """Ask for a verdict on the database."""
    done = subprocess.run(
        [*PYTHON, "-m", "tests.crash.verdict", *arguments], cwd=BASE_DIR, env=stage.environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
