"""For one key a mutation does what it does a single time, whoever sends it again and whatever is killed."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import strawberry
from django.db import connection

from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from gateway.idempotency import (
    KEPT,
    IdempotencyInFlight,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    forget_old_keys,
    once,
)
from gateway.models import IdempotencyKey, StoredDocument
from gateway.viewer import Viewer
from schema.refusals import Problem

KEY = "an-order-of-mine"


@strawberry.type
class Made:
    thing: UUID | None = None
    told: str = ""
    problems: list[Problem] = strawberry.field(default_factory=list)


@strawberry.input
class Wish:
    amount: Decimal
    note: str | None = strawberry.UNSET


TYPES: dict[str, type] = {"Made": Made, "Problem": Problem}
ASHA, VIKRAM = Viewer(kind="USER", id=new_id()), Viewer(kind="USER", id=new_id())


@dataclass
class Maker:
    """Makes something new each time that it is really run."""

    times: int = 0

    def __call__(self) -> Made:
        self.times += 1
        return Made(thing=new_id(), told="made")


@pytest.fixture
def maker() -> Maker:
    return Maker()


def itself(payload: Any) -> Any:
    return payload


def do(
    run: Callable[[], Any], *, viewer: Viewer = ASHA, key: str = KEY, wish: str = "100", **other: Any
) -> Any:
    given: dict[str, Any] = {
        "mutation": "make",
        "arguments": {"input": Wish(amount=Decimal(wish))},
        "told": itself,
    }
    given |= other
    return once(viewer=viewer, key=key, run=run, type_named=TYPES.__getitem__, **given)


def test_the_same_again_is_answered_with_what_was_made(db: None, maker: Maker) -> None:
    first = do(maker)
    assert do(maker) == first
    assert do(maker, wish="100.00") == first
    assert maker.times == 1


def test_another_input_is_an_error(db: None, maker: Maker) -> None:
    do(maker)
    with pytest.raises(IdempotencyKeyReused):
        do(maker, wish="100.01")
    with pytest.raises(IdempotencyKeyReused):
        do(maker, arguments={"input": Wish(amount=Decimal(100), note="x")})
    assert maker.times == 1


def test_a_key_belongs_to_its_viewer_and_its_mutation(db: None, maker: Maker) -> None:
    do(maker)
    do(maker, viewer=VIKRAM)
    do(maker, mutation="unmake")
    do(maker, key="another-order")
    assert maker.times == 4


def test_a_key_outlives_the_rotation_of_an_api_key(db: None, maker: Maker) -> None:
    """Who sends again, after their credential was replaced, what may have been done shall not do it twice."""
    owner = new_id()
    old, new = (Viewer(kind="API_KEY", id=new_id(), user_id=owner) for _ in range(2))
    assert do(maker, viewer=old) == do(maker, viewer=new)
    do(maker, viewer=Viewer(kind="USER", id=owner, user_id=owner))
    do(maker, viewer=Viewer(kind="API_KEY", id=new_id(), user_id=new_id()))
    assert maker.times == 3


@pytest.mark.parametrize("key", ["", "short", "with a space", "ünïcode-key", "x" * 129, "nul\x00nul\x00"])
def test_what_is_no_key_is_refused(db: None, maker: Maker, key: str) -> None:
    with pytest.raises(InvalidIdempotencyKey):
        do(maker, key=key)
    assert maker.times == 0


def refused(retry_after: int | None) -> Made:
    return Made(problems=[Problem(code="NO", message="No.", path=["input"], retry_after=retry_after)])


def test_a_refusal_is_kept_unless_it_says_when_to_try_again(db: None, maker: Maker) -> None:
    assert do(lambda: refused(None)) == do(maker) == refused(None)
    assert do(lambda: refused(5), key="later-on-please") == refused(5)
    assert do(maker, key="later-on-please").told == "made"
    assert maker.times == 1


def test_what_fails_is_as_if_it_had_never_been_asked(own_database: str, maker: Maker) -> None:
    with pytest.raises(ZeroDivisionError):
        do(lambda: 1 // 0)
    assert not IdempotencyKey.objects.exists()
    assert do(maker).told == "made"


def test_what_is_in_flight_is_a_conflict_at_once(own_database: str, maker: Maker) -> None:
    begun, go_on = threading.Event(), threading.Event()
    made: list[Made] = []

    def slowly() -> Made:
        begun.set()
        assert go_on.wait(60)
        return maker()

    def first() -> None:
        made.append(do(slowly))
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(60)
    with pytest.raises(IdempotencyInFlight):
        do(maker)
    assert do(maker, viewer=VIKRAM).told == "made"
    go_on.set()
    thread.join()
    assert [do(maker)] == made
    assert maker.times == 2


def test_who_comes_between_the_look_and_the_lock_is_found_by_the_key(own_database: str, maker: Maker) -> None:
    """Another request ended in the moment between: nothing of the second run stays, and it is asked again."""

    def other_first() -> Made:
        def other() -> None:
            scope = hashlib.sha256("\x00".join((f"USER:{ASHA.id}", "make", KEY)).encode()).hexdigest()
            IdempotencyKey.objects.create(scope=scope, mutation="make", input_digest=b"", outcome={})
            connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        StoredDocument.objects.create(id="of the second run", digest="", text="", name="", origin="")
        return maker()

    with pytest.raises(IdempotencyInFlight):
        do(other_first)
    assert not StoredDocument.objects.exists()
    assert IdempotencyKey.objects.count() == 1


def test_keys_are_forgotten_when_they_are_old(db: None, maker: Maker) -> None:
    assert timedelta(hours=24) <= KEPT
    do(maker)
    do(maker, key="a-newer-order")
    IdempotencyKey.objects.filter(
        scope__in=IdempotencyKey.objects.order_by("created_at").values("scope")[:1]
    ).update(created_at=now() - KEPT - timedelta(seconds=1))
    assert not forget_old_keys()
    assert IdempotencyKey.objects.count() == 1


def test_no_value_of_the_input_is_kept_in_clear(db: None, maker: Maker) -> None:
    do(maker, wish="987654")
    row = IdempotencyKey.objects.get()
    assert "987654" not in repr([row.scope, row.outcome])
    assert b"987654" not in bytes(row.input_digest)
