"""Tokens: django-graphql-jwt's functions with handlers that close what it leaves open.

An access token is signed with Ed25519 under a key id, for one audience and issuer, with an opaque subject, its
session and the user's token version; nothing personal is in it. Verification fixes the algorithm and requires
every claim. Refresh tokens are the identity domain's; the library finds them through our handler.
"""

import datetime
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from django.db import transaction
from graphql_jwt.exceptions import JSONWebTokenError
from graphql_jwt.settings import jwt_settings
from graphql_jwt.shortcuts import get_refresh_token, get_token

from domains.identity.sessions import (
    InvalidRefreshToken,
    Issued,
    lock_refresh_token,
    rotate,
)
from domains.kernel.actor import Actor
from domains.vault.signing import signing_keys

ALGORITHM = "EdDSA"
AUDIENCE = "banking-middleware"
ISSUER = "banking-middleware"
VERSION_MAX = 2**31 - 1  # of the column that it is compared with
REQUIRED = ["exp", "iat", "nbf", "iss", "aud", "sub", "jti", "sid", "ver"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client gets when it signs in or refreshes."""

    access: str
    expires_at: datetime.datetime
    refresh: str
    refresh_expires_at: datetime.datetime

    def __repr__(self) -> str:
        return f"Tokens(expires_at={self.expires_at})"


def tokens_of(issued: Issued) -> Tokens:
    """Return the tokens of a session, with an access token signed now."""
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)  # claims hold whole seconds
    expires_at = now + jwt_settings.JWT_EXPIRATION_DELTA
    access = get_token(issued.user, sid=str(issued.session_id), exp=expires_at)
    return Tokens(access, expires_at, issued.refresh_token, issued.refresh_expires_at)


def refresh(token: str, *, actor: Actor) -> Tokens:
    """Exchange a refresh token for new tokens; raise InvalidRefreshToken when it does not hold."""
    with transaction.atomic():
        try:
            issued = rotate(get_refresh_token(token), actor=actor)
        except JSONWebTokenError:
            issued = None
    if issued is None:
        raise InvalidRefreshToken
    return tokens_of(issued)


def payload(user: Any, context: Any = None) -> dict[str, Any]:
    """Return the claims of a new access token, but for its session (JWT_PAYLOAD_HANDLER)."""
    now = datetime.datetime.now(datetime.UTC)
    return {
        "sub": str(user.pk),
        "ver": user.token_version,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + jwt_settings.JWT_EXPIRATION_DELTA,
        "jti": secrets.token_hex(16),
        "typ": "access",
    }


def encode(claims: dict[str, Any], context: Any = None) -> str:
    """Sign claims with the current key (JWT_ENCODE_HANDLER)."""
    keys = signing_keys()
    return jwt.encode(claims, keys.current, algorithm=ALGORITHM, headers={"kid": keys.current_id})


def decode(token: str, context: Any = None) -> dict[str, Any]:
    """Verify a token and return its claims with its key id (JWT_DECODE_HANDLER).

    Raises jwt.InvalidTokenError, or ValueError for a subject or session that is no id.
    """
    key_id = str(jwt.get_unverified_header(token).get("kid"))
    key = signing_keys(holding=key_id).public.get(key_id)
    if key is None:
        raise jwt.InvalidTokenError("unknown key")
    options: Any = {"require": REQUIRED}
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        leeway=jwt_settings.JWT_LEEWAY,
        options=options,
    )
    version = claims["ver"]
    if claims.get("typ") != "access" or type(version) is not int or not 0 < version <= VERSION_MAX:
        raise jwt.InvalidTokenError("not an access token")
    UUID(claims["sub"])
    UUID(claims["sid"])
    return {**claims, "kid": key_id}


def subject(claims: dict[str, Any]) -> str:
    """Return the opaque subject (JWT_PAYLOAD_GET_USERNAME_HANDLER)."""
    return str(claims["sub"])


def locked_refresh_token(refresh_token_model: Any, token: str, context: Any = None) -> Any:
    """Find a refresh token by its digest and lock it (JWT_GET_REFRESH_TOKEN_HANDLER)."""
    return lock_refresh_token(token)
