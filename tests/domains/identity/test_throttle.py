"""An allowance is a burst and a steady flow back, counted once for everybody who takes."""

import threading

import pytest
from django.db import connection, connections

from domains.identity.models import Throttle
from domains.identity.throttle import Allowance, forget, give_back, take

KEY = b"\x01" * 32
SLOW = Allowance(burst=5, every_s=60)


def test_a_burst_is_let_through_and_no_more(db: None) -> None:
    assert [take(key=KEY, allowance=SLOW) for _ in range(5)] == [0] * 5
    assert 0 < take(key=KEY, allowance=SLOW) <= 60


def test_the_wait_does_not_grow_by_asking(db: None) -> None:
    for _ in range(5):
        take(key=KEY, allowance=SLOW)
    assert all(take(key=KEY, allowance=SLOW) <= 60 for _ in range(10))


def test_others_are_not_held_up(db: None) -> None:
    for _ in range(6):
        take(key=KEY, allowance=SLOW)
    assert take(key=b"\x02" * 32, allowance=SLOW) == 0


def test_what_was_taken_flows_back(db: None) -> None:
    quick = Allowance(burst=2, every_s=0.05)
    assert [take(key=KEY, allowance=quick) for _ in range(2)] == [0, 0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.06)")
    assert take(key=KEY, allowance=quick) == 0


def test_what_is_given_back_can_be_taken_again(db: None) -> None:
    for _ in range(5):
        take(key=KEY, allowance=SLOW)
    give_back(key=KEY, allowance=SLOW)
    assert take(key=KEY, allowance=SLOW) == 0
    assert take(key=KEY, allowance=SLOW) > 0


def test_forgetting_removes_the_key_and_everyone_whose_allowance_is_whole(db: None) -> None:
    take(key=KEY, allowance=SLOW)
    take(key=b"\x02" * 32, allowance=Allowance(burst=1, every_s=0))
    take(key=b"\x03" * 32, allowance=SLOW)
    forget(key=KEY)
    assert [bytes(row.key)[:1] for row in Throttle.objects.all()] == [b"\x03"]


def test_the_table_is_unlogged(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = 'identity_throttle'::regclass")
        assert cursor.fetchone() == ("u",)


@pytest.mark.usefixtures("own_database")
def test_eight_takers_at_once_get_exactly_the_burst() -> None:
    """Two workers that count alone would let twice as many through."""
    allowance, results = Allowance(burst=20, every_s=600), list[int]()

    def take_ten() -> None:
        results.extend(take(key=KEY, allowance=allowance) for _ in range(10))
        connections.close_all()

    threads = [threading.Thread(target=take_ten) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 80
    assert results.count(0) == 20
