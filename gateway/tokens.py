"""Access tokens: django-graphql-jwt's functions with handlers that close what it leaves open.

Signed with Ed25519 under a key id, for one audience and issuer, with an opaque subject and the user's token
version; nothing personal is in them. Verification fixes the algorithm and requires every claim.
"""

import datetime
import secrets
from typing import Any
from uuid import UUID

import jwt
from graphql_jwt.settings import jwt_settings

from domains.vault.signing import signing_keys

ALGORITHM = "EdDSA"
AUDIENCE = "banking-middleware"
ISSUER = "banking-middleware"
REQUIRED = ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"]


def payload(user: Any, context: Any = None) -> dict[str, Any]:
    """Return the claims of a new access token (JWT_PAYLOAD_HANDLER)."""
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
    """Verify a token and return its claims (JWT_DECODE_HANDLER); raise jwt.InvalidTokenError if it fails."""
    key = signing_keys().public.get(str(jwt.get_unverified_header(token).get("kid")))
    if key is None:
        raise jwt.InvalidTokenError("unknown key")
    options: Any = {"require": REQUIRED}
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=options
    )
    if claims.get("typ") != "access" or not isinstance(claims.get("ver"), int):
        raise jwt.InvalidTokenError("not an access token")
    UUID(claims["sub"])
    return claims


def subject(claims: dict[str, Any]) -> str:
    """Return the opaque subject (JWT_PAYLOAD_GET_USERNAME_HANDLER)."""
    return str(claims["sub"])
