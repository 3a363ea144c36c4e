"""Signing in and out: tokens, their refresh and revocation, and the password.

Open to everyone but `changePassword`. Each field is an attempt of its own: aliases are throttled like requests.
"""

import datetime

import strawberry

from domains.identity.logins import log_in
from domains.identity.passwords import change_password as change_a_password
from domains.identity.sessions import end_session
from domains.kernel.actor import Actor
from gateway import tokens
from gateway.authentication import expiry_of
from gateway.declaration import argument, operation
from gateway.scalars import DateTime
from schema.refusals import Problem, refusals_as

LOGIN_COST = 200  # points: a password's hash costs far more time than any read, so few fit into a budget


@strawberry.type(description="An access token with the refresh token that follows it, or what was wrong.")
class TokenPayload:
    """An access token with the refresh token that follows it, or what was wrong."""

    token: str | None = strawberry.field(
        default=None, description="The access token, for `Authorization: Bearer`; null when refused."
    )
    expires_at: DateTime | None = strawberry.field(default=None, description="When the access token expires.")
    refresh_token: str | None = strawberry.field(
        default=None, description="Good for one refresh, which answers with the next one."
    )
    refresh_expires_at: DateTime | None = strawberry.field(
        default=None, description="When the refresh token expires."
    )
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.type(description="Whether an access token holds.")
class VerifyTokenPayload:
    """Whether an access token holds."""

    valid: bool = strawberry.field(description="Whether it would be accepted now.")
    expires_at: DateTime | None = strawberry.field(
        default=None, description="When it expires; null when it does not hold."
    )


@strawberry.type(description="That a session has ended.")
class RevokeTokenPayload:
    """That a session has ended."""

    revoked: bool = strawberry.field(description="True: no token of that session holds any more.")


@strawberry.type(description="That the password was changed, or what was wrong.")
class ChangePasswordPayload:
    """That the password was changed, or what was wrong."""

    changed: bool = strawberry.field(default=False, description="Whether it was changed.")
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@refusals_as(TokenPayload)
def token_auth(actor: Actor, username: str, password: str, new_password: str | None = None) -> TokenPayload:
    """Sign in."""
    issued = log_in(actor=actor, username=username, password=password, new_password=new_password)
    return _answered(tokens.tokens_of(issued))


@refusals_as(TokenPayload)
def refresh_token(actor: Actor, refresh_token: str) -> TokenPayload:
    """Exchange a refresh token."""
    return _answered(tokens.refresh(refresh_token, actor=actor))


def verify_token(_actor: Actor, token: str) -> VerifyTokenPayload:
    """Tell whether an access token holds."""
    expires_at = expiry_of(token)
    return VerifyTokenPayload(valid=expires_at is not None, expires_at=_time(expires_at))


def revoke_token(actor: Actor, refresh_token: str) -> RevokeTokenPayload:
    """End the session of a refresh token."""
    end_session(token=refresh_token, actor=actor)
    return RevokeTokenPayload(revoked=True)


@refusals_as(ChangePasswordPayload)
def change_password(actor: Actor, current: str, new: str) -> ChangePasswordPayload:
    """Change the password."""
    change_a_password(actor=actor, current=current, new=new)
    return ChangePasswordPayload(changed=True)


def _answered(issued: tokens.Tokens) -> TokenPayload:
    return TokenPayload(
        token=issued.access,
        expires_at=_time(issued.expires_at),
        refresh_token=issued.refresh,
        refresh_expires_at=_time(issued.refresh_expires_at),
    )


def _time(moment: datetime.datetime | None) -> DateTime | None:
    return None if moment is None else DateTime(moment)


@strawberry.type
class TokenMutations:
    """Mutations of tokens and passwords."""

    token_auth: TokenPayload | None = operation(
        "Sign in with a user name and a password.",
        run=token_auth,
        arguments={
            "username": argument(str, "The user name."),
            "password": argument(str, "The password."),
            "new_password": argument(
                str | None, "The next password, where the present one is good for one login only."
            ),
        },
        cost=LOGIN_COST,
    )
    refresh_token: TokenPayload | None = operation(
        "Exchange a refresh token for new tokens. It is spent by this; using it again ends the session, but for "
        "the first ten seconds, in which a lost answer can be asked for again.",
        run=refresh_token,
        arguments={"refresh_token": argument(str, "The refresh token.")},
    )
    verify_token: VerifyTokenPayload | None = operation(
        "Whether an access token holds.",
        run=verify_token,
        arguments={"token": argument(str, "The access token.")},
    )
    revoke_token: RevokeTokenPayload | None = operation(
        "Sign out: end the session that a refresh token belongs to, its access tokens included.",
        run=revoke_token,
        arguments={"refresh_token": argument(str, "The refresh token.")},
    )
    change_password: ChangePasswordPayload | None = operation(
        "Change your password. Every session of yours ends, this one included.",
        run=change_password,
        arguments={
            "current": argument(str, "The present password."),
            "new": argument(str, "The new one; at least ten characters."),
        },
        cost=2 * LOGIN_COST,
    )
