"""A reader of events is told each one once, however late it is committed, from wherever they come back."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import psycopg2
import pytest

from domains.customers.operations import create_customer
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from domains.transactions.models import Transaction
from domains.transactions.places import Place
from domains.transactions.queries import events_after, present_snapshot
from tests.conftest import database_url

INSERT = """
INSERT INTO transactions_transactionevent (id, transaction_id, to_status, cause, actor_kind, recorded_at)
VALUES (%s, %s, 'PENDING', 'test', 'SYSTEM', %s)
"""


class Writer:
    """One session that stores events, and commits when it likes."""

    def __init__(self, url: str, transaction_id: UUID) -> None:
        self.session, self.transaction_id = psycopg2.connect(url), transaction_id
        self.written: list[UUID] = []

    def write(self, *, age: timedelta = timedelta(0)) -> UUID:
        self.written.append(new_id())
        with self.session.cursor() as cursor:
            cursor.execute(INSERT, [str(self.written[-1]), str(self.transaction_id), now() - age])
        return self.written[-1]

    def end(self, *, commit: bool = True) -> list[UUID]:
        """End what was begun; return what everybody sees now."""
        (self.session.commit if commit else self.session.rollback)()
        ended, self.written = self.written, []
        return ended if commit else []


@pytest.fixture
def writers(own_database: str) -> Iterator[list[Writer]]:
    customer_id = create_customer(actor=Actor.system("test"), full_name="Asha", mobile="+919820000001")
    told = Transaction.objects.create(
        reference="TX1", customer_id=customer_id, kind="PAYMENT", direction="DEBIT", amount=5, currency="INR",
        source="test", source_reference="1",
    )  # fmt: skip
    made = [Writer(database_url(own_database, "banking_app"), told.id) for _ in range(5)]
    yield made
    for writer in made:
        writer.session.close()


def read_all(place: Place, *, limit: int = 500) -> list[UUID]:
    """Return all that a reader at this place is told, reading so many at once."""
    told: list[UUID] = []
    while True:
        events, place = events_after(place, limit=limit)
        told += [event.event_id for event in events]
        if len(events) < limit:
            return told


def here() -> Place:
    return Place.at(present_snapshot())


def test_what_is_committed_long_after_others_is_told_once(writers: list[Writer]) -> None:
    late, quick, place = writers[0], writers[1], here()
    first = late.write(age=timedelta(hours=1))
    second = quick.write()
    quick.end()
    events, place = events_after(place, limit=9)
    assert [event.event_id for event in events] == [second]
    assert events_after(place, limit=9)[0] == []
    late.end()
    events, place = events_after(place, limit=9)
    assert [event.event_id for event in events] == [first]
    assert events_after(place, limit=9)[0] == []


def test_what_is_rolled_back_is_never_told(writers: list[Writer]) -> None:
    place = here()
    writers[0].write()
    writers[0].end(commit=False)
    assert read_all(place) == []


def test_each_event_is_told_once_whoever_commits_when_and_wherever_one_comes_back(
    writers: list[Writer],
) -> None:
    """At random sessions write, commit, roll back; one reads a few at a time; from each place one comes back."""
    for seed in range(8):
        chance = random.Random(seed)
        beginning = place = here()
        told: list[UUID] = []
        committed: list[UUID] = []
        places = [(0, place)]
        for _ in range(40):
            writer, act = chance.choice(writers), chance.random()
            if act < 0.45:
                writer.write(age=timedelta(seconds=chance.choice([0, 5, 60, 3_600])))
            elif act < 0.7:
                committed += writer.end(commit=chance.random() < 0.8)
            else:
                events, place = events_after(place, limit=chance.choice([1, 2, 3, 50]))
                for event in events:
                    told.append(event.event_id)
                    places.append((len(told), Place.from_bytes(event.place.to_bytes())))
                places.append((len(told), Place.from_bytes(place.to_bytes())))
        for writer in writers:
            committed += writer.end()
        told += read_all(place, limit=chance.choice([1, 3, 50]))
        assert sorted(told) == sorted(committed), f"seed {seed}"
        assert sorted(read_all(beginning)) == sorted(committed), f"seed {seed}"
        for number, left_at in places:
            again = read_all(left_at, limit=chance.choice([2, 50]))
            assert sorted(again) == sorted(told[number:]), f"seed {seed}, after {number}"


def test_numbers_that_a_killed_server_gives_again_are_no_reason_to_miss_an_event(
    writers: list[Writer],
) -> None:
    """A number whose transaction left nothing on the disk is given again: a place of before does not hide it."""
    before = present_snapshot()
    told = writers[0].write()
    writers[0].end()
    ahead = replace(
        before, next=present_snapshot().next + 5, running=()
    )  # as if all these had been rolled back
    assert read_all(Place.at(ahead)) == []
    ahead = replace(ahead, server_begun_at=before.server_begun_at - timedelta(hours=1))
    assert read_all(Place.at(ahead)) == [told]
    assert not ahead.shows(events_after(Place.at(before), limit=1)[0][0], seen_by=present_snapshot())


def test_rows_of_a_restored_database_are_not_told_again_and_again(writers: list[Writer]) -> None:
    """They hold numbers of another server, to which this one has not come yet."""
    place = here()
    written = writers[0].write()
    with writers[0].session.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transactions_transactionevent "
            "(id, transaction_id, to_status, cause, actor_kind, recorded_at, written_by) "
            "VALUES (%s, %s, 'PENDING', 'test', 'SYSTEM', now(), 4000000000)",
            [str(new_id()), str(writers[0].transaction_id)],
        )
    writers[0].end()
    assert read_all(place) == [written]
    assert read_all(here()) == []


def test_a_place_of_another_server_or_of_long_ago_is_none(writers: list[Writer]) -> None:
    snapshot = present_snapshot()
    assert not Place.at(snapshot).is_older_than(timedelta(days=1), now=snapshot)
    ahead = replace(snapshot, next=snapshot.next + 10**9)
    assert Place.at(ahead).is_older_than(timedelta(days=1), now=snapshot)
    old = replace(snapshot, taken_at=snapshot.taken_at - timedelta(days=2))
    assert Place.at(old).is_older_than(timedelta(days=1), now=snapshot)
