"""Sessions and the refresh tokens that carry them on: each token is good once, and its reuse ends the session.

A refresh token is 256 random bits, kept as a keyed digest. Spent, it answers with the same successor for a few
seconds, as long as that one is unspent: the first answer may have been lost on the way (FAPI 2.0, 5.3.2.1).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record, record_change
from domains.identity.models import RefreshToken, Session, SessionEnd, User
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Refused
from domains.vault.sealing import digest, digests, open_sealed, seal

TOKEN_BYTES = 32
REPEATABLE_FOR = timedelta(seconds=10)
KEPT_AFTER_END = timedelta(days=30)
SUCCESSOR = "identity_refreshtoken.successor"
_PURPOSE = "refresh_token"


class InvalidRefreshToken(Refused):
    """Unknown, spent, expired, or of a session that has ended: they all look the same."""

    code = "INVALID_REFRESH_TOKEN"

    def __init__(self) -> None:
        super().__init__("This refresh token does not hold: sign in again.", path=("refreshToken",))


@dataclass(frozen=True, slots=True)
class Issued:
    """A session's user and its next refresh token, which is nowhere else in clear."""

    user: User
    session_id: UUID
    refresh_token: str
    refresh_expires_at: datetime

    def __repr__(self) -> str:
        return f"Issued(session_id={self.session_id})"


@transaction.atomic
def open_session(*, user: User) -> Issued:
    """Open a session of a user and issue its first refresh token; sessions long over are forgotten."""
    moment = now()
    Session.objects.filter(user=user, expires_at__lt=moment - KEPT_AFTER_END).delete()
    session = Session(user=user, created_at=moment, expires_at=moment + settings.SESSION_LIFETIME)
    session.save(force_insert=True)
    token, held = _new_token(session)
    return Issued(user, session.id, token, held.expires_at)


def lock_refresh_token(token: str) -> RefreshToken:
    """Return what is kept of a refresh token, locked until the transaction ends; raise its DoesNotExist."""
    rows = RefreshToken.objects.select_related("session__user").select_for_update(of=("self",))
    return rows.get(token_digest__in=_digests(token))


def rotate(held: RefreshToken, *, actor: Actor) -> Issued | None:
    """Spend a locked token and issue its successor; None if it does not hold.

    A token spent before ends its session, except while its successor may not have arrived. The refusal is
    recorded; nothing is raised, so that the transaction of the lock commits it.
    """
    session = held.session
    if session.ended_at is not None or not session.user.is_active or held.expires_at <= now():
        record(event=Event.REFUSAL, actor=actor, operation_name="refresh", changes=[_told(session)])
        return None
    if held.spent_at is None:
        token, successor = _new_token(session)
        held.spent_at = now()
        held.successor_sealed = seal(table_column=SUCCESSOR, pk=held.id, value=token)
        held.save(update_fields=["spent_at", "successor_sealed"])
        return Issued(session.user, session.id, token, successor.expires_at)
    if (repeated := _repeated(held)) is not None:
        return repeated
    record(event=Event.REFUSAL, actor=actor, operation_name="refresh", changes=[_told(session)])
    _end([session], reason=SessionEnd.TOKEN_REUSED, actor=actor)
    return None


@transaction.atomic
def end_session(*, token: str, actor: Actor) -> None:
    """End the session that a refresh token belongs to, spent or not.

    A token that is unknown, or of a session that has ended, is none that lives: nothing to do (RFC 7009, 2.2).
    """
    try:
        session = lock_refresh_token(token).session
    except RefreshToken.DoesNotExist:
        return
    if session.ended_at is None:
        _end([session], reason=SessionEnd.LOGOUT, actor=actor)


@transaction.atomic
def log_out(*, session_id: UUID, actor: Actor) -> None:
    """End a session by its id; one that has ended stays as it is."""
    _end(
        Session.objects.select_for_update().filter(id=session_id, ended_at__isnull=True),
        reason=SessionEnd.LOGOUT,
        actor=actor,
    )


def end_sessions(*, user: User, reason: SessionEnd, actor: Actor) -> None:
    """End every session of a user that has not ended."""
    _end(Session.objects.filter(user=user, ended_at__isnull=True), reason=reason, actor=actor)


def _repeated(held: RefreshToken) -> Issued | None:
    """Return the successor again, if the token was spent just now and its successor was not."""
    assert held.spent_at is not None
    if held.successor_sealed is None or now() - held.spent_at > REPEATABLE_FOR:
        return None
    token = open_sealed(table_column=SUCCESSOR, pk=held.id, sealed=held.successor_sealed)
    successor = RefreshToken.objects.get(token_digest__in=_digests(token))
    if successor.spent_at is not None:
        return None
    return Issued(held.session.user, held.session_id, token, successor.expires_at)


def _new_token(session: Session) -> tuple[str, RefreshToken]:
    token, moment = secrets.token_urlsafe(TOKEN_BYTES), now()
    expires_at = min(moment + settings.REFRESH_TOKEN_LIFETIME, session.expires_at)
    held = RefreshToken(
        session=session,
        token_digest=digest(purpose=_PURPOSE, value=token),
        created_at=moment,
        expires_at=expires_at,
    )
    held.save(force_insert=True)
    return token, held


def _digests(token: str) -> list[bytes]:
    return digests(purpose=_PURPOSE, value=token)


def _end(sessions: Iterable[Session], *, reason: SessionEnd, actor: Actor) -> None:
    ended = list(sessions)
    Session.objects.filter(id__in=[session.id for session in ended]).update(ended_at=now(), end_reason=reason)
    changes = [
        Change("identity_session", session.id, "end_reason", None, reason, in_clear=True) for session in ended
    ]
    if changes:
        record_change(actor=actor, operation_name="end_session", subjects=[], changes=changes)


def _told(session: Session) -> Change:
    return Change("identity_session", session.id, "refresh", None, "refused", in_clear=True)
