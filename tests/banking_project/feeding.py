"""A feed over real HTTP, and those who listen to it."""

import json
import socket
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from banking_project.feed import Feed
from banking_project.feed_entrance import Entrance
from banking_project.feed_server import make_server
from domains.customers.operations import create_customer, link_login
from domains.identity.models import User
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from domains.transactions.models import Transaction, TransactionEvent
from tests.people import make_user

SYSTEM = Actor.system("test")


@contextmanager
def served(feed: Feed, entrance: Entrance | None = None) -> Iterator[str]:
    """Serve a feed; yield its address."""
    server = make_server(host="127.0.0.1", port=0, feed=feed, entrance=entrance)
    threads = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}),
        threading.Thread(target=feed.run),
    ]
    for thread in threads:
        thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/events/transactions"
    finally:
        feed.stopping.set()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join()
        while OPEN:
            OPEN.pop().close()


OPEN: list["Listening"] = []


class Listening:
    """A listener over real HTTP; what comes is read by a thread."""

    def __init__(self, url: str, token: str, *, body: Any = None, **headers: str) -> None:
        self.events: list[dict[str, Any]] = []
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
        request = urllib.request.Request(url, data=data, headers=headers)
        self.response = urllib.request.urlopen(request, timeout=60)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        OPEN.append(self)

    def close(self) -> None:
        self.thread.join(timeout=60)  # the feed hangs up
        self.response.close()

    def vanish(self) -> None:
        """End the connection without a word."""
        self.response.fp.raw._sock.shutdown(socket.SHUT_RDWR)
        self.ended.wait(timeout=60)

    def _read(self) -> None:
        event: dict[str, Any] = {}
        try:
            for line in self.response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    event[name.rstrip(":")] = value
                elif event:
                    self.events.append(event)
                    event = {}
        finally:
            self.ended.set()

    def of(self, kind: str) -> list[Any]:
        return [json.loads(event["data"]) for event in self.events if event.get("event") == kind]

    @property
    def last_event_id(self) -> str:
        """What they come back with."""
        return next(event["id"] for event in reversed(self.events) if "id" in event)

    @property
    def kinds(self) -> list[str]:
        return [event["event"] for event in self.events if "event" in event]


def customer(name: str, number: int) -> tuple[User, Any]:
    user = make_user(name, "customer")
    customer_id = create_customer(actor=SYSTEM, full_name=name, mobile=f"+9198200{number:05d}")
    link_login(actor=SYSTEM, customer_id=customer_id, user_id=user.id)
    return user, customer_id


def change(customer_id: Any, *, recorded_at: datetime | None = None) -> Transaction:
    with transaction.atomic():
        changed = Transaction.objects.create(
            reference=f"TX{new_id().hex}", customer_id=customer_id, kind="PAYMENT", direction="DEBIT", amount=5,
            currency="INR", source="test", source_reference=new_id().hex,
        )  # fmt: skip
        TransactionEvent.objects.create(
            transaction=changed, to_status=changed.status, cause="test", actor_kind=SYSTEM.kind,
            recorded_at=recorded_at or now(),
        )  # fmt: skip
    return changed


def stream(url: str) -> str:
    return url.replace("/events/transactions", "/graphql/stream")


def raw(url: str, request: bytes) -> bytes:
    """Return all that the feed answers to these bytes until it hangs up."""
    at = urllib.parse.urlsplit(url)
    assert at.hostname is not None
    answered = b""
    with socket.create_connection((at.hostname, at.port or 80), timeout=30) as connected:
        connected.sendall(request)
        while some := connected.recv(65_536):
            answered += some
    return answered
