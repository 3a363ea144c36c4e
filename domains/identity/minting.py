"""What an actor may give to a key: never more than they have themselves.

A person makes keys of their own, or of a service account that has no role besides theirs; a key makes keys of
its own owner within its scopes, networks, tier and time.
"""

from datetime import datetime, timedelta
from uuid import UUID

from domains.identity.failures import UserNotFound
from domains.identity.models import ApiKey, User
from domains.identity.networks import within
from domains.identity.queries import user_behind
from domains.identity.roles import Role
from domains.identity.scopes import not_covered
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.failures import Invalid, NotAllowed

LIFETIME_DEFAULT = timedelta(days=90)
LIFETIME_MAX = timedelta(days=366)
TIER_DEFAULT = "STANDARD"


class InvalidKey(Invalid):
    """A name, an expiry or an overlap that a key can't have."""

    code = "INVALID_API_KEY"


class ExceedsMinter(NotAllowed):
    """The key could do more than whoever makes it."""

    code = "API_KEY_EXCEEDS_MINTER"


class Minter:
    """Whoever makes or manages a key; `key` is the one that they use themselves, if any."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.key: ApiKey | None = None
        if actor.kind is ActorKind.API_KEY and actor.id is not None:
            self.key = ApiKey.objects.get(id=actor.id)
        self.user_id = user_behind(actor)
        self.unlimited = actor.kind is ActorKind.SYSTEM

    def manages(self, key: ApiKey) -> bool:
        """Tell whether they may rotate or revoke a key: their own, or anyone's for an administrator."""
        if self.key is not None:
            return key.owner_id == self.user_id and not not_covered(key.scopes, held=self.key.scopes)
        return self.unlimited or Role.ADMINISTRATOR in self.actor.roles or key.owner_id == self.user_id

    def owner(self, owner_id: UUID | None) -> User:
        """Return the user whom they may make a key for, by default the user behind them.

        Raises UserNotFound or ExceedsMinter.
        """
        wanted = owner_id or self.user_id
        owner = (
            None
            if wanted is None
            else User.objects.filter(id=wanted, is_active=True, awaits_confirmation=False).first()
        )
        if owner is None:
            raise UserNotFound("owner")
        if owner.id == self.user_id or self.unlimited:
            return owner
        roles = set(owner.groups.values_list("name", flat=True))
        if self.key or Role.SERVICE not in roles or not roles - {Role.SERVICE} <= self.actor.roles:
            raise ExceedsMinter(
                "You can make keys of your own, and of service accounts that have no role besides yours.",
                path=("owner",),
            )
        return owner

    def expiry(self, wanted: datetime | None) -> datetime:
        """Return when a new key expires; raise InvalidKey for a time that is past or too far."""
        moment = now()
        latest = self.key.expires_at if self.key is not None else None
        if wanted is None:
            expires_at = moment + LIFETIME_DEFAULT
            return min(expires_at, latest) if latest else expires_at
        if not moment < wanted <= moment + LIFETIME_MAX:
            raise InvalidKey(f"A key expires within {LIFETIME_MAX.days} days.", path=("expiresAt",))
        return wanted

    def refuse_excess(self, made: ApiKey, *, tier_held: str = TIER_DEFAULT) -> None:
        """Raise ExceedsMinter where a key could do, or ask, more than they can."""
        own = self.key
        if own is None:
            tiers = {TIER_DEFAULT, tier_held}
            if (
                made.rate_tier not in tiers
                and Role.ADMINISTRATOR not in self.actor.roles
                and not self.unlimited
            ):
                raise ExceedsMinter("Only an administrator gives another tier.", path=("rateTier",))
            return
        if excess := not_covered(made.scopes, held=own.scopes):
            raise ExceedsMinter(f"This key does not have {', '.join(excess)} itself.", path=("scopes",))
        if not within(made.allowed_networks, held=own.allowed_networks):
            raise ExceedsMinter("This key may not be used from there itself.", path=("allowedNetworks",))
        if made.rate_tier != own.rate_tier:
            raise ExceedsMinter("A key gives its own tier only.", path=("rateTier",))
        if own.expires_at is not None and (made.expires_at is None or made.expires_at > own.expires_at):
            raise ExceedsMinter("This key expires earlier itself.", path=("expiresAt",))
