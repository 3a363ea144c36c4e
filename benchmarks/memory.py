"""`python -m benchmarks.memory`: what memory a worker takes while it answers very many requests of all kinds.

Workers are never replaced here. Eight clients ask the main query, fifty customers, literals that differ each time,
refused documents, the schema itself, and mutations (refused and done). Printed are each worker's resident set and
its proportional share of it (pages that workers share count in part), as they grow, or do not.
"""

import argparse
import http.client
import itertools
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphql import get_introspection_query

from banking_project import embedded_postgres
from benchmarks.book import Book, open_book
from benchmarks.contestants import Contestant
from benchmarks.contestants.ours import ours
from benchmarks.free_port import free_port
from benchmarks.servers import serving

CLIENTS = 8
CUSTOMERS = 3_000  # a book of its own, since some are added
WORKER_MB_MAX = 160
CREATE = (
    "mutation ($input: CreateCustomerInput!) "
    "{ createCustomer(input: $input) { customer { id } problems { code } } }"
)


def main() -> int:
    """Measure, print, and return 1 if a worker took too much."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the book (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=100_000)
    options = parser.parse_args()
    started_here = embedded_postgres.ensure_running()
    try:
        most = _measure(open_book(options.customers), options.requests)
    finally:
        if started_here:
            embedded_postgres.stop()
    print(f"most of one worker: {most:.0f} MB of {WORKER_MB_MAX}")
    return int(most > WORKER_MB_MAX)


def _measure(book: Book, requests: int) -> float:
    product = ours(book, free_port())
    lasting = replace(
        product, environment=product.environment | {"MAX_REQUESTS": "0", "WORKER_CONNECTIONS": "1000"}
    )
    mobiles, most = book.mobiles(), 0.0
    with serving([lasting]) as sessions:
        clients = _Clients(lasting, _mix(lasting.queries.one, lasting.queries.fifty, mobiles))
        told, started = 0, time.monotonic()
        while told <= requests:
            workers = _workers(sessions[lasting.name])
            most = max([most, *(rss for rss, _ in workers)])
            print(
                f"{clients.number:>7,} requests, {time.monotonic() - started:4.0f} s, RSS (PSS) in MB: "
                + ", ".join(f"{rss:.1f} ({pss:.1f})" for rss, pss in workers),
                flush=True,
            )
            told += requests // 10
            if told <= requests:
                clients.go_on_until(told)
        print("answered:", ", ".join(f"{what} {count:,}" for what, count in clients.answers.most_common()))
    return most


class _Clients:
    """Ask what the mix says, each again as soon as it was answered."""

    def __init__(self, contestant: Contestant, mix: Iterator[dict[str, Any]]) -> None:
        self.contestant, self.mix, self.number = contestant, mix, 0
        self.headers = {
            "Content-Type": "application/json",
            **contestant.headers(),
        }  # a command prints the token
        self.answers: Counter[str] = Counter()
        self._lock = threading.Lock()

    def go_on_until(self, number: int) -> None:
        """Ask until so many requests were sent in all."""
        threads = [threading.Thread(target=self._ask, args=[number]) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _ask(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.contestant.port, timeout=120)
        while True:
            with self._lock:
                if self.number >= number:
                    break
                self.number += 1
                body = next(self.mix)
            try:
                connection.request("POST", "/graphql", json.dumps(body), self.headers)
                answer = connection.getresponse()
                text = answer.read()
                what = f"{answer.status} with errors" if b'"errors"' in text[:10] else f"{answer.status}"
            except (OSError, http.client.HTTPException) as error:
                what = type(error).__name__
                connection.close()
            with self._lock:
                self.answers[what] += 1
        connection.close()


def _mix(one: str, fifty: str, mobiles: list[str]) -> Iterator[dict[str, Any]]:
    """Give requests for ever: of a hundred, 79 are the main query by variable or by literal."""
    for number in itertools.count():
        mobile = mobiles[number % len(mobiles)]
        match number % 100:
            case 0:
                yield {"query": get_introspection_query()}
            case 1 | 2:
                yield {"query": fifty}
            case 3 | 4 | 5:  # a document of its own: its literal, its name, an alias
                yield {
                    "query": f'query Q{number} {{ a{number}: customer(mobile: "{mobile}") {{ fullName }} }}'
                }
            case 6 | 7 | 8:
                yield {"query": f"{{ customer(mobile: 1) {{ nothing{number} }} }}"}
            case 9 | 10:
                yield {"query": "{ " * 50}
            case 11 | 12:
                yield {
                    "query": CREATE,
                    "variables": {"input": {"fullName": "A", "mobile": "wrong", "email": "x"}},
                }
            case 13:
                given = {"fullName": "Asha Rao", "mobile": f"+91{6_000_000_000 + time.time_ns() % 10**9}"}
                yield {"query": CREATE, "variables": {"input": given | {"email": f"a{number}@example.com"}}}
            case 14 | 15:
                yield {"query": one, "variables": {"mobile": "+916999999999"}}
            case 16 | 17 | 18 | 19 | 20:
                yield {
                    "query": one.replace("$mobile: MobileNumber!", "$m: ID").replace("$mobile", f'"{mobile}"')
                }
            case _:
                yield {"query": one, "variables": {"mobile": mobile}}


def _workers(master: int) -> list[tuple[float, float]]:
    """Return the resident set and the proportional share (MB) of each worker, the oldest first."""
    found = []
    for process in sorted(_children(master)):
        if b"monitor" in Path(f"/proc/{process}/cmdline").read_bytes():
            continue
        sizes = dict(
            line.split()[:2] for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
        )
        found.append((int(sizes["Rss:"]) / 1024, int(sizes["Pss:"]) / 1024))
    return found


def _children(parent: int) -> list[int]:
    return [
        int(entry.name)
        for entry in os.scandir("/proc")
        if entry.name.isdecimal() and _parent(Path(entry.path, "stat")) == parent
    ]


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):  # ended just now
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
