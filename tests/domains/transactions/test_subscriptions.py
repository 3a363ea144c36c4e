"""Subscribers are told of every change, signed, again until they take it, and only as long as they may be."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from standardwebhooks import Webhook

from domains.audit.models import AuditLog
from domains.customers.operations import link_login
from domains.identity.models import User
from domains.jobs.models import Job
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.transactions import subscriptions
from domains.transactions.models import Delivery, DeliveryTry, Subscription
from tests.domains.transactions.conftest import Pay, ended, work
from tests.people import make_user
from tests.waiting import until


@dataclass
class Subscriber:
    """A real HTTP server that keeps what it is told; `answers` are the statuses of its next answers."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    kept = Subscriber()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(kept.answers.pop(0) if kept.answers else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture
def asha(customer: Actor, officer: Actor) -> Actor:
    """The customer as a user who is signed in, and whose rights can be asked for later."""
    user: User = make_user("asha", "customer")
    assert customer.customer_id is not None
    link_login(actor=officer, customer_id=customer.customer_id, user_id=user.id)
    return Actor(
        kind=ActorKind.USER, id=user.id, customer_id=customer.customer_id, roles=frozenset({"customer"})
    )


def delivered() -> bool:
    return not Delivery.objects.exclude(state="DELIVERED").exists()


def test_every_change_is_told_once_and_signed(
    pay: Pay, rail: str, asha: Actor, subscriber: Subscriber
) -> None:
    _, secret = subscriptions.subscribe(actor=asha, url=subscriber.url)
    paid: UUID = pay()
    work(until=ended(paid))
    work(until=delivered)
    told = [Webhook(secret).verify(body, headers) for headers, body in subscriber.told]
    assert {each["data"]["to"] for each in told} == {"INITIATED", "PROCESSING", "SETTLED"}
    assert {each["data"]["transaction"] for each in told} == {f"Transaction:{paid}"}
    assert len({headers["webhook-id"] for headers, _ in subscriber.told}) == len(told) == 3
    assert b"250" not in b"".join(body for _, body in subscriber.told)
    stored = Subscription.objects.get()
    assert secret.encode() not in bytes(stored.secret_sealed)


def test_what_is_not_taken_is_told_again_and_the_log_says_so(
    pay: Pay, rail: str, asha: Actor, subscriber: Subscriber
) -> None:
    subscriptions.subscribe(actor=asha, url=subscriber.url)
    pay()
    subscriber.answers = [500, 302]
    for _ in range(3):
        Job.objects.filter(kind=subscriptions.DELIVER).update(due_at=now())
        Job.objects.exclude(kind=subscriptions.DELIVER).delete()
        count = len(subscriber.told)
        work(until=lambda before=count: len(subscriber.told) > before and not running())
    log = DeliveryTry.objects.order_by("number").values_list("number", "http_status")
    assert list(log) == [(1, 500), (2, 302), (3, 204)]
    assert Delivery.objects.get().state == "DELIVERED"
    assert len({headers["webhook-id"] for headers, _ in subscriber.told}) == 1


def running() -> bool:
    return Job.objects.filter(state="RUNNING").exists()


def test_after_the_last_try_it_is_given_up_and_can_be_replayed(
    pay: Pay, rail: str, asha: Actor, subscriber: Subscriber
) -> None:
    subscriptions.subscribe(actor=asha, url="http://127.0.0.1:9/")
    pay()
    Delivery.objects.update(tries=len(subscriptions.PAUSES_S))
    Job.objects.exclude(kind=subscriptions.DELIVER).delete()
    work(until=lambda: Delivery.objects.get().state == "FAILED")
    assert DeliveryTry.objects.get().failure == "UNREACHABLE"
    Subscription.objects.update(url=subscriber.url)
    subscriptions.replay(actor=asha, delivery_id=Delivery.objects.get().id)
    work(until=delivered)
    assert json.loads(subscriber.told[0][1])["data"]["to"] == "INITIATED"


def test_who_may_not_be_told_any_more_is_not_told(
    pay: Pay, rail: str, asha: Actor, subscriber: Subscriber
) -> None:
    subscriptions.subscribe(actor=asha, url=subscriber.url)
    pay()
    User.objects.filter(id=asha.id).update(is_active=False)
    Job.objects.exclude(kind=subscriptions.DELIVER).delete()
    work(until=lambda: Delivery.objects.get().state == "FAILED")
    assert subscriber.told == []


def test_a_customer_is_not_told_of_others(
    pay: Pay, rail: str, asha: Actor, stranger_id: UUID, subscriber: Subscriber
) -> None:
    subscriptions.subscribe(actor=asha, url=subscriber.url)
    Subscription.objects.update(customer_id=stranger_id)
    pay()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example/", "nowhere", "http://user:secret@a.example/", "http://a b/"]
)
def test_what_is_no_address_is_refused(asha: Actor, url: str) -> None:
    with pytest.raises(subscriptions.InvalidSubscription):
        subscriptions.subscribe(actor=asha, url=url)
    assert not Subscription.objects.exists()


def test_nobody_ends_or_replays_what_is_anothers(
    pay: Pay, rail: str, asha: Actor, subscriber: Subscriber
) -> None:
    key, _ = subscriptions.subscribe(actor=asha, url=subscriber.url)
    pay()
    other = Actor(kind=ActorKind.USER, id=make_user("vikram", "customer").id, roles=frozenset({"customer"}))
    with pytest.raises(subscriptions.SubscriptionNotFound):
        subscriptions.unsubscribe(actor=other, subscription_id=key)
    with pytest.raises(subscriptions.DeliveryNotFound):
        subscriptions.replay(actor=other, delivery_id=Delivery.objects.get().id)
    subscriptions.unsubscribe(actor=asha, subscription_id=key)
    pay()
    assert Delivery.objects.count() == 1


def test_telling_again_is_told_in_the_trail(pay: Pay, asha: Actor, rail: str, subscriber: Subscriber) -> None:
    subscriptions.subscribe(actor=asha, url=subscriber.url)
    pay()
    Delivery.objects.update(state="FAILED")
    subscriptions.replay(actor=asha, delivery_id=Delivery.objects.get().id)
    entry = AuditLog.objects.get(operation_name="replay")
    assert (entry.event, entry.viewer_id, entry.subjects) == ("CHANGE", asha.id, [asha.customer_id])
    (change,) = entry.changes or []
    assert (change["before"], change["after"]) == ({"value": "FAILED"}, {"value": "WAITING"})


def test_two_at_once_do_not_share_the_last_place(own_database: str) -> None:
    user = make_user("clerk", "operations")
    clerk = Actor(kind=ActorKind.USER, id=user.id, roles=frozenset({"operations"}))
    for _ in range(subscriptions.SUBSCRIPTIONS_MAX - 1):
        subscriptions.subscribe(actor=clerk, url="https://a.example/")
    outcome: list[str] = []

    def second() -> None:
        try:
            subscriptions.subscribe(actor=clerk, url="https://b.example/")
            outcome.append("taken")
        except subscriptions.TooManySubscriptions:
            outcome.append("refused")
        finally:
            connections.close_all()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        subscriptions.subscribe(actor=clerk, url="https://a.example/")
        thread.start()
        until(lambda: outcome or waits_for_a_lock())
    thread.join()
    assert outcome == ["refused"]


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory')")
        waits: bool = cursor.fetchone()[0]
        return waits


def test_all_of_one_owner_end_together(asha: Actor, officer: Actor, subscriber: Subscriber) -> None:
    for _ in range(2):
        subscriptions.subscribe(actor=asha, url=subscriber.url)
    assert asha.id is not None
    subscriptions.end_subscriptions(actor=officer, owner_id=asha.id)
    assert not Subscription.objects.filter(active=True).exists()
    told = AuditLog.objects.filter(operation_name="end_subscriptions", viewer_id=officer.id)
    assert told.count() == 2
