"""The live feed under load: what is committed, however late, is told once to each who listens or comes back."""

import json
import random
import threading
import time
import urllib.error
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from django.db import connection, connections

from banking_project import feed as feed_module
from banking_project import feed_listeners
from banking_project.feed import Feed
from banking_project.feed_server import Handler
from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from domains.kernel.outages import outage
from schema.root import gateway
from tests.asking import signed_in
from tests.banking_project.feeding import Listening, change, customer, served
from tests.conftest import database_url
from tests.people import make_user
from tests.waiting import until

STORE = """
INSERT INTO transactions_transactionevent (id, transaction_id, to_status, cause, actor_kind, recorded_at)
VALUES (%s, %s, 'PENDING', 'test', 'SYSTEM', %s)
"""


def told(listening: Listening) -> list[str]:
    return [each["id"].partition(":")[2] for each in listening.of("transaction")]


def test_what_is_committed_long_after_its_time_is_told_and_keeps_nobody_waiting(
    feed: tuple[Feed, str], own_database: str
) -> None:
    """A transaction is held open: others are told meanwhile, and what it did when it ends."""
    _, url = feed
    _, asha_id = customer("asha", 1)
    changed = change(asha_id)
    listening = Listening(url, signed_in(make_user("clerk", "operations")))
    session, late = psycopg2.connect(database_url(own_database, "banking_app")), str(new_id())
    with session.cursor() as cursor:
        cursor.execute(STORE, [late, str(changed.id), now() - timedelta(seconds=30)])
    change(asha_id)
    until(lambda: len(told(listening)) == 1)
    session.commit()
    session.close()
    until(lambda: late in told(listening))
    change(asha_id)
    until(lambda: len(told(listening)) >= 3)
    assert len(told(listening)) == len(set(told(listening))) == 3


class Writing(threading.Thread):
    """Stores events in transactions that stay open for a while; some are rolled back."""

    def __init__(self, url: str, transactions: list[UUID], seed: int, until_s: float) -> None:
        super().__init__()
        self.session, self.transactions, self.chance = (
            psycopg2.connect(url),
            transactions,
            random.Random(seed),
        )
        self.until_s, self.committed = until_s, list[str]()

    def run(self) -> None:
        while time.monotonic() < self.until_s:
            stored = [str(new_id()) for _ in range(self.chance.randint(1, 3))]
            with self.session.cursor() as cursor:
                for event_id in stored:
                    age = timedelta(seconds=self.chance.choice([0, 0, 20, 600]))
                    cursor.execute(STORE, [event_id, str(self.chance.choice(self.transactions)), now() - age])
            time.sleep(self.chance.choice([0.01, 0.1, 1.5]))
            if self.chance.random() < 0.2:
                self.session.rollback()
            else:
                self.session.commit()
                self.committed += stored
        self.session.close()


class ComingBack(threading.Thread):
    """Listens, vanishes, comes back with the last id; keeps all that was told."""

    def __init__(self, url: str, token: str, seed: int, until_s: float) -> None:
        super().__init__()
        self.url, self.token, self.chance, self.until_s = url, token, random.Random(seed), until_s
        self.told: list[str] = []
        self.times = 0
        self.listening = Listening(url, token)

    def run(self) -> None:
        while time.monotonic() < self.until_s:
            time.sleep(self.chance.uniform(0.1, 0.9))
            self.come_back()

    def come_back(self) -> None:
        self.listening.vanish()
        self.told += told(self.listening)
        self.listening = Listening(self.url, self.token, **{"Last-Event-ID": self.listening.last_event_id})
        self.times += 1

    @property
    def all(self) -> list[str]:
        return self.told + told(self.listening)


def test_each_event_is_told_once_to_who_stays_and_to_who_comes_and_goes(
    feed: tuple[Feed, str], own_database: str
) -> None:
    """Writers hold transactions open; one listener stays, others vanish and come back; a customer hears theirs."""
    _, url = feed
    asha, asha_id = customer("asha", 1)
    _, vikram_id = customer("vikram", 2)
    of_asha, of_vikram = [change(asha_id).id for _ in range(3)], [change(vikram_id).id for _ in range(3)]
    staying = Listening(url, signed_in(make_user("clerk", "operations")))
    until_s = time.monotonic() + 6
    coming = [
        ComingBack(url, signed_in(make_user("clerk2", "operations")), 1, until_s),
        ComingBack(url, signed_in(make_user("clerk3", "operations")), 2, until_s),
        ComingBack(url, signed_in(asha), 3, until_s),
    ]
    address = database_url(own_database, "banking_app")
    writing = [Writing(address, of_asha, seed, until_s) for seed in (1, 2)]
    writing += [Writing(address, of_vikram, seed, until_s) for seed in (3, 4)]
    for thread in [*coming, *writing]:
        thread.start()
    for thread in [*coming, *writing]:
        thread.join()
    theirs = [each for one in writing[:2] for each in one.committed]
    everything = theirs + [each for one in writing[2:] for each in one.committed]
    until(lambda: len(told(staying)) >= len(everything))
    until(lambda: all(len(one.all) >= len(everything) for one in coming[:2]))
    until(lambda: len(coming[2].all) >= len(theirs))
    assert sorted(told(staying)) == sorted(everything)
    assert [sorted(one.all) for one in coming[:2]] == [sorted(everything)] * 2
    assert sorted(coming[2].all) == sorted(theirs)
    assert min(one.times for one in coming) > 0


def test_whoever_reads_too_slowly_comes_back_to_all_that_was_not_read(
    feed: tuple[Feed, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are sent away with nothing behind a gap: the last id that they have stands for all before it."""
    reads, write = threading.Event(), Handler._write_until

    def write_late(handler: Handler, *told: Any) -> None:
        reads.wait(timeout=60)
        write(handler, *told)

    monkeypatch.setattr(Handler, "_write_until", write_late)
    monkeypatch.setattr(feed_listeners, "WAITING_MAX", 5)
    made, url = feed
    _, asha_id = customer("asha", 1)
    token = signed_in(make_user("clerk", "operations"))
    slow = Listening(url, token)
    changed = [change(asha_id).reference for _ in range(12)]
    until(lambda: made.listeners == set())
    reads.set()
    until(slow.ended.is_set)
    assert [each["code"] for each in slow.of("bye")] == ["TOO_SLOW"]
    again = Listening(url, token, **{"Last-Event-ID": slow.last_event_id})
    until(lambda: len(told(slow)) + len(told(again)) >= len(changed))
    heard = [each["transaction"]["reference"] for one in (slow, again) for each in one.of("transaction")]
    assert heard == changed


def test_while_the_database_is_away_listeners_stay_and_then_hear_what_happened(
    feed: tuple[Feed, str], own_database: str
) -> None:
    made, url = feed
    _, asha_id = customer("asha", 1)
    token = signed_in(make_user("clerk", "operations"))
    listening = Listening(url, token)
    change(asha_id)
    until(lambda: len(told(listening)) == 1)
    connection.close()
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{own_database}" ALLOW_CONNECTIONS false')
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [own_database]
        )
        until(lambda: outage.is_noted)
        with pytest.raises(urllib.error.HTTPError) as refused:
            Listening(url, token)
        with refused.value as answer:
            assert (answer.code, json.loads(answer.read())["code"]) == (503, "DATABASE_UNAVAILABLE")
        cursor.execute(f'ALTER DATABASE "{own_database}" ALLOW_CONNECTIONS true')
    change(asha_id)
    until(lambda: len(told(listening)) == 2)
    assert len(made.listeners) == 1


def test_who_comes_back_with_what_is_no_event_of_the_feed_is_told_so(feed: tuple[Feed, str]) -> None:
    """Silence would look as if nothing had been missed."""
    _, url = feed
    token = signed_in(make_user("clerk", "operations"))
    for given in ("nonsense", f"TransactionEvent:{new_id()}", "A" * 5_000):
        with pytest.raises(urllib.error.HTTPError) as refused:
            Listening(url, token, **{"Last-Event-ID": given})
        with refused.value as answer:
            assert (answer.code, json.loads(answer.read())["code"]) == (400, "INVALID_LAST_EVENT_ID")


def test_who_comes_back_to_a_feed_that_has_just_begun_misses_nothing(
    feed: tuple[Feed, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was started anew: what it reads first begins where the first listener stands."""
    _, url = feed
    _, asha_id = customer("asha", 1)
    token = signed_in(make_user("clerk", "operations"))
    left = Listening(url, token)
    until(lambda: left.events)
    missed = change(asha_id)
    until(lambda: len(told(left)) == 1)
    left.vanish()
    monkeypatch.setattr(feed_module, "READ_EVERY_S", 3_600)  # it reads when it is told to
    begun = Feed(gateway())
    with served(begun) as other:
        back = Listening(other, token, **{"Last-Event-ID": left.events[0]["id"]})
        until(lambda: len(told(back)) == 1)
        last = change(asha_id)
        begun.read()
        until(lambda: len(told(back)) == 2)
    references = [each["transaction"]["reference"] for each in back.of("transaction")]
    assert references == [missed.reference, last.reference]


def test_who_hears_nothing_learns_where_they_stand(
    feed: tuple[Feed, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A customer to whom nothing happens must not come back after a day with an id of the day before."""
    _, url = feed
    asha, _ = customer("asha", 1)
    _, vikram_id = customer("vikram", 2)
    token = signed_in(asha)
    listening = Listening(url, token)
    begun_at = listening.last_event_id if listening.events else None
    monkeypatch.setattr(feed_listeners, "PLACED_EVERY_S", 0.0)
    change(vikram_id)
    until(lambda: len(listening.events) > 3)
    assert listening.last_event_id != begun_at
    assert listening.of("transaction") == []
    Listening(url, token, **{"Last-Event-ID": listening.last_event_id})
