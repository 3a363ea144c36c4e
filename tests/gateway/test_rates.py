"""How much may be asked over time: exact across processes, cheap within one, told to the client."""

import json
import multiprocessing
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.addresses import TrustedProxies
from gateway.http import respond
from gateway.pipeline import Gateway
from gateway.rates.allowances import Account, Allowances, Exhausted
from gateway.rates.bill import REFUSAL_POINTS, Rates
from gateway.rates.fields import fields
from gateway.rates.postgres import FULL_AGAIN, PostgresStore
from gateway.rates.redis import RedisStore
from gateway.rates.store import BLOCK_SHARE, Store, StoreUnavailable, Taken
from gateway.request import Request
from gateway.tiers import Tier, Tiers
from gateway.viewer import ANONYMOUS, Viewer
from schema.policy import POLICY
from schema.root import schema
from tests.asking import signed_in
from tests.conftest import free_port, use_database
from tests.people import make_user
from tests.redis_server import RedisServer

SMALL = Tier(name="SMALL", request_points_max=100, points_per_minute=1, burst_points=100)
WIDE = Tier(name="WIDE", request_points_max=1_000, points_per_minute=60_000, burst_points=6_400)


def account(allowances: Allowances, tier: Tier, name: str = "someone") -> Account:
    return allowances.account(("USER", name), tier, name=lambda: name)


def spend_until_refused(allowances: Allowances, spender: Account, points: int) -> int:
    spent = 0
    while True:
        try:
            allowances.spend(spender, points)
        except Exhausted:
            return spent
        spent += points


class CountingStore:
    """A real store, with the number of times it was asked."""

    name = "postgres"

    def __init__(self, store: Store) -> None:
        self.store, self.asked = store, 0

    def take(self, key: str, tier: Tier, *, at_least: int, back: int) -> Taken:
        self.asked += 1
        return self.store.take(key, tier, at_least=at_least, back=back)


class SilentStore:
    """A store that never answers."""

    name = "redis"

    def take(self, *_: object, **__: object) -> Taken:
        raise StoreUnavailable("ConnectionError")


@pytest.mark.django_db
def test_one_process_spends_exactly_what_the_tier_gives() -> None:
    allowances = Allowances(PostgresStore())
    assert spend_until_refused(allowances, account(allowances, SMALL), 1) == 100


@pytest.mark.django_db
@pytest.mark.parametrize("points", [1, 3, 7, 33, 51, 100])
def test_a_request_that_does_not_fit_into_what_is_left_is_refused(points: int) -> None:
    allowances = Allowances(PostgresStore())
    assert spend_until_refused(allowances, account(allowances, SMALL), points) == 100 // points * points


@pytest.mark.django_db
def test_viewers_do_not_spend_from_each_others_allowance() -> None:
    allowances = Allowances(PostgresStore())
    assert spend_until_refused(allowances, account(allowances, SMALL, "one"), 1) == 100
    assert spend_until_refused(allowances, account(allowances, SMALL, "other"), 1) == 100


def spend_in_another_process(database: str, spent: Any) -> None:
    use_database(database)
    allowances = Allowances(PostgresStore())
    spender = account(allowances, SMALL)
    deadline, count = time.monotonic() + 30, 0
    while time.monotonic() < deadline:
        try:
            allowances.spend(spender, 1)
            count += 1
        except Exhausted:
            break
    spent.put(count)
    connections.close_all()


def test_four_processes_together_spend_exactly_what_the_tier_gives(own_database: str) -> None:
    """Near the limit blocks are as small as a request, so none is left over in a process that has stopped."""
    context = multiprocessing.get_context("fork")
    connections.close_all()
    spent: Any = context.Queue()
    processes = [
        context.Process(target=spend_in_another_process, args=(own_database, spent)) for _ in range(4)
    ]
    for process in processes:
        process.start()
    counts = [spent.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    assert sum(counts) == 100


@pytest.mark.django_db
def test_processes_that_hold_blocks_never_spend_more_than_the_tier_gives_and_hardly_less() -> None:
    """Six processes take turns at random amounts: what they may hold back is 6/64 of what was left."""
    processes = [Allowances(PostgresStore()) for _ in range(6)]
    tier = Tier(name="BIG", request_points_max=100, points_per_minute=1, burst_points=10_000)
    spenders = [account(process, tier) for process in processes]
    spent, amounts = 0, [7, 1, 40, 13, 90, 3, 22]
    refused = 0
    for turn in range(10_000):
        points = amounts[turn % len(amounts)]
        try:
            processes[turn % 6].spend(spenders[turn % 6], points)
            spent += points
        except Exhausted:
            refused += 1
    assert refused
    assert 10_000 * (1 - 6 / BLOCK_SHARE) <= spent <= 10_000


@pytest.mark.django_db
def test_within_a_block_nobody_is_asked() -> None:
    store = CountingStore(PostgresStore())
    allowances = Allowances(store)
    spender = account(allowances, WIDE)
    for _ in range(100):
        allowances.spend(spender, 1)
    assert store.asked == 1


@pytest.mark.django_db
def test_who_is_known_to_have_nothing_left_is_refused_without_asking() -> None:
    store = CountingStore(PostgresStore())
    allowances = Allowances(store)
    spender = account(allowances, SMALL)
    spend_until_refused(allowances, spender, 1)
    asked = store.asked
    for _ in range(1_000):
        with pytest.raises(Exhausted):
            allowances.spend(spender, 1)
    assert store.asked == asked


@pytest.mark.django_db
def test_points_come_back_at_the_tiers_rate() -> None:
    allowances = Allowances(PostgresStore())
    spender = account(allowances, WIDE)  # a thousand points a second
    spend_until_refused(allowances, spender, 100)
    with pytest.raises(Exhausted) as refusal:
        allowances.spend(spender, 1_000)
    assert refusal.value.retry_after_s == 1
    time.sleep(1.05)
    allowances.spend(spender, 1_000)


@pytest.mark.django_db
def test_a_block_that_was_not_spent_in_time_is_given_back() -> None:
    allowances = Allowances(PostgresStore())
    spender = account(allowances, SMALL)
    allowances.spend(spender, 1)
    allowances.spend(spender, 36)  # leaves 63: the next block is one point
    held = spender.points
    spender.points, spender.until = held + 0, 0.0  # ten seconds have passed
    assert spend_until_refused(allowances, spender, 1) == 63


@pytest.mark.django_db
@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 40)), max_size=30))
def test_whatever_is_taken_and_given_back_no_more_is_out_than_the_tier_gives(
    steps: list[tuple[int, int]],
) -> None:
    """`back` is bounded by what was given before, as it is by the blocks of a process."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM gateway_allowance")
    store, out, started = PostgresStore(), 0, time.monotonic()
    for at_least, back in steps:
        back = min(back, out)
        taken = store.take("SMALL:x", SMALL, at_least=at_least, back=back)
        out += taken.points - back
        flown = (time.monotonic() - started) * SMALL.points_per_minute / 60
        assert taken.points == 0 or taken.points >= at_least
        assert out <= 100 + flown
        assert 100 - out - 0.01 <= taken.left <= 100 - out + flown + 0.01


@pytest.mark.django_db
def test_rows_that_are_full_again_are_swept_and_others_stay() -> None:
    store = PostgresStore()
    quick = Tier(name="QUICK", request_points_max=1, points_per_minute=6_000_000, burst_points=64)
    store.take("QUICK:x", quick, at_least=1, back=0)
    store.take("SMALL:x", SMALL, at_least=1, back=0)
    time.sleep(0.01)
    with connection.cursor() as cursor:
        cursor.execute(FULL_AGAIN)
        cursor.execute("SELECT key FROM gateway_allowance")
        assert cursor.fetchall() == [("SMALL:x",)]


@pytest.mark.django_db
def test_the_counters_are_not_written_ahead() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'gateway_allowance'")
        assert cursor.fetchone() == ("u",)


def test_a_store_that_does_not_answer_leaves_each_process_its_own_limit(
    caplog: pytest.LogCaptureFixture,
) -> None:
    allowances = Allowances(SilentStore())
    assert spend_until_refused(allowances, account(allowances, SMALL), 1) == 100
    assert len([r for r in caplog.records if "does not answer" in r.getMessage()]) == 1


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


def test_in_redis_too_processes_spend_exactly_what_the_tier_gives(
    redis_server: RedisServer,
) -> None:
    processes = [Allowances(RedisStore(redis_server.url)) for _ in range(4)]
    spenders = [account(process, SMALL, "redis") for process in processes]
    spent = 0
    for turn in range(400):
        try:
            processes[turn % 4].spend(spenders[turn % 4], 1)
            spent += 1
        except Exhausted:
            continue
    assert spent == 100


def test_when_redis_is_killed_each_process_counts_by_itself_until_it_is_back(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """From what it last knew; a Redis that comes back empty gives everyone the whole allowance again."""
    processes = [Allowances(RedisStore(redis_server.url)) for _ in range(2)]
    spenders = [account(process, SMALL, "killed") for process in processes]
    for process, spender in zip(processes, spenders, strict=True):
        for _ in range(20):
            process.spend(spender, 1)
    redis_server.kill()
    assert [
        60 <= spend_until_refused(process, spender, 1) <= 80
        for process, spender in zip(processes, spenders, strict=True)
    ] == [True, True]
    assert [r.getMessage() for r in caplog.records if "does not answer" in r.getMessage()] == [
        "Rate limits: the redis store does not answer (StorageError)."
    ] * 2
    redis_server.start()
    fresh = Allowances(RedisStore(redis_server.url))
    assert spend_until_refused(fresh, account(fresh, SMALL, "killed"), 1) == 100


def test_a_redis_that_is_away_is_noticed_soon() -> None:
    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        RedisStore(f"redis://127.0.0.1:{free_port()}/0").take("x", SMALL, at_least=1, back=0)
    assert time.monotonic() - started < 10


@given(st.integers(0, 6_400))
def test_header_fields_tell_policy_and_what_is_left(remaining: int) -> None:
    found = fields(WIDE, remaining)
    assert found["RateLimit-Policy"] == '"wide";q=6400;w=6;qu="points"'
    full_in_s = -(-(6_400 - remaining) // 1_000)
    assert found["RateLimit"] == f'"wide";r={remaining};t={full_in_s}'


def limited(**tiers: dict[str, int]) -> Gateway:
    """Return a gateway over the schema with other tiers."""
    rates = Rates(Tiers(tiers, {}), Allowances(PostgresStore()))
    return Gateway(schema(), POLICY, customer_of=lambda _: None, rates=rates)


def ask(gateway: Gateway, text: str, viewer: Viewer | None = None, **options: Any) -> Any:
    options = {"operation_name": None, "variables": {}, "correlation_id": "test"} | options
    return gateway.answer(Request(text=text, **options), viewer)


TINY = {"request_points_max": 20, "points_per_minute": 1, "burst_points": 60}


@pytest.mark.django_db
def test_who_has_used_up_the_allowance_is_refused_and_told_when_to_come_back() -> None:
    gateway = limited(STANDARD=TINY)
    authorization = f"Bearer {signed_in(make_user('rated', 'auditor'))}"
    text = "{ providers(first: 18) { nodes { code } } }"  # 19 points
    answers = [ask(gateway, text, authorization=authorization) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [json.loads(answer.body)["extensions"]["cost"]["remaining"] for answer in answers[:3]] == [
        41,
        22,
        3,
    ]
    (error,) = json.loads(answers[3].body)["errors"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "tier": "STANDARD", "retryAfterSeconds": 960}
    assert answers[3].headers["Retry-After"] == "960"
    assert answers[3].headers["RateLimit"] == '"standard";r=3;t=3420'
    assert answers[0].headers["RateLimit-Policy"] == '"standard";q=60;w=3600;qu="points"'


@pytest.mark.django_db
def test_who_has_nothing_left_is_refused_before_the_document_is_read() -> None:
    gateway = limited(ANONYMOUS=TINY)
    for _ in range(60 // REFUSAL_POINTS):
        ask(gateway, "{ noSuchField }", ANONYMOUS)
    answer = ask(gateway, "{ neverRead: __typename }", ANONYMOUS)
    assert answer.status == 429
    assert gateway.documents.kept.get("{ neverRead: __typename }") is None


@pytest.mark.django_db
def test_a_refused_document_is_paid_for_too() -> None:
    """Else a flood of bad documents, each parsed and validated, would be free."""
    gateway = limited(ANONYMOUS=TINY)
    statuses = [ask(gateway, "{ noSuchField }", address="203.0.113.9").status for _ in range(7)]
    assert statuses == [400] * (60 // REFUSAL_POINTS) + [429]


@pytest.mark.django_db
def test_bad_credentials_are_paid_for_by_the_address() -> None:
    gateway = limited(ANONYMOUS=TINY)
    tried = [
        ask(gateway, "{ __typename }", authorization="Bearer no.such.token", address="203.0.113.9").status
        for _ in range(60 // REFUSAL_POINTS)
    ]
    assert set(tried) == {401}
    assert ask(gateway, "{ __typename }", address="203.0.113.9").status == 429
    assert ask(gateway, "{ __typename }", address="203.0.113.10").status == 200


@pytest.mark.django_db
def test_the_program_itself_is_not_limited() -> None:
    answer = ask(limited(STANDARD=TINY), "{ __typename }", Viewer(kind="SYSTEM"))
    assert answer.headers == {}
    assert json.loads(answer.body)["extensions"]["cost"] == {"estimated": 0, "remaining": None}


@pytest.mark.django_db
def test_the_store_learns_no_address() -> None:
    ask(limited(), "{ __typename }", ANONYMOUS, address="203.0.113.9")
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM gateway_allowance")
        (key,) = cursor.fetchone()
    assert re.fullmatch("ANONYMOUS:ADDRESS:[0-9a-f]{64}", key)


@pytest.mark.django_db
def test_every_http_answer_tells_what_is_left() -> None:
    response = Client().post("/graphql", '{"query": "{ __typename }"}', content_type="application/json")
    assert response.headers["RateLimit-Policy"].startswith('"anonymous";q=12000;w=60')
    assert re.fullmatch(r'"anonymous";r=1[12]\d{3};t=[01]', response.headers["RateLimit"])


@pytest.mark.django_db
def test_behind_a_trusted_proxy_each_client_has_an_allowance_of_its_own() -> None:
    gateway = limited(ANONYMOUS=TINY)
    gateway.proxies = TrustedProxies.of(["10.0.0.0/8"])
    left = []
    for client in ("203.0.113.9", "203.0.113.9", "203.0.113.10"):
        environ = {
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": "query=%7B__typename%7D",
            "REMOTE_ADDR": "10.1.2.3",
            "HTTP_X_FORWARDED_FOR": client,
        }
        answer = respond(gateway, environ, lambda _: b"")
        left.append(json.loads(answer.body)["extensions"]["cost"]["remaining"])
    assert left == [59, 58, 59]
