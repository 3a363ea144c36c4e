"""`python -m benchmarks.profile_request`: where the time of our request goes, step by step, in one process.

Times of the steps are those of the gateway's own record; "of the processors" is this thread's time without
waiting, and that of the database's session. `--functions` adds cProfile's longest functions, `--plan` what
PostgreSQL does (EXPLAIN ANALYZE of the prepared statement).
"""

import argparse
import cProfile
import json
import os
import pstats
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from banking_project import embedded_postgres
from benchmarks.book import CUSTOMERS, open_book
from benchmarks.contestants.ours import ALLOWANCE
from benchmarks.queries import customer_360

WARM_UP = 30  # requests
REQUESTS = {"one": 2_000, "fifty": 150}


def main() -> None:
    """Profile both queries and print what was found."""
    options = _options()
    started_here = embedded_postgres.ensure_running()
    try:
        book = open_book(options.customers)
        os.environ.update(book.environment() | ALLOWANCE)
        os.environ["DJANGO_SETTINGS_MODULE"] = "banking_project.settings"
        import django

        django.setup()
        for query in options.query or ("one", "fifty"):
            _profile(query, _variables(query, book.mobiles()), options)
    finally:
        if started_here:
            embedded_postgres.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_request", description=__doc__)
    parser.add_argument("--query", action="append", choices=["one", "fifty"], help="which (default: both)")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the book (default: %(default)s)")
    parser.add_argument("--functions", action="store_true", help="show cProfile's longest functions")
    parser.add_argument("--plan", action="store_true", help="show what PostgreSQL does")
    return parser.parse_args()


def _variables(query: str, mobiles: list[str]) -> Iterator[dict[str, Any]]:
    chosen = random.Random(1)
    while True:
        yield {"mobile": chosen.choice(mobiles)} if query == "one" else {}


def _profile(query: str, variables: Iterator[dict[str, Any]], options: argparse.Namespace) -> None:
    from benchmarks.asking import answered, asking

    text = getattr(customer_360(), query)
    for _ in range(WARM_UP):
        answered(asking(text, next(variables)))
    requests = [asking(text, next(variables)) for _ in range(REQUESTS[query])]
    measured = _measured(lambda: [answered(request) for request in requests], len(requests))
    print(f"\n{query}: median microseconds of {len(requests)} requests, each after the other")
    for name, values in measured.items():
        print(f"  {name:<44} {median(values):9,.1f}")
    if options.functions:
        profile = cProfile.Profile()
        profile.runcall(lambda: [answered(request) for request in requests])
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    if options.plan:
        print("\n".join(_plan(requests[0])))


def _measured(run: Callable[[], object], number: int) -> dict[str, list[float]]:
    """Run requests with the clocks around the gateway's parts; return microseconds of each by name."""
    from django.db import connection

    from gateway import pipeline
    from gateway.afterwards import Afterwards
    from gateway.planning import runner

    times: dict[str, list[float]] = defaultdict(list)
    records: list[Any] = []
    take, answer, execute = Afterwards.take, pipeline.Gateway.answer, runner._execute

    def timed(name: str, function: Any) -> Any:
        def around(*arguments: Any, **options: Any) -> Any:
            wall, own = time.perf_counter_ns(), time.thread_time_ns()
            result = function(*arguments, **options)
            times[f"{name}: clock"].append((time.perf_counter_ns() - wall) / 1e3)
            times[f"{name}: of the processors"].append((time.thread_time_ns() - own) / 1e3)
            return result

        return around

    def taking(afterwards: Any, record: Any) -> None:
        records.append(record)
        take(afterwards, record)

    Afterwards.take, runner._execute = taking, timed("database, seen from Python", execute)
    pipeline.Gateway.answer = timed("whole request", answer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        session = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    before = int(session.read_text().split()[0])
    try:
        run()
    finally:
        Afterwards.take, runner._execute, pipeline.Gateway.answer = take, execute, answer
    after = int(session.read_text().split()[0])
    times["database session: of the processors"] = [(after - before) / number / 1e3]
    for record in records:
        for name, started_ns, ended_ns in record.steps:
            times[f"step {name}"].append((ended_ns - started_ns) / 1e3)
    whole = times["whole request: clock"]
    steps = [sum(ended - started for _, started, ended in record.steps) / 1e3 for record in records]
    times["outside the steps (hooks)"] = [a - b for a, b in zip(whole, steps, strict=True)]
    return times


def _plan(request: Any) -> list[str]:
    from django.db import connection

    from benchmarks.statements import heard

    statement, values = heard(request)
    with connection.cursor() as cursor:
        raw: Any = cursor.cursor
        raw.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement.execute}", values)
        return [f"  {line if isinstance(line, str) else json.dumps(line)}" for (line,) in raw.fetchall()]


if __name__ == "__main__":
    main()
