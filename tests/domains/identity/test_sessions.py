"""A refresh token is good once; used again, it ends the session it belongs to."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domains.audit.models import AuditLog
from domains.identity.models import RefreshToken, Session, SessionEnd, User
from domains.identity.sessions import (
    REPEATABLE_FOR,
    Issued,
    end_session,
    lock_refresh_token,
    open_session,
    rotate,
)
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now

NOBODY = Actor(kind=ActorKind.ANONYMOUS, correlation_id="c", address="192.0.2.7")


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("teller")


def refresh(token: str) -> Issued | None:
    with transaction.atomic():
        return rotate(lock_refresh_token(token), actor=NOBODY)


def let_the_grace_pass() -> None:
    RefreshToken.objects.filter(spent_at__isnull=False).update(
        spent_at=now() - REPEATABLE_FOR - timedelta(seconds=1)
    )


def test_a_refresh_token_is_kept_as_a_keyed_digest_only(user: User) -> None:
    issued = open_session(user=user)
    assert len(issued.refresh_token) == 43  # 256 bits in base64
    kept = RefreshToken.objects.values().get()
    assert issued.refresh_token not in str(kept)
    assert issued.refresh_token not in repr(issued)


def test_each_use_answers_with_another_token_of_the_same_session(user: User) -> None:
    first = open_session(user=user)
    second = refresh(first.refresh_token)
    third = refresh(second.refresh_token)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert first.session_id == second.session_id == third.session_id


def test_a_successor_is_sealed_where_it_waits(user: User) -> None:
    successor = refresh(open_session(user=user).refresh_token)
    held = RefreshToken.objects.get(spent_at__isnull=False)
    assert successor.refresh_token.encode() not in bytes(held.successor_sealed)


def test_a_lost_answer_is_given_again(user: User) -> None:
    first = open_session(user=user)
    assert refresh(first.refresh_token).refresh_token == refresh(first.refresh_token).refresh_token
    assert RefreshToken.objects.count() == 2


def test_a_spent_token_after_the_grace_ends_the_session(user: User) -> None:
    first = open_session(user=user)
    second = refresh(first.refresh_token)
    let_the_grace_pass()
    assert refresh(first.refresh_token) is None
    assert Session.objects.get().end_reason == SessionEnd.TOKEN_REUSED
    assert refresh(second.refresh_token) is None


def test_within_the_grace_a_successor_that_was_used_is_not_given_again(user: User) -> None:
    """It arrived, so nothing was lost: somebody else holds the spent token."""
    first = open_session(user=user)
    second = refresh(first.refresh_token)
    refresh(second.refresh_token)
    assert refresh(first.refresh_token) is None
    assert Session.objects.get().end_reason == SessionEnd.TOKEN_REUSED


def test_reuse_leaves_the_users_other_sessions_alone(user: User) -> None:
    first, other = open_session(user=user), open_session(user=user)
    refresh(first.refresh_token)
    let_the_grace_pass()
    refresh(first.refresh_token)
    assert refresh(other.refresh_token) is not None


def test_reuse_is_recorded_with_what_it_ended(user: User) -> None:
    first = open_session(user=user)
    refresh(first.refresh_token)
    let_the_grace_pass()
    refresh(first.refresh_token)
    events = AuditLog.objects.order_by("id").values_list("event", "changes")
    assert [event for event, _ in events] == ["REFUSAL", "CHANGE"]
    assert events[1][1][0]["after"] == {"value": "TOKEN_REUSED"}
    assert events[1][1][0]["id"] == str(first.session_id)


def test_what_ended_expired_or_belongs_to_someone_inactive_is_refused(user: User) -> None:
    ended, expired, inactive = (open_session(user=user) for _ in range(3))
    end_session(token=ended.refresh_token, actor=NOBODY)
    assert refresh(ended.refresh_token) is None
    RefreshToken.objects.filter(session_id=expired.session_id).update(expires_at=now())
    assert refresh(expired.refresh_token) is None
    User.objects.update(is_active=False)
    assert refresh(inactive.refresh_token) is None


def test_a_refresh_token_never_outlives_its_session(user: User, settings) -> None:
    settings.SESSION_LIFETIME = timedelta(hours=2)
    settings.REFRESH_TOKEN_LIFETIME = timedelta(hours=3)
    issued = open_session(user=user)
    assert issued.refresh_expires_at == Session.objects.get().expires_at


def test_ending_a_session_by_any_of_its_tokens_and_ending_it_twice(user: User) -> None:
    first = open_session(user=user)
    second = refresh(first.refresh_token)
    end_session(token=first.refresh_token, actor=NOBODY)
    end_session(token=second.refresh_token, actor=NOBODY)
    end_session(token="never was one", actor=NOBODY)
    assert Session.objects.get().end_reason == SessionEnd.LOGOUT
    assert AuditLog.objects.filter(event="CHANGE").count() == 1


def test_sessions_long_over_are_forgotten_at_the_next_login(user: User) -> None:
    open_session(user=user)
    Session.objects.update(expires_at=now() - timedelta(days=31))
    open_session(user=user)
    assert Session.objects.count() == RefreshToken.objects.count() == 1


@pytest.mark.usefixtures("own_database")
def test_two_refreshes_at_once_get_the_same_successor() -> None:
    first = open_session(user=User.objects.create_user("teller"))
    found, start = list[str](), threading.Barrier(4)

    def use() -> None:
        start.wait()
        found.append(refresh(first.refresh_token).refresh_token)
        connections.close_all()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert RefreshToken.objects.count() == 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uses=st.lists(st.integers(0, 5), max_size=12))
def test_whatever_is_presented_only_one_token_of_a_session_lives(user: User, uses: list[int]) -> None:
    """However tokens are used and reused, at most one is unspent, and none once the session has ended."""
    Session.objects.all().delete()
    tokens = [open_session(user=user).refresh_token]
    for use in uses:
        presented = tokens[min(use, len(tokens) - 1)]
        issued = refresh(presented)
        if issued is not None and issued.refresh_token not in tokens:
            tokens.append(issued.refresh_token)
    assert RefreshToken.objects.filter(spent_at__isnull=True).count() == 1
    ended = Session.objects.get().ended_at is not None
    assert (refresh(tokens[-1]) is None) == ended
