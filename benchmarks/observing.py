"""`python -m benchmarks.observing`: what traces, metrics and logs cost, on against off in one run.

On is the product as shipped, with spans of half of the requests sent to a collector (a process of its own that
throws them away, a few times in ten seconds); off tells nothing of requests. Both take turns. Requests per second
suffer from whatever else the machine does, the processors' time for one answer less, and what the product itself
counts (`banking_telling_seconds_total`) hardly: that is the time of what is told beside the requests, by kind.
"""

import argparse
import http.server
import multiprocessing
import statistics
import urllib.request
from collections import defaultdict
from dataclasses import replace

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
    parser.add_argument("--seconds", type=float, default=2.0, help="of one round")
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
    on, off = ours(book, free_port()), ours(book, free_port())
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_TRACES_SAMPLER_ARG": "0.5"}
    silent = {"OBSERVED": "none", "LOG_LEVEL": "WARNING"}
    return [
        replace(on, name="on", environment=on.environment | traced),
        replace(off, name="off", environment=off.environment | silent),
    ]


def _measure(book: Book, port: int, options: argparse.Namespace) -> None:
    mobiles, (_, generate) = book.mobiles(), generator()
    efforts: dict[str, list[float]] = defaultdict(list)
    rates: dict[str, list[float]] = defaultdict(list)
    contestants = _contestants(book, port)
    with serving(contestants) as sessions:
        for each in contestants:
            generate(_load(each, "one", mobiles), options.seconds)
        for number in range(options.rounds):
            for each in contestants if number % 2 else contestants[::-1]:
                session = sessions[each.name]
                with Effort(book, session=session, application=each.application) as effort:
                    measured = generate(_load(each, "one", mobiles), options.seconds)
                efforts[each.name].append(effort.seconds * 1000 / measured.answers)
                rates[each.name].append(measured.per_second)
            print(
                f"round {number + 1}: "
                + "; ".join(
                    f"{name} {efforts[name][-1]:.3f} ms, {rates[name][-1]:,.0f}/s" for name in ("on", "off")
                ),
                flush=True,
            )
        _print_told(contestants[0])
    for what, found in (("processors' ms for one answer", efforts), ("requests a second", rates)):
        on, off = (statistics.median(found[name]) for name in ("on", "off"))
        print(f"{what}: on {on:,.3f}, off {off:,.3f}, ratio {on / off:.3f}")


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
