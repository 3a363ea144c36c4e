"""Who asks: an access token (`Authorization: Bearer …`) or an API key becomes a Viewer.

A token's signature is checked once and remembered until it expires. Roles are remembered for at most five
seconds. Whether the token still holds (the user's token version, the session) is checked inside each read
statement, so a revocation works at once and costs no round trip. Cookies are never read.
"""

import datetime
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import jwt
from django.db.models import IntegerField, QuerySet, UUIDField
from graphql_jwt.exceptions import JSONWebTokenError, JSONWebTokenExpired
from graphql_jwt.settings import jwt_settings
from graphql_jwt.utils import get_payload

from domains.identity.queries import user_for_token
from domains.identity.validity import live_keys, live_sessions
from domains.kernel import prepared
from domains.kernel.prepared import Asked, Question, ask
from domains.vault.signing import signing_keys
from gateway.failures import RequestError, refuse
from gateway.keys import Keys
from gateway.planning.runner import reconnecting
from gateway.slots import Slot, viewer_slot
from gateway.viewer import ANONYMOUS, Profile, Viewer

CREDENTIALS_REMEMBERED_MAX = 3_000  # some 3 KB each
ROLES_REMEMBERED_S = 5.0

CREDENTIAL = {"USER": "The access token", "API_KEY": "The API key"}
_SESSION = Question(
    lambda: live_sessions(
        session_id=prepared.Slot("session_id", UUIDField()),
        user_id=prepared.Slot("user_id", UUIDField()),
        token_version=prepared.Slot("token_version", IntegerField()),
    ).values_list("id")
)
_KEY = Question(lambda: live_keys(key_id=prepared.Slot("id", UUIDField())).values_list("id"))

CustomerOf = Callable[[UUID], UUID | None]


@dataclass(frozen=True, slots=True)
class Known:
    """A token that was verified: its claims, and the viewer that it stood for until `viewer_until`."""

    claims: dict[str, Any]
    viewer: Viewer
    viewer_until: float  # of the monotonic clock

    def verified(self) -> bool:
        """Tell whether the signature's check still stands: not expired, and the key not retired."""
        expires_at: float = self.claims["exp"] + jwt_settings.JWT_LEEWAY
        return expires_at > time.time() and self.claims["kid"] in signing_keys().public


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request brings to say who asks: two headers, and where it came from."""

    authorization: str | None = None
    api_key: str | None = None
    address: str | None = None
    correlation_id: str = ""

    def __repr__(self) -> str:
        return f"Credentials(address={self.address!r})"

    def presented(self) -> tuple[str | None, str]:
        """Return the scheme (`bearer`, `apikey` or None) and the secret; refuse any other, and two at once."""
        if not self.authorization:
            return ("apikey", self.api_key) if self.api_key else (None, "")
        scheme, _, secret = self.authorization.partition(" ")
        if self.api_key:
            raise unauthenticated("Send an access token or an API key, not both.")
        if scheme.lower() not in ("bearer", "apikey") or not secret:
            raise unauthenticated("The Authorization header must be `Bearer` or `ApiKey` and its secret.")
        return scheme.lower(), secret


class Authentication:
    """Turns credentials into viewers; `customer_of` tells which customer a user is."""

    def __init__(self, *, customer_of: CustomerOf) -> None:
        self.customer_of = customer_of
        self.keys = Keys(customer_of=customer_of)
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._lock = threading.Lock()

    def viewer(self, credentials: Credentials, *, purpose: str) -> Viewer:
        """Return the viewer that credentials name; nobody when there are none.

        Raises RequestError `UNAUTHENTICATED` when they are there and do not hold.
        """
        scheme, secret = credentials.presented()
        if scheme is None:
            return ANONYMOUS
        if scheme == "bearer":
            viewer = self._bearer(secret)
        else:
            found = self.keys.viewer(
                secret, address=credentials.address, correlation_id=credentials.correlation_id
            )
            if found is None:
                raise unauthenticated("The API key does not hold.")
            viewer = found
        return replace(viewer, purpose=purpose) if purpose else viewer

    def in_session(self, *, user_id: UUID, session_id: UUID, purpose: str) -> Viewer | None:
        """Return the viewer whom a link of ours names, or None; whether the session holds, the read asks."""
        user = user_for_token(subject=user_id)
        if user is None or not user.is_active:
            return None
        claims = {"sub": str(user_id), "ver": user.token_version, "sid": str(session_id)}
        return replace(self._load(claims), purpose=purpose)

    def _bearer(self, token: str) -> Viewer:
        known = self._known.get(token)
        if known is not None and known.verified():
            if known.viewer_until > time.monotonic():
                return known.viewer
            claims = known.claims
        else:
            claims = _verified(token)
        viewer = self._load(claims)
        self._remember(token, Known(claims, viewer, time.monotonic() + ROLES_REMEMBERED_S))
        return viewer

    def _load(self, claims: dict[str, Any]) -> Viewer:
        user = user_for_token(subject=UUID(claims["sub"]))
        if user is None or not user.is_active:
            raise unauthenticated("The access token does not hold.")
        return Viewer(
            kind="USER",
            id=user.id,
            user_id=user.id,
            customer_id=self.customer_of(user.id),
            token_version=claims["ver"],
            session_id=UUID(claims["sid"]),
            roles=user.roles,
        )

    def _remember(self, credential: str, known: Known) -> None:
        with self._lock:
            self._known[credential] = known
            self._known.move_to_end(credential)
            while len(self._known) > CREDENTIALS_REMEMBERED_MAX:
                self._known.popitem(last=False)


def _verified(token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = get_payload(token)
    except JSONWebTokenExpired:
        raise unauthenticated("The access token has expired.") from None
    except (JSONWebTokenError, jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise unauthenticated("The access token does not hold.") from None
    return claims


def still_valid(profile: Profile) -> "QuerySet[Any] | None":
    """Return the rows that exist as long as the viewer's credential holds; None for a viewer without one."""
    if profile.kind == "API_KEY":
        return live_keys(key_id=viewer_slot("id"))
    if profile.kind != "USER":
        return None
    version = Slot(
        ("viewer", "token_version"), lambda bindings: bindings.viewer.token_version, IntegerField()
    )
    return live_sessions(
        session_id=viewer_slot("session_id"), user_id=viewer_slot("user_id"), token_version=version
    )


def credential_asked(viewer: Viewer) -> Asked | None:
    """Return what has an answer as long as the viewer's credential holds; None for a viewer without one."""
    if viewer.kind == "API_KEY":
        return _KEY.about(id=viewer.id)
    if viewer.kind != "USER":
        return None
    return _SESSION.about(
        session_id=viewer.session_id, user_id=viewer.user_id, token_version=viewer.token_version
    )


def holds(viewer: Viewer) -> bool:
    """Ask the database whether the viewer's credential holds now: what each read asks in its own statement."""
    asked = credential_asked(viewer)
    return asked is None or reconnecting(lambda: ask(asked)) != [None]


def expiry_of(token: str) -> datetime.datetime | None:
    """Return when an access token expires; None when it does not hold, for whatever reason."""
    try:
        claims = _verified(token)
    except RequestError:
        return None
    viewer = Viewer(
        kind="USER",
        user_id=UUID(claims["sub"]),
        token_version=claims["ver"],
        session_id=UUID(claims["sid"]),
    )
    return datetime.datetime.fromtimestamp(claims["exp"], datetime.UTC) if holds(viewer) else None


def revoked(viewer: Viewer) -> RequestError:
    """Return the refusal of a viewer whose credential holds no more."""
    return unauthenticated(f"{CREDENTIAL[viewer.kind]} was revoked.")


def unauthenticated(message: str) -> RequestError:
    """Return the refusal of a request whose credentials do not hold."""
    error = refuse(message, "UNAUTHENTICATED", status=401)
    error.headers["WWW-Authenticate"] = "Bearer"
    return error
