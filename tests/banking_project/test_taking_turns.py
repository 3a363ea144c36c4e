"""Connections of one request thread: who is silent, slow, hasty or rude keeps nobody else waiting."""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from banking_project.taking_turns import Waiting
from tests.banking_project.conftest import GUNICORN
from tests.conftest import BASE_DIR, RunningGateway, free_port, wait_until_served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere gunicorn's own way is gone")

ASKED = json.dumps({"query": "{ __typename }"}).encode()
REQUEST = (
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(ASKED), ASKED)
)
WITHIN_S = 60


@pytest.fixture(scope="module")
def one_thread(running_gateway: RunningGateway) -> Iterator[str]:
    """Serve with one process of one thread; a request has two seconds to arrive, an idle connection three."""
    url = f"http://127.0.0.1:{free_port()}"
    environment = running_gateway.environment | {
        "PORT": str(urlsplit(url).port),
        "METRICS_PORT": str(free_port()),
        "WEB_CONCURRENCY": "1",
        "THREADS": "1",
        "READ_TIMEOUT": "2",
        "KEEP_ALIVE": "3",
    }
    process = subprocess.Popen(GUNICORN, cwd=BASE_DIR, env=environment)
    try:
        wait_until_served(url, process)
        yield url
    finally:
        process.terminate()
        assert process.wait(timeout=WITHIN_S) == 0


class Client:
    """One connection, which reads its answers in order."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((str(address.hostname), address.port or 0), timeout=WITHIN_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def answer(self) -> dict[str, str]:
        """Return the headers of the next answer, which must be the one asked for; names in lower case."""
        assert self.file.readline() == b"HTTP/1.1 200 OK\r\n"
        headers = {name.lower(): value for name, value in http.client.parse_headers(self.file).items()}
        answered = json.loads(self.file.read(int(headers["content-length"])))
        assert answered["data"] == {"__typename": "Query"}
        return headers

    def ask(self) -> dict[str, str]:
        """Ask, and return the headers of the answer."""
        self.socket.sendall(REQUEST)
        return self.answer()

    @property
    def is_closed(self) -> bool:
        """Wait until the gateway closes, and tell that it said nothing before."""
        return self.file.read(1) == b""


def test_those_who_say_nothing_keep_nobody_waiting_and_are_sent_away(one_thread: str) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(Client(one_thread)) for _ in range(50)]
        stack.enter_context(Client(one_thread)).ask()
        assert all(each.is_closed for each in silent)


def test_half_a_request_holds_its_thread_for_a_moment_only(one_thread: str) -> None:
    with Client(one_thread) as slow, Client(one_thread) as client:
        slow.socket.sendall(REQUEST[:50])
        time.sleep(0.1)
        client.ask()
        assert slow.is_closed


def test_requests_that_are_sent_together_are_answered_in_order(one_thread: str) -> None:
    with Client(one_thread) as client:
        client.socket.sendall(REQUEST * 3)
        ids = [client.answer()["x-correlation-id"] for _ in range(3)]
        assert len(set(ids)) == 3


def test_a_request_may_come_byte_by_byte(one_thread: str) -> None:
    with Client(one_thread) as client:
        for byte in REQUEST:
            client.socket.sendall(bytes([byte]))
        client.answer()


def test_a_connection_that_idles_is_closed(one_thread: str) -> None:
    with Client(one_thread) as client:
        client.ask()
        client.ask()
        assert client.is_closed


def test_a_client_that_does_not_close_what_is_closed_keeps_nobody_waiting(one_thread: str) -> None:
    last = REQUEST.replace(b"Host:", b"Connection: close\r\nHost:")
    with ExitStack() as stack:
        started = time.monotonic()
        for _ in range(20):
            rude = stack.enter_context(Client(one_thread))
            rude.socket.sendall(last)
            assert rude.answer()["connection"] == "close"
            rude.socket.sendall(b"and another thing")
        stack.enter_context(Client(one_thread)).ask()
        assert time.monotonic() - started < 20, "not two seconds for each of them"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"\x16\x03\x01 +919820012345\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET /api/+919820012345 HTTP/9\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n+919820012345\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET /api/x?mobile=+919820012345" + b"0" * 8_000 + b" HTTP/1.1\r\n\r\n", 414, "ADDRESS_TOO_LONG"),
        (b"GET / HTTP/1.1\r\nX-A: " + b"+919820012345" * 700 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
        (b"GET / HTTP/1.1\r\n" + b"X-A: +919820012345\r\n" * 101 + b"\r\n", 431, "HEADERS_TOO_LARGE"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: 9820012345\r\n\r\n", 501, "TRANSFER_CODING_NOT_SUPPORTED"),
        (b"POST / HTTP/1.1\r\nExpect: 9820012345\r\n\r\n", 417, "EXPECTATION_FAILED"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_told_so_in_json_and_closed(
    one_thread: str, sent: bytes, status: int, code: str
) -> None:
    with Client(one_thread) as client:
        client.socket.sendall(sent)
        line = client.file.readline()
        headers = http.client.parse_headers(client.file)
        text = client.file.read()
    assert line.startswith(b"HTTP/1.1 %d " % status)
    assert len(text) == int(headers["Content-Length"])
    assert (headers["Content-Type"], headers["Connection"]) == ("application/problem+json", "close")
    assert headers["X-Content-Type-Options"] == "nosniff"
    told = json.loads(text)
    assert (told["status"], told["code"]) == (status, code)
    assert told["correlationId"] == headers["X-Correlation-ID"]
    assert b"9820012345" not in text


@pytest.mark.parametrize(
    ("framing", "body", "stays"),
    [
        (b"Content-Length: 20", b"x" * 20, True),
        (b"Content-Length: 100000", b"x" * 100_000, False),
        (b"Transfer-Encoding: chunked", b"14\r\n" + b"x" * 20 + b"\r\n0\r\n\r\n", False),
    ],
)
def test_a_connection_ends_with_a_body_that_may_be_left_unread_and_the_client_is_told(
    one_thread: str, framing: bytes, body: bytes, stays: bool
) -> None:
    """A proxy would send the next one's request into a connection that is closed."""
    with Client(one_thread) as client:
        head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
        client.socket.sendall(head + framing + b"\r\n\r\n" + body)
        assert client.file.readline() == b"HTTP/1.1 415 Unsupported Media Type\r\n"
        headers = http.client.parse_headers(client.file)
        assert headers["connection"] == ("keep-alive" if stays else "close")
        if stays:
            client.file.read(int(headers["content-length"]))
            client.ask()


def test_many_clients_that_stay_are_all_answered(one_thread: str) -> None:
    together = threading.Barrier(24)

    def ask(_: int) -> int:
        with Client(one_thread) as client:
            together.wait(WITHIN_S)
            return len({client.ask()["x-correlation-id"] for _ in range(20)})

    with ThreadPoolExecutor(24) as pool:
        assert list(pool.map(ask, range(24))) == [20] * 24


def test_a_connection_that_is_closed_already_does_not_wait_and_is_counted_once() -> None:
    waiting, ours = Waiting(), socket.socket()
    ours.close()
    with pytest.raises((OSError, ValueError)):
        waiting.add(SimpleNamespace(sock=ours), until=0)
    assert waiting.take_overdue(1) == []
