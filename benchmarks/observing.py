"""`python -m benchmarks.observing`: what traces, metrics and logs cost, on against off in one run.

On is the product as shipped, with spans of half of the requests sent to a collector (a process of its own that
throws them away, a few times in ten seconds); off tells nothing of requests, and runs a second time as `again`:
off against itself tells what is chance. All take turns, and are started anew every few rounds, since one start
of the very same program is a few hundredths quicker than another (where its memory lies, how names are hashed).
A round lasts as long as the monitor's pause between two samples, so that each pays for one. Requests per second
suffer from whatever else the machine does, the processors' time for one answer less, and what the product itself
counts (`banking_telling_seconds_total`) hardly: that is the time of what is told beside the requests, by kind.
"""

import argparse
import http.server
import multiprocessing
import statistics
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field, replace

from prometheus_client.parser import text_string_to_metric_families

from banking_project import embedded_postgres
from benchmarks.__main__ import _load
from benchmarks.book import CUSTOMERS, Book, open_book
from benchmarks.contestants import Contestant
from benchmarks.contestants.ours import ours
from benchmarks.effort import Effort
from benchmarks.free_port import free_port
from benchmarks.load import generator
from benchmarks.servers import end_with_parent, serving

WARM_UP_S = 2.0
ROUND_S = 5.0  # banking_project.snapshot.SAMPLED_EVERY_S


class _Sink(http.server.BaseHTTPRequestHandler):
    """Takes spans and throws them away."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def collect(port: int) -> None:
    """Run the collector until it is ended, or whoever started it has ended."""
    end_with_parent()
    http.server.ThreadingHTTPServer(("127.0.0.1", port), _Sink).serve_forever()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.observing", description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the book (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--starts", type=int, default=5, help="among which the rounds are shared out")
    parser.add_argument("--seconds", type=float, default=ROUND_S, help="of one round")
    options = parser.parse_args()
    started_here = embedded_postgres.ensure_running()
    port = free_port()
    collector = multiprocessing.get_context("spawn").Process(target=collect, args=[port], daemon=True)
    collector.start()
    try:
        _measure(open_book(options.customers), port, options)
    finally:
        collector.terminate()
        if started_here:
            embedded_postgres.stop()


def _contestants(book: Book, port: int) -> list[Contestant]:
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_TRACES_SAMPLER_ARG": "0.5"}
    silent = {"OBSERVED": "none", "LOG_LEVEL": "WARNING"}
    unending = {"MAX_REQUESTS": "1000000000"}  # what replacing a worker costs is measured by `recycling`
    return [
        replace(each, name=name, environment=each.environment | unending | told)
        for name, told in (("on", traced), ("off", silent), ("again", silent))
        for each in (ours(book, free_port()),)
    ]


@dataclass
class Found:
    """What each contestant came to, round by round."""

    efforts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def _measure(book: Book, port: int, options: argparse.Namespace) -> None:
    mobiles, found = book.mobiles(), Found()
    shares = [len(range(start, options.rounds, options.starts)) for start in range(options.starts)]
    for rounds in filter(None, shares):
        _measure_one_start(book, port, mobiles, found, rounds=rounds, seconds=options.seconds)
    for what, values in (
        ("processors' ms for one answer", found.efforts),
        ("requests a second", found.rates),
    ):
        medians = ", ".join(f"{name} {statistics.median(each):,.3f}" for name, each in values.items())
        print(f"{what}: {medians}")
        for name in ("on", "again"):
            ratios = [one / off for one, off in zip(values[name], values["off"], strict=True)]
            error = statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else float("nan")
            print(
                f"  {name} against off, round by round: median {statistics.median(ratios):.3f}, "
                f"mean {statistics.mean(ratios):.3f} ± {error:.3f}"
            )


def _measure_one_start(
    book: Book, port: int, mobiles: list[str], found: Found, *, rounds: int, seconds: float
) -> None:
    """Start the contestants, and let them take turns, each time in another order."""
    _, generate = generator()
    contestants = _contestants(book, port)
    with serving(contestants) as sessions:
        loads = {each.name: _load(each, "one", mobiles) for each in contestants}
        for load in loads.values():
            generate(load, WARM_UP_S)
        for _ in range(rounds):
            first = len(found.rates["on"]) % len(contestants)
            for each in contestants[first:] + contestants[:first]:
                with Effort(book, session=sessions[each.name], application=each.application) as effort:
                    measured = generate(loads[each.name], seconds)
                found.efforts[each.name].append(effort.seconds * 1000 / measured.answers)
                found.rates[each.name].append(measured.per_second)
            latest = (
                f"{each.name} {found.efforts[each.name][-1]:.3f} ms, {found.rates[each.name][-1]:,.0f}/s"
                for each in contestants
            )
            print(f"round {len(found.rates['on'])}: {'; '.join(latest)}", flush=True)
        _print_told(contestants[0])


def _print_told(on: Contestant) -> None:
    """Print what the product itself counted since it was started."""
    with urllib.request.urlopen(f"http://127.0.0.1:{on.environment['METRICS_PORT']}/metrics") as page:
        families = {each.name: each.samples for each in text_string_to_metric_families(page.read().decode())}
    requests = sum(
        each.value for each in families["banking_requests"] if each.name == "banking_requests_total"
    )
    told = {
        each.labels["sink"]: each.value * 1e6 / requests
        for each in families["banking_telling_seconds"]
        if each.name == "banking_telling_seconds_total"
    }
    kinds = ", ".join(f"{name} {value:.1f}" for name, value in sorted(told.items()))
    print(f"told beside a request: {sum(told.values()):.1f} µs ({kinds})")


if __name__ == "__main__":
    main()
