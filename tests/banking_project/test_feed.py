"""The live feed: each listener gets what they may see, and is asked for it again at each event."""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from banking_project.feed import Feed
from domains.audit.models import AuditLog
from domains.identity.models import SessionEnd
from domains.identity.sessions import end_sessions
from domains.kernel.clock import now
from domains.transactions.queries import events_after
from gateway.addresses import TrustedProxies
from gateway.stored import Modes
from tests.asking import ask, signed_in
from tests.banking_project.feeding import SYSTEM, Listening, change, customer, raw, stream
from tests.people import make_user
from tests.waiting import until


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
    assert all(event["id"] for one in listeners for event in one.events)


def test_whose_sessions_end_is_sent_away_at_the_next_event(feed: tuple[Feed, str]) -> None:
    made, url = feed
    asha, asha_id = customer("asha", 1)
    listening = Listening(url, signed_in(asha))
    change(asha_id)
    until(lambda: len(listening.of("transaction")) == 1)
    end_sessions(user=asha, reason=SessionEnd.LOGOUT, actor=SYSTEM)
    change(asha_id)
    until(listening.ended.is_set)
    assert [told["code"] for told in listening.of("bye")] == ["UNAUTHENTICATED"]
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
    until(lambda: all_read(made))  # while nobody listened
    again = Listening(url, token, **{"Last-Event-ID": listening.last_event_id})
    until(lambda: len(again.of("transaction")) == 1)
    assert again.of("transaction")[0]["transaction"]["reference"] == missed.reference


@override_settings(FEED_LISTENERS_PER_VIEWER=3)
def test_a_viewer_may_listen_so_often_at_a_time_however_they_sign_in(feed: tuple[Feed, str]) -> None:
    made, url = feed
    asha, vikram = make_user("asha", "operations"), make_user("vikram", "operations")
    outcomes: list[str] = []

    def listen(token: str) -> None:
        try:
            Listening(url, token)
            outcomes.append("let in")
        except urllib.error.HTTPError as refused:
            outcomes.append(f"{refused.code} {json.loads(refused.read())['code']}")
            refused.close()

    at_once = [threading.Thread(target=listen, args=[signed_in(asha)]) for _ in range(6)]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()
    assert sorted(outcomes) == ["429 TOO_MANY_OWN_LISTENERS"] * 3 + ["let in"] * 3
    listen(signed_in(vikram))
    assert outcomes[-1] == "let in"
    made.leave(next(each for each in made.listeners if each.viewer_id == asha.id))
    listen(signed_in(asha))
    assert outcomes[-1] == "let in"


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
    changed = change(asha_id)
    until(lambda: len(listening.of("transaction")) == 1)
    assert listening.of("transaction")[0]["transaction"]["reference"] == changed.reference


def test_behind_a_proxy_the_listener_is_who_it_names(
    feed: tuple[Feed, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, url = feed
    token = signed_in(make_user("clerk", "operations"))
    monkeypatch.setattr(made.gateway, "proxies", TrustedProxies.of(["127.0.0.0/8"]))
    Listening(url, token, **{"X-Forwarded-For": "203.0.113.9"})
    assert [listener.request.address for listener in made.listeners] == ["203.0.113.9"]


def all_read(feed: Feed) -> bool:
    """Tell whether the feed has read all that is committed by now."""
    assert feed.place is not None
    return not events_after(feed.place, limit=1)[0]


SUBSCRIPTION = """
subscription Changes($with: Boolean!) {
  change: transactionChanged {
    __typename id toStatus
    transaction { ...Told customer @include(if: $with) { fullName mobile } }
  }
}
fragment Told on Transaction { reference amount { value currency } }
"""
ASKED_OF_ONE = """
query Change($id: ID!) {
  change: node(id: $id) { ... on TransactionEvent {
    __typename id toStatus
    transaction { reference amount { value currency } customer { fullName mobile } }
  } }
}
"""


def refused_stream(url: str, token: str | None, body: Any) -> tuple[int, str]:
    """Return the status and the code with which a subscription is refused."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(stream(url), data=json.dumps(body).encode(), headers=headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    with refused.value as answer:
        return answer.code, json.loads(answer.read())["errors"][0]["extensions"]["code"]


def test_a_subscription_tells_what_a_query_for_the_event_answers(feed: tuple[Feed, str]) -> None:
    _, url = feed
    token = signed_in(make_user("clerk", "operations"))
    _, asha_id = customer("asha", 1)
    body = {"query": SUBSCRIPTION, "variables": {"with": True}}
    listening = Listening(stream(url), token, body=body)
    change(asha_id)
    until(lambda: len(listening.of("next")) == 1)
    (told,) = listening.of("next")
    asked = ask(ASKED_OF_ONE, {"id": told["data"]["change"]["id"]}, token=token)
    assert told["data"] == asked.data
    assert told["data"]["change"]["transaction"]["customer"]["fullName"] == "asha"


def test_who_subscribes_is_told_of_their_own_and_only_that_leaves_receipts(feed: tuple[Feed, str]) -> None:
    made, url = feed
    asha, asha_id = customer("asha", 1)
    vikram, vikram_id = customer("vikram", 2)
    body = {"query": "subscription { transactionChanged { transaction { reference } } }"}
    both = [Listening(stream(url), signed_in(user), body=body) for user in (asha, vikram)]
    assert {listener.confined_to for listener in made.listeners} == {asha_id, vikram_id}
    for listener in made.listeners:
        listener.confined_to = None  # so that what is not theirs is asked, and not seen
    changed = change(asha_id)
    last = change(vikram_id)
    until(lambda: len(both[1].of("next")) == 1 and len(both[0].of("next")) == 1)
    told = [one.of("next")[0]["data"]["transactionChanged"]["transaction"]["reference"] for one in both]
    assert told == [changed.reference, last.reference]
    receipts = AuditLog.objects.filter(field="transactionChanged")
    assert {(each.viewer_customer_id, tuple(each.subjects)) for each in receipts} == {
        (asha_id, (asha_id,)),
        (vikram_id, (vikram_id,)),
    }
    assert {each.purpose for each in receipts} == {"live feed"}


def test_a_subscription_ends_with_its_session(feed: tuple[Feed, str]) -> None:
    _, url = feed
    asha, asha_id = customer("asha", 1)
    document = "subscription { transactionChanged { id } }"
    address = f"{stream(url)}?{urllib.parse.urlencode({'query': document})}"
    listening = Listening(address, signed_in(asha))
    end_sessions(user=asha, reason=SessionEnd.LOGOUT, actor=SYSTEM)
    change(asha_id)
    until(listening.ended.is_set)
    assert listening.kinds == ["next", "complete"]
    ((error,),) = [told["errors"] for told in map(json.loads, [listening.events[-2]["data"]])]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ("subscription { transactionChanged { nothing } }", 400, "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { transactionChanged { id } again: transactionChanged { id } }",
            400,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("{ customers { nodes { mobile } } }", 400, "OPERATION_NOT_SUPPORTED"),
        ("mutation { __typename }", 400, "OPERATION_NOT_SUPPORTED"),
        ("subscription {", 400, "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_what_is_no_subscription_is_refused_at_once(
    feed: tuple[Feed, str], document: str, status: int, code: str
) -> None:
    made, url = feed
    token = signed_in(make_user("clerk", "operations"))
    assert refused_stream(url, token, {"query": document}) == (status, code)
    assert made.listeners == set()


def test_a_subscription_needs_credentials_and_a_stored_document_where_only_these_are_answered(
    feed: tuple[Feed, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, url = feed
    body = {"query": "subscription { transactionChanged { id } }"}
    assert refused_stream(url, None, body) == (401, "UNAUTHENTICATED")
    assert refused_stream(url, "nonsense", body) == (401, "UNAUTHENTICATED")
    monkeypatch.setattr(made.gateway, "modes", Modes({"default": "ONLY_STORED"}))
    status, code = refused_stream(url, signed_in(make_user("clerk", "operations")), body)
    assert (status, code) == (403, "DOCUMENT_NOT_STORED")


def test_a_page_of_the_same_host_may_subscribe_and_no_other(feed: tuple[Feed, str]) -> None:
    _, url = feed
    for origin, allowed in (
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://evil.example", None),
    ):
        request = urllib.request.Request(stream(url), method="OPTIONS", headers={"Origin": origin})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 204
            assert answer.headers["Access-Control-Allow-Origin"] == allowed
            assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.django_db
def test_a_subscription_is_not_answered_by_the_graph() -> None:
    token = signed_in(make_user("clerk", "operations"))
    (error,) = ask("subscription { transactionChanged { id } }", token=token).body["errors"]
    assert error["extensions"]["code"] == "OPERATION_NOT_SUPPORTED"
    assert "/graphql/stream" in error["message"]


@pytest.mark.parametrize("begun", [b"POST /nothing", b"OPTIONS /graphql/stream", b"GET /healthz"])
def test_what_follows_a_request_on_its_connection_is_no_request(feed: tuple[Feed, str], begun: bytes) -> None:
    """A body that nobody read would be taken for the next one's request behind a proxy."""
    hidden = b"GET /healthz HTTP/1.1\r\nHost: hidden\r\n\r\n"
    head = b" HTTP/1.1\r\nHost: feed\r\nContent-Length: %d\r\n\r\n" % len(hidden)
    answered = raw(feed[1], begun + head + hidden)
    assert answered.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in answered


@pytest.mark.parametrize("header", [b"Origin: http://[", b"Origin: http://a\r\nHost: ["])
def test_an_origin_that_is_none_is_answered_like_a_stranger_s(feed: tuple[Feed, str], header: bytes) -> None:
    answered = raw(feed[1], b"GET /healthz HTTP/1.1\r\nConnection: close\r\n" + header + b"\r\n\r\n")
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert b"Access-Control-Allow-Origin" not in answered


def test_an_event_with_a_time_of_tomorrow_keeps_nobody_from_those_of_today(feed: tuple[Feed, str]) -> None:
    """One program's clock may be ahead: what others write afterwards is told all the same."""
    _, url = feed
    asha, asha_id = customer("asha", 1)
    listening = Listening(url, signed_in(asha))
    change(asha_id, recorded_at=now() + timedelta(days=1))
    until(lambda: len(listening.of("transaction")) == 1)
    change(asha_id)
    until(lambda: len(listening.of("transaction")) == 2)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/9.9\r\n\r\n", b"505"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"DELETE /graphql/stream HTTP/1.1\r\n\r\n", b"405"),
    ],
)
def test_what_is_no_request_is_refused_and_breaks_nothing(
    feed: tuple[Feed, str], capfd: pytest.CaptureFixture[str], request_bytes: bytes, status: bytes
) -> None:
    assert raw(feed[1], request_bytes).split()[1] == status
    assert "Traceback" not in capfd.readouterr().err
