"""`python -m benchmarks`: measure ours, the peers and the limits in one run, and print the table."""

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from banking_project import embedded_postgres
from benchmarks import statements
from benchmarks.answers import Different, compare
from benchmarks.book import CUSTOMERS, Book, open_book
from benchmarks.contestants import Contestant, Make
from benchmarks.contestants.bare import bare_view
from benchmarks.contestants.node import mercurius, missing, postgraphile
from benchmarks.contestants.ours import ours, without_access, without_receipts
from benchmarks.contestants.strawberry_django import strawberry_django, strawberry_django_lists
from benchmarks.effort import Effort
from benchmarks.free_port import free_port
from benchmarks.load import Generate, Load, Measured, generator
from benchmarks.report import Report
from benchmarks.servers import NotServed, serving

COMPARED = 12  # customers whose answers are compared
ANSWERS_MIN = 40  # a round lasts until about so many answers …
ROUND_FACTOR_MAX = 3  # … but at most so many times as long as the usual one
BYTES_LEAST = 0.8  # of the expected size of an answer: less means that errors were answered


@dataclass(frozen=True)
class Run:
    """What all rounds of one run share."""

    options: argparse.Namespace
    book: Book
    mobiles: list[str]
    contestants: Sequence[Contestant]
    sessions: dict[str, int]
    generate: Generate
    report: Report


def main() -> int:
    """Measure, print, and return the exit status."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    started_here = embedded_postgres.ensure_running()
    try:
        report = _measure(options, open_book(options.customers, fresh=options.fresh))
        print(f"\n{report.table()}")
        if options.json:
            options.json.write_text(json.dumps(report.json(), indent=1) + "\n")
        return 0
    except (Different, NotServed) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything that was started is stopped.", file=sys.stderr)
        return 130
    finally:
        if started_here:
            embedded_postgres.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the book (default: %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="make the book anew")
    parser.add_argument("--quick", action="store_true", help="few short rounds: under two minutes")
    parser.add_argument("--rounds", type=int, help="rounds of every contestant (default: 5, quick: 2)")
    parser.add_argument("--seconds", type=float, help="of one round (default: 5, quick: 2)")
    parser.add_argument(
        "--only", default="", help="contestants besides ours, by parts of names: mercurius,bare"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round to a file as well")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.seconds = options.seconds or (2.0 if options.quick else 5.0)
    return options


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _measure(options: argparse.Namespace, book: Book) -> Report:
    mobiles = book.mobiles()
    contestants = _contestants(book, options.only)
    with serving(contestants) as sessions:
        answering = [each for each in contestants if not each.is_limit]
        leaves = compare(answering, mobiles[:COMPARED])
        print(
            f"All answer alike: {leaves['one']:.0f} leaves for one customer, {leaves['fifty']:,.0f} for fifty."
        )
        name, generate = generator()
        report = Report(
            machine=_machine(),
            book=_described(book),
            leaves=leaves,
            generator=name,
            notes={each.name: each.notes for each in contestants},
            limits={each.name for each in contestants if each.is_limit},
        )
        run = Run(options, book, mobiles, contestants, sessions, generate, report)
        for query in ("one", "fifty"):
            _rounds(run, query)
    _limits(report, book, mobiles, options)
    return report


def _contestants(book: Book, only: str) -> list[Contestant]:
    """Return who can be measured here, ours first."""
    peers: list[Make] = [strawberry_django, strawberry_django_lists]
    limits: list[Make] = [bare_view, without_receipts, without_access]
    if (why := missing()) is None:
        peers += [postgraphile, mercurius]
    else:
        print(f"PostGraphile and Mercurius are left out: {why}.")
    others = [make(book, free_port()) for make in [*peers, *limits]]
    wanted = [part for part in only.lower().split(",") if part]
    chosen = [each for each in others if not wanted or any(part in each.name.lower() for part in wanted)]
    return [ours(book, free_port()), *chosen]


def _rounds(run: Run, query: str) -> None:
    """Warm every contestant up, then let them take turns, round by round."""
    shortest, longest = run.options.seconds, ROUND_FACTOR_MAX * run.options.seconds
    seconds, sizes = {}, {}
    for each in run.contestants:
        warm = run.generate(_load(each, query, run.mobiles), shortest)
        sizes[each.name] = warm.bytes / max(warm.answers, 1)
        seconds[each.name] = min(max(shortest, ANSWERS_MIN / (warm.per_second or 1)), longest)
    for number in range(run.options.rounds):
        told = []
        for each in run.contestants:
            load = _load(each, query, run.mobiles)
            session = run.sessions[each.name]
            with Effort(run.book, session=session, application=each.application) as effort:
                measured = run.generate(load, seconds[each.name])
            _check(each, measured, sizes[each.name])
            run.report.add(query, each.name, replace(measured, processors_s=effort.seconds))
            told.append(f"{each.name} {measured.per_second:,.0f}")
        print(f"{query}, round {number + 1} of {run.options.rounds}: {', '.join(told)}", flush=True)


def _load(contestant: Contestant, query: str, mobiles: list[str]) -> Load:
    variables = {"mobile": "\n"} if query == "one" else {}
    body = json.dumps({"query": getattr(contestant.queries, query), "variables": variables})
    before, _, after = body.partition('"\\n"')
    headers = {"Content-Type": "application/json", **contestant.headers()}
    if query == "fifty":
        return Load(contestant.url, headers, body.encode(), [], b"")
    return Load(contestant.url, headers, f'{before}"'.encode(), mobiles, f'"{after}'.encode())


def _check(contestant: Contestant, measured: Measured, size: float) -> None:
    """Stop when a contestant answers errors under load."""
    if measured.refused or measured.broken:
        raise Different(
            f"{contestant.name}: {measured.refused} answers were no 2xx, {measured.broken} broke."
        )
    if measured.answers and measured.bytes / measured.answers < BYTES_LEAST * size:
        raise Different(f"{contestant.name}: its answers are shorter than before: are they errors?")


def _limits(report: Report, book: Book, mobiles: list[str], options: argparse.Namespace) -> None:
    """Run our statements by pgbench, in turns, with nothing else running."""
    captured = statements.capture(book, mobiles[: statements.SCRIPTS * statements.EXECUTIONS])
    variants = {
        (query, name): change(found)
        for query, found in captured.items()
        for name, change in (
            ("our statement by pgbench", lambda found: found),
            ("our statement without its receipt", statements.without_receipt),
        )
    }
    for _ in range(options.rounds):
        for (query, name), found in variants.items():
            rate = statements.executions_per_second(book, found, seconds=min(options.seconds, 3.0))
            report.add_statement(query, name, rate)


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return f"{when}; {os.cpu_count()} cores ({model}), Python {platform.python_version()}, PostgreSQL 18."


def _described(book: Book) -> str:
    counts = book.ask(
        "SELECT (SELECT count(*) FROM customers_customer), (SELECT count(*) FROM portfolios_holding), "
        "(SELECT count(*) FROM transactions_transaction)"
    )
    customers, holdings, transactions = counts[0]
    return f"Book: {customers:,} customers, {holdings:,} holdings, {transactions:,} transactions."


if __name__ == "__main__":
    sys.exit(main())
