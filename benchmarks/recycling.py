"""`python -m benchmarks.recycling`: what clients notice of workers that end and are replaced.

The product's own six workers answer the main query of four clients: for ever, or each until it has answered so
many requests (and up to a tenth more, by lot), when a new one takes its place. Printed are the latencies of both,
in turns.
"""

import argparse
import http.client
import json
import threading
import time
from dataclasses import replace

from banking_project import embedded_postgres
from benchmarks.book import CUSTOMERS, Book, open_book
from benchmarks.contestants import Contestant
from benchmarks.contestants.ours import ours
from benchmarks.free_port import free_port
from benchmarks.servers import serving

CLIENTS = 4
SHAPE = {"WEB_CONCURRENCY": "6", "WORKER_CONNECTIONS": "2000"}  # the product's own
SHARES = (0.5, 0.99, 0.999)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recycling", description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the book (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of one round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--requests", type=int, default=500, help="after which a worker is replaced")
    options = parser.parse_args()
    started_here = embedded_postgres.ensure_running()
    try:
        _measure(open_book(options.customers), options)
    finally:
        if started_here:
            embedded_postgres.stop()


def _measure(book: Book, options: argparse.Namespace) -> None:
    lasting, recycled = ours(book, free_port()), ours(book, free_port())
    jitter = str(options.requests // 10)
    contestants = [
        _with(lasting, "for ever", MAX_REQUESTS="0"),
        _with(recycled, "recycled", MAX_REQUESTS=str(options.requests), MAX_REQUESTS_JITTER=jitter),
    ]
    mobiles = book.mobiles()
    for number in range(options.rounds):
        for each in contestants[:: 1 if number % 2 else -1]:
            with serving([each]):
                _load(each, mobiles, seconds=2.0)  # its first requests are those of a start
                took, failed = _load(each, mobiles, seconds=options.seconds)
            wrong = f", {len(failed)} failed: {failed[0]}" if failed else ""
            print(f"{each.name}: {_told(took)}{wrong}", flush=True)


def _with(contestant: Contestant, name: str, **settings: str) -> Contestant:
    return replace(contestant, name=name, environment=contestant.environment | SHAPE | settings)


def _load(contestant: Contestant, mobiles: list[str], *, seconds: float) -> tuple[list[float], list[str]]:
    """Ask as `CLIENTS` clients do who ask again once they are answered; return latencies (s) and failures."""
    took: list[float] = []
    failed: list[str] = []
    headers = {"Content-Type": "application/json", **contestant.headers()}  # a command prints the token
    ended = time.monotonic() + seconds

    def ask(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", contestant.port, timeout=60)
        number = first
        while time.monotonic() < ended:
            number += CLIENTS
            variables = {"mobile": mobiles[number % len(mobiles)]}
            body = json.dumps({"query": contestant.queries.one, "variables": variables})
            started = time.perf_counter()
            try:
                connection.request("POST", "/graphql", body, headers)
                answer = connection.getresponse().read()
            except (OSError, http.client.HTTPException) as error:
                failed.append(type(error).__name__)
                connection.close()
                continue
            took.append(time.perf_counter() - started)
            if b'"errors":' in answer[:20]:
                failed.append(answer[:200].decode())
        connection.close()

    threads = [threading.Thread(target=ask, args=[number]) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(took), failed


def _told(took: list[float]) -> str:
    if not took:
        return "no answer"
    shares = ", ".join(f"p{share * 100:g} {_at(took, share) * 1000:.1f}" for share in SHARES)
    return f"{len(took):,} answers; ms: {shares}, most {took[-1] * 1000:.1f}"


def _at(took: list[float], share: float) -> float:
    return took[min(len(took) - 1, int(share * len(took)))]


if __name__ == "__main__":
    main()
