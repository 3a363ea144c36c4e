"""The live feed: each listener gets what they may see, and is asked for it again at each event."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from banking_project.feed import Feed, make_server
from domains.customers.operations import create_customer, link_login
from domains.identity.models import SessionEnd, User
from domains.identity.sessions import end_sessions
from domains.kernel.actor import Actor
from domains.kernel.identifiers import new_id
from domains.transactions.models import Transaction, TransactionEvent
from domains.transactions.moving import tell
from gateway.addresses import TrustedProxies
from gateway.stored import Modes
from schema.root import gateway
from tests.asking import signed_in
from tests.people import make_user
from tests.waiting import until

SYSTEM = Actor.system("test")


@pytest.fixture
def feed(own_database: str) -> Iterator[tuple[Feed, str]]:
    made = Feed(gateway())
    server = make_server(host="127.0.0.1", port=0, feed=made)
    threads = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}),
        threading.Thread(target=made.run),
    ]
    for thread in threads:
        thread.start()
    yield made, f"http://127.0.0.1:{server.server_address[1]}/events/transactions"
    made.stopping.set()
    server.shutdown()
    server.server_close()
    for thread in threads:
        thread.join()
    while OPEN:
        OPEN.pop().close()


OPEN: list["Listening"] = []


class Listening:
    """A listener over real HTTP; what comes is read by a thread."""

    def __init__(self, url: str, token: str, **headers: str) -> None:
        self.events: list[dict[str, Any]] = []
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}", **headers})
        self.response = urllib.request.urlopen(request, timeout=60)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        OPEN.append(self)

    def close(self) -> None:
        self.thread.join(timeout=60)  # the feed hangs up
        self.response.close()

    def _read(self) -> None:
        event: dict[str, Any] = {}
        for line in self.response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif event:
                self.events.append(event)
                event = {}
        self.ended.set()

    def of(self, kind: str) -> list[Any]:
        return [json.loads(event["data"]) for event in self.events if event.get("event") == kind]


def customer(name: str, number: int) -> tuple[User, Any]:
    user = make_user(name, "customer")
    customer_id = create_customer(actor=SYSTEM, full_name=name, mobile=f"+9198200{number:05d}")
    link_login(actor=SYSTEM, customer_id=customer_id, user_id=user.id)
    return user, customer_id


def change(customer_id: Any) -> Transaction:
    with transaction.atomic():
        changed = Transaction.objects.create(
            reference=f"TX{new_id().hex}", customer_id=customer_id, kind="PAYMENT", direction="DEBIT", amount=5,
            currency="INR", source="test", source_reference=new_id().hex,
        )  # fmt: skip
        tell(changed, before=None, cause="test", actor=SYSTEM)
    return changed


def test_each_listener_gets_their_own_and_operations_all(feed: tuple[Feed, str]) -> None:
    _, url = feed
    asha, asha_id = customer("asha", 1)
    vikram, vikram_id = customer("vikram", 2)
    listeners = [Listening(url, signed_in(user)) for user in (asha, vikram, make_user("clerk", "operations"))]
    first, second = change(asha_id), change(vikram_id)
    until(lambda: len(listeners[2].of("transaction")) == 2)
    until(lambda: len(listeners[0].of("transaction")) == 1 == len(listeners[1].of("transaction")))
    seen = [[each["transaction"]["reference"] for each in one.of("transaction")] for one in listeners]
    assert seen == [[first.reference], [second.reference], [first.reference, second.reference]]
    assert listeners[0].events[-1]["id"].startswith("TransactionEvent:")


def test_whose_sessions_end_is_sent_away_at_the_next_event(feed: tuple[Feed, str]) -> None:
    made, url = feed
    asha, asha_id = customer("asha", 1)
    listening = Listening(url, signed_in(asha))
    change(asha_id)
    until(lambda: len(listening.of("transaction")) == 1)
    end_sessions(user=asha, reason=SessionEnd.LOGOUT, actor=SYSTEM)
    change(asha_id)
    until(listening.ended.is_set)
    assert listening.of("bye") == [{"code": "UNAUTHENTICATED"}]
    assert len(listening.of("transaction")) == 1
    assert made.listeners == set()


def test_who_comes_back_gets_what_was_missed(feed: tuple[Feed, str]) -> None:
    made, url = feed
    asha, asha_id = customer("asha", 1)
    token = signed_in(asha)
    listening = Listening(url, token)
    change(asha_id)
    until(lambda: len(listening.of("transaction")) == 1)
    made.leave(next(iter(made.listeners)))  # as if the connection had been lost
    missed = change(asha_id)
    event = TransactionEvent.objects.get(transaction=missed)
    until(lambda: event.id in made._known)  # read while nobody listened
    again = Listening(url, token, **{"Last-Event-ID": listening.events[-1]["id"]})
    until(lambda: len(again.of("transaction")) == 1)
    assert again.of("transaction")[0]["transaction"]["reference"] == missed.reference


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic x"}])
def test_nobody_listens_without_credentials(feed: tuple[Feed, str], header: dict[str, str]) -> None:
    _, url = feed
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, headers=header), timeout=60)
    assert refused.value.code == 401
    refused.value.close()
    connection.close()


def test_who_may_ask_stored_documents_alone_listens_all_the_same(
    feed: tuple[Feed, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, url = feed
    asha, asha_id = customer("asha", 1)
    token = signed_in(asha)
    monkeypatch.setattr(made.gateway, "modes", Modes({"default": "ONLY_STORED"}))
    listening = Listening(url, token)
    change(asha_id)
    until(lambda: len(listening.of("transaction")) == 1)


def test_behind_a_proxy_the_listener_is_who_it_names(
    feed: tuple[Feed, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, url = feed
    token = signed_in(make_user("clerk", "operations"))
    monkeypatch.setattr(made.gateway, "proxies", TrustedProxies.of(["127.0.0.0/8"]))
    Listening(url, token, **{"X-Forwarded-For": "203.0.113.9"})
    assert [listener.address for listener in made.listeners] == ["203.0.113.9"]
