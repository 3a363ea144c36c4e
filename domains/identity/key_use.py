"""Keys in use: found by their digest at each request, their last use noted."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value

from domains.identity.models import ApiKey
from domains.kernel.clock import now
from domains.vault.sealing import digest, digests

USE_NOTED_EVERY = timedelta(minutes=1)
_PURPOSE = "api_key"
_KEY = re.compile(r"bk_[a-z2-7]{10}_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class FoundKey:
    """What a key that was presented opens: its owner's roles within its scopes."""

    id: UUID
    owner_id: UUID
    roles: frozenset[str]
    scopes: frozenset[str]
    allowed_networks: tuple[str, ...]
    rate_tier: str
    holds: bool  # not revoked, not expired, its owner active


def find_key(key: str) -> FoundKey | None:
    """Return what a presented key opens, or None if it was never issued; one statement."""
    if not _KEY.fullmatch(key):
        return None
    roles = ArrayAgg("owner__groups__name", filter=Q(owner__groups__isnull=False), default=Value([]))
    found = (
        ApiKey.objects.filter(key_digest__in=digests(purpose=_PURPOSE, value=key))
        .select_related("owner")
        .annotate(roles=roles)
        .first()
    )
    if found is None:
        return None
    in_time = found.expires_at is None or found.expires_at > now()
    return FoundKey(
        id=found.id,
        owner_id=found.owner_id,
        roles=frozenset(found.roles),
        scopes=frozenset(found.scopes),
        allowed_networks=tuple(found.allowed_networks),
        rate_tier=found.rate_tier,
        holds=found.revoked_at is None and in_time and found.owner.is_active,
    )


def note_use(key_id: UUID) -> None:
    """Note that a key was used, at most once a minute."""
    moment = now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=moment - USE_NOTED_EVERY)
    ApiKey.objects.filter(stale, id=key_id).update(last_used_at=moment)


def key_digest(key: str) -> bytes:
    """Return the keyed digest by which a key is kept."""
    return digest(purpose=_PURPOSE, value=key)
