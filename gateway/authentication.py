"""Who asks: an `Authorization: Bearer` header becomes a Viewer.

A token's signature is checked once and remembered until it expires. Roles are remembered for at most five
seconds. Whether the token still holds (the user's token version) is checked inside each read statement, so a
revocation works at once and costs no round trip.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import jwt
from django.db.models import QuerySet
from graphql_jwt.exceptions import JSONWebTokenError
from graphql_jwt.utils import get_payload

from domains.identity.models import User
from domains.identity.queries import user_for_token
from gateway.failures import RequestError, refuse
from gateway.planning.slots import Slot, viewer_slot
from gateway.viewer import ANONYMOUS, Profile, Viewer

TOKENS_REMEMBERED_MAX = 10_000
ROLES_REMEMBERED_S = 5.0

CustomerOf = Callable[[UUID], UUID | None]


class Authentication:
    """Turns credentials into viewers; `customer_of` tells which customer a user is."""

    def __init__(self, *, customer_of: CustomerOf) -> None:
        self.customer_of = customer_of
        self._claims: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._viewers: OrderedDict[UUID, tuple[float, Viewer | None]] = OrderedDict()
        self._lock = threading.Lock()

    def viewer(self, authorization: str | None, *, purpose: str) -> Viewer:
        """Return the viewer that an Authorization header names; nobody when there is none.

        Raises RequestError `UNAUTHENTICATED` when the header is there and does not hold.
        """
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthenticated("The Authorization header must be `Bearer` and an access token.")
        claims = self._verified(token)
        viewer = self._known(UUID(claims["sub"]))
        if viewer is None:
            raise unauthenticated("The access token does not hold.")
        if viewer.token_version != claims["ver"] or purpose:
            return replace(viewer, token_version=claims["ver"], purpose=purpose)
        return viewer

    def _verified(self, token: str) -> dict[str, Any]:
        claims = self._claims.get(token)
        if claims is None:
            try:
                claims = get_payload(token)
            except (JSONWebTokenError, jwt.PyJWTError, ValueError):
                raise unauthenticated("The access token does not hold.") from None
            self._remember(self._claims, token, claims, TOKENS_REMEMBERED_MAX)
        elif claims["exp"] <= time.time():
            self._claims.pop(token, None)
            raise unauthenticated("The access token has expired.")
        return claims

    def _known(self, user_id: UUID) -> Viewer | None:
        found = self._viewers.get(user_id)
        if found is None or found[0] <= time.monotonic():
            found = (time.monotonic() + ROLES_REMEMBERED_S, self._load(user_id))
            self._remember(self._viewers, user_id, found, TOKENS_REMEMBERED_MAX)
        return found[1]

    def _load(self, user_id: UUID) -> Viewer | None:
        user = user_for_token(subject=user_id)
        if user is None or not user.is_active:
            return None
        return Viewer(
            kind="USER",
            id=user.id,
            customer_id=self.customer_of(user.id),
            token_version=user.token_version,
            roles=user.roles,
        )

    def _remember(self, cache: "OrderedDict[Any, Any]", key: Any, value: Any, limit: int) -> None:
        with self._lock:
            cache[key] = value
            while len(cache) > limit:
                cache.popitem(last=False)


def still_valid(profile: Profile) -> "QuerySet[Any] | None":
    """Return the rows that exist as long as the viewer's token holds; None for a viewer without one."""
    if profile.kind != "USER":
        return None
    field: Any = User._meta.get_field("token_version")
    version = Slot(("viewer", "token_version"), lambda bindings: bindings.viewer.token_version, field)
    return User.objects.filter(pk=viewer_slot("id"), token_version=version, is_active=True)


def unauthenticated(message: str) -> RequestError:
    """Return the refusal of a request whose credentials do not hold."""
    error = refuse(message, "UNAUTHENTICATED", status=401)
    error.headers["WWW-Authenticate"] = "Bearer"
    return error
