"""Whoever does not say who they are fills the feed for nobody, and what is no request breaks nothing."""

import json
import random
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import closing

import pytest

from banking_project import feed_entrance
from banking_project.feed import Feed
from banking_project.feed_entrance import Entrance
from gateway.addresses import TrustedProxies
from schema.root import gateway
from tests.asking import signed_in
from tests.banking_project.feeding import Listening, change, customer, raw, served
from tests.people import make_user
from tests.waiting import until

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: feed\r\n\r\n"


@pytest.fixture
def narrow(own_database: str) -> Iterator[tuple[Feed, str, Entrance]]:
    """A feed at whose entrance six may wait, four of them from one address."""
    made = Feed(gateway())
    entrance = Entrance(made.gateway.proxies, most=6, of_one=4)
    with served(made, entrance) as url:
        yield made, url, entrance


def connected(url: str) -> socket.socket:
    at = urllib.parse.urlsplit(url)
    assert at.hostname is not None
    return socket.create_connection((at.hostname, at.port or 80), timeout=60)


def code_of(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body).get("code", "")


def test_silent_connections_keep_no_listener_away_from_what_happens(
    narrow: tuple[Feed, str, Entrance],
) -> None:
    """They are as many as an address may have; a listener hears on; when one has gone another may come."""
    made, url, entrance = narrow
    asha, asha_id = customer("asha", 1)
    token = signed_in(asha)
    listeners = [Listening(url, token) for _ in range(5)]  # more than may wait: who is let in does not
    until(lambda: not entrance._waiting)
    silent = [connected(url) for _ in range(4)]
    until(lambda: len(entrance._waiting) == 4)
    assert code_of(raw(url, HEALTH)) == (429, "TOO_MANY_OWN_CONNECTIONS")
    change(asha_id)
    until(lambda: all(len(each.of("transaction")) == 1 for each in listeners))
    assert len(made.listeners) == 5
    silent.pop().close()
    until(lambda: len(entrance._waiting) == 3)
    assert raw(url, HEALTH).startswith(b"HTTP/1.1 200 ")
    for each in silent:
        each.close()
    until(lambda: not entrance._waiting)
    assert not entrance._of


def test_silent_connections_of_many_addresses_are_bounded_in_all(
    narrow: tuple[Feed, str, Entrance], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, url, entrance = narrow
    monkeypatch.setattr(feed_entrance, "network_of", lambda _: str(random.random()))
    silent = [connected(url) for _ in range(6)]
    until(lambda: len(entrance._waiting) == 6)
    answer = raw(url, HEALTH)
    assert code_of(answer) == (503, "TOO_MANY_CONNECTIONS")
    assert b"Retry-After: " in answer
    for each in silent:
        each.close()
    until(lambda: not entrance._waiting)


def test_a_proxy_s_connections_are_counted_for_whom_it_names(narrow: tuple[Feed, str, Entrance]) -> None:
    """The proxy itself may have more than one client may."""
    _, url, entrance = narrow
    entrance.proxies = entrance.proxies.of(["127.0.0.0/8"])
    named = [connected(url) for _ in range(5)]
    until(lambda: len(entrance._waiting) == 5)
    entrance_of_clients = Entrance(TrustedProxies.of(["127.0.0.0/8"]), most=6, of_one=2)
    for each in named[:2]:
        assert entrance_of_clients.enter(each, peer="127.0.0.1") is None
        assert entrance_of_clients.name(each, address="203.0.113.9") is None
    assert entrance_of_clients.enter(named[2], peer="127.0.0.1") is None
    assert entrance_of_clients.name(named[2], address="203.0.113.9") == "TOO_MANY_OWN_CONNECTIONS"
    assert entrance_of_clients.name(named[2], address="203.0.113.10") is None
    for each in named:
        entrance_of_clients.leave(each)
        each.close()
    assert not entrance_of_clients._of
    until(lambda: not entrance._waiting)


def test_who_does_not_say_in_time_what_they_want_is_sent_away(
    narrow: tuple[Feed, str, Entrance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_entrance, "SAID_WITHIN_S", 0.3)
    for said in (b"", b"GET /events", b"GET /healthz HTTP/1.1\r\nA: b\r\n"):
        assert code_of(raw(narrow[1], said)) == (408, "REQUEST_TOO_LATE")


def test_a_byte_at_a_time_is_no_way_to_stay(
    narrow: tuple[Feed, str, Entrance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_entrance, "SAID_WITHIN_S", 1.0)
    _, url, entrance = narrow
    with closing(connected(url)) as dripping:
        dripping.settimeout(0.05)
        answered = b""
        begun = time.monotonic()
        while not answered.endswith(b"}") and time.monotonic() - begun < 60:
            try:
                if not answered:
                    dripping.sendall(b"a")
                answered += dripping.recv(65_536)
            except TimeoutError:
                continue
        assert code_of(answered) == (408, "REQUEST_TOO_LATE")
    until(lambda: not entrance._waiting)


NO_REQUESTS = [
    (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", (414, "ADDRESS_TOO_LONG")),
    (b"GET /healthz HTTP/1.1\r\nA: " + b"b" * 20_000 + b"\r\n\r\n", (431, "HEADERS_TOO_LARGE")),
    (b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 4_000, (431, "HEADERS_TOO_LARGE")),
    (
        b"POST /graphql/stream HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}   \r\n0\r\n\r\n",
        (411, "LENGTH_REQUIRED"),
    ),
    (
        b"POST /graphql/stream HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        (400, "BAD_REQUEST"),
    ),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n", (400, "BAD_REQUEST")),
    (b"PUT /graphql/stream HTTP/1.1\r\n\r\n", (405, "METHOD_NOT_ALLOWED")),
    (b"GET /nothing HTTP/1.1\r\n\r\n", (404, "NOT_FOUND")),
    (b"GET /healthz HTTP/0.9\r\n\r\n", (505, "HTTP_VERSION_NOT_SUPPORTED")),
]


def test_what_can_t_be_answered_has_a_code(feed: tuple[Feed, str]) -> None:
    for request_bytes, refusal in NO_REQUESTS:
        assert code_of(raw(feed[1], request_bytes)) == refusal, request_bytes[:60]


def test_a_body_that_is_too_large_or_has_no_length_is_refused_before_it_is_read(
    feed: tuple[Feed, str],
) -> None:
    head = "POST /graphql/stream HTTP/1.1\r\nContent-Type: application/json\r\n"
    too_large = dict.fromkeys(["300000", "99999999999999999999"], "BODY_TOO_LARGE")
    for length, code in (too_large | dict.fromkeys(["-1", "1e3", "one", "\u0663"], "BAD_REQUEST")).items():
        answer = raw(feed[1], f"{head}Content-Length: {length}\r\n\r\n".encode())
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]["extensions"]["code"] == code


def test_a_refusal_arrives_though_its_body_was_not_read(feed: tuple[Feed, str]) -> None:
    body = b"x" * 200_000
    head = b"POST /nothing HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert code_of(raw(feed[1], head + body)) == (404, "NOT_FOUND")


def garbled(chance: random.Random, token: str) -> bytes:
    """Return a request that is almost one."""
    line = chance.choice(
        [
            b"GET /events/transactions",
            b"POST /graphql/stream",
            b"OPTIONS /graphql/stream",
            b"GET /healthz",
            b"BREW /",
        ]
    )
    headers = [
        b"Host: feed", b"Accept: text/event-stream", b"Authorization: Bearer " + token.encode(),
        b"Authorization: Bearer", b"Authorization: ApiKey x.y", b"X-API-Key: \xff\xfe", b"Last-Event-ID: \x80",
        b"Last-Event-ID: " + b"A" * 9_000, b"Last-Event-ID: TransactionEvent:1", b"Content-Length: 7",
        b"Content-Length: 99999999999999999999999", b"Content-Type: application/json", b"Content-Type: \xe9;;=",
        b"Content-Type: multipart/form-data; boundary=x", b"Transfer-Encoding: chunked", b"Expect: 100-continue",
        b"Connection: keep-alive", b"X-Forwarded-For: ,,,", b"Origin: http://[::1", b"traceparent: 00-\x00-1-1",
        b"X-Purpose: \xc3\x28", b"X-Correlation-ID: " + b"z" * 300, b"no colon at all", b": empty",
        b" folded: yes", b"X-Explain: plan,cost,access", b"Accept: nothing/*",
    ]  # fmt: skip
    chosen = chance.sample(headers, chance.randint(0, 7))
    body = chance.choice(
        [
            b"",
            b"{}",
            b'{"query":"subscription { transactionChanged { id } }"}',
            b"[1]",
            b"\x00" * 9,
            b"7\r\n{}\r\n",
        ]
    )
    request = b"\r\n".join(
        [line + chance.choice([b" HTTP/1.1", b" HTTP/1.0", b" HTTP/0.9", b"", b" x"]), *chosen]
    )
    request += b"\r\n\r\n" + body
    if chance.random() < 0.5:
        at = chance.randrange(len(request))
        request = request[:at] + bytes([chance.randrange(256)]) + request[at + chance.randint(0, 3) :]
    return request * chance.choice([1, 1, 2])


def test_garbled_requests_break_nothing_for_who_listens(
    feed: tuple[Feed, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Hundreds of almost-requests, some read to the end, some left: each is answered or hung up on, none fails."""
    made, url = feed
    asha, asha_id = customer("asha", 1)
    listening = Listening(url, signed_in(asha))
    monkeypatch.setattr(feed_entrance, "SAID_WITHIN_S", 0.3)
    token = signed_in(make_user("clerk", "operations"))
    answers: list[bytes] = []

    def ask_garbled(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            with closing(connected(url)) as asking:
                asking.sendall(garbled(chance, token))
                if chance.random() < 0.7:
                    answers.append(asking.recv(65_536))

    asking = [threading.Thread(target=ask_garbled, args=[seed]) for seed in range(6)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    statuses = {int(answer.split()[1]) for answer in answers if answer}
    assert not {status for status in statuses if status >= 500 and status not in (503, 505)}
    until(lambda: len(made.listeners) == 1)  # who left is noticed
    change(asha_id)
    until(lambda: len(listening.of("transaction")) == 1)
    assert not [record for record in caplog.records if record.exc_info]
