"""API keys: issued, rotated with an overlap, and revoked.

A key is a readable prefix and 256 random bits, shown once; what is kept of it is a keyed digest.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.identity.key_use import key_digest
from domains.identity.minting import LIFETIME_MAX, TIER_DEFAULT, InvalidKey, Minter
from domains.identity.models import ApiKey, User
from domains.identity.networks import parse_networks
from domains.identity.scopes import parse_scopes
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import NotFound, Refused
from domains.kernel.text import tidy_line

OVERLAP_MAX_S = 7 * 86_400
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


class KeyNotFound(NotFound):
    """No key has this id, or none that the actor may manage."""

    code = "API_KEY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such API key.", path=("id",))


class KeyEnded(Refused):
    """The key was revoked, has expired, or was rotated already."""

    code = "API_KEY_ENDED"

    def __init__(self) -> None:
        super().__init__("This key holds no more, or was rotated already.", path=("id",))


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made just now: the only time that it is seen."""

    id: UUID
    key: str

    def __repr__(self) -> str:
        return f"NewKey(id={self.id})"


@transaction.atomic
def create_key(
    *,
    actor: Actor,
    name: str,
    scopes: list[str],
    owner_id: UUID | None = None,
    expires_at: datetime | None = None,
    allowed_networks: list[str] | None = None,
    rate_tier: str = TIER_DEFAULT,
) -> NewKey:
    """Make a key and return it, in clear for this one time. Without an owner it is the actor's own.

    Raises InvalidKey, InvalidScope, InvalidNetwork, UserNotFound or ExceedsMinter.
    """
    minter, label = Minter(actor), tidy_line(name, length_max=200)
    if label is None:
        raise InvalidKey("A key's name has 1 to 200 printable characters.", path=("name",))
    made = ApiKey(
        name=label,
        owner=minter.owner(owner_id),
        scopes=parse_scopes(scopes),
        allowed_networks=parse_networks(allowed_networks or []),
        rate_tier=rate_tier,
        expires_at=minter.expiry(expires_at),
    )
    minter.refuse_excess(made)
    return _issued(made, actor, "create_key")


@transaction.atomic
def rotate_key(*, actor: Actor, key_id: UUID, overlap_s: int) -> NewKey:
    """Make a successor that can do the same and return it; the old key holds for `overlap_s` seconds more.

    A person renews the key's period; a key keeps its end. Raises InvalidKey, KeyNotFound, KeyEnded or
    ExceedsMinter.
    """
    if not 0 <= overlap_s <= OVERLAP_MAX_S:
        raise InvalidKey(f"An overlap has 0 to {OVERLAP_MAX_S} seconds.", path=("overlapSeconds",))
    minter, moment = Minter(actor), now()
    old = _managed(minter, key_id)
    if old.revoked_at or old.replaced_by_id or (old.expires_at is not None and old.expires_at <= moment):
        raise KeyEnded
    made = ApiKey(
        name=old.name,
        owner=minter.owner(old.owner_id),
        scopes=old.scopes,
        allowed_networks=old.allowed_networks,
        rate_tier=old.rate_tier,
        expires_at=old.expires_at if minter.key else moment + _period(old),
    )
    minter.refuse_excess(made, tier_held=old.rate_tier)
    issued = _issued(made, actor, "rotate_key")
    end = moment + timedelta(seconds=overlap_s)
    old.expires_at = end if old.expires_at is None else min(old.expires_at, end)
    old.replaced_by = made
    old.save(update_fields=["expires_at", "replaced_by"])
    _record(actor, "rotate_key", old, "replaced_by", made.id)
    return issued


@transaction.atomic
def revoke_key(*, actor: Actor, key_id: UUID) -> UUID:
    """End a key at once and return its id; revoking it again changes nothing. Raises KeyNotFound."""
    key = _managed(Minter(actor), key_id)
    if key.revoked_at is None:
        key.revoked_at = now()
        key.save(update_fields=["revoked_at"])
        _record(actor, "revoke_key", key, "revoked_at", key.revoked_at)
    return key.id


def revoke_keys_of(user: User, *, actor: Actor) -> None:
    """End every key that a user owns, at once; call it in a transaction."""
    for key in ApiKey.objects.select_for_update().filter(owner=user, revoked_at=None):
        key.revoked_at = now()
        key.save(update_fields=["revoked_at"])
        _record(actor, "revoke_keys_of", key, "revoked_at", key.revoked_at)


def _managed(minter: Minter, key_id: UUID) -> ApiKey:
    """Return a key that they may manage, locked; what they may not know of is not there."""
    key = ApiKey.objects.select_for_update().filter(id=key_id).first()
    if key is None or not minter.manages(key):
        raise KeyNotFound
    return key


def _period(key: ApiKey) -> timedelta:
    return min(key.expires_at - key.created_at, LIFETIME_MAX) if key.expires_at else LIFETIME_MAX


def _issued(made: ApiKey, actor: Actor, operation: str) -> NewKey:
    made.prefix = "bk_" + "".join(secrets.choice(_LETTERS) for _ in range(10))
    key = f"{made.prefix}_{secrets.token_urlsafe(32)}"
    made.key_digest = key_digest(key)
    made.save(force_insert=True)
    _record(actor, operation, made, "scopes", " ".join(made.scopes))
    return NewKey(made.id, key)


def _record(actor: Actor, operation: str, key: ApiKey, field: str, after: object) -> None:
    change = Change("identity_apikey", key.id, field, None, after, in_clear=True)
    record(event=Event.KEY, actor=actor, operation_name=operation, changes=[change])
