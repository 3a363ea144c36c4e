"""Issuing, rotating and revoking API keys."""

import strawberry

from domains.identity import keys
from domains.identity.scopes import InvalidScope, resource_of
from domains.kernel.actor import Actor
from domains.kernel.failures import Invalid
from gateway.declaration import operation
from gateway.scalars import DateTime
from gateway.tiers import STANDARD, Tiers
from schema.global_ids import key_of
from schema.identity import ApiKey
from schema.policy import POLICY
from schema.refusals import Problem, refusals_as

OVERLAP_DEFAULT_S = 86_400


class UnknownTier(Invalid):
    """A rate tier that is not configured."""

    code = "UNKNOWN_RATE_TIER"


@strawberry.type(description="An API key after a change, or what was wrong.")
class ApiKeyPayload:
    """An API key after a change, or what was wrong."""

    api_key: ApiKey | None = strawberry.field(
        default=None, description="The key's record; null when refused."
    )
    key: str | None = strawberry.field(
        default=None, description="The key itself, when it was made just now. It is never shown again."
    )
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    """A new API key."""

    name: str = strawberry.field(description="What it is for.")
    scopes: list[str] = strawberry.field(
        description="What it may do: `customers:read`, `customers:*`, `*:read`; never more than you may."
    )
    owner: strawberry.ID | None = strawberry.field(
        default=None, description="The service account that it is for; by default it is your own."
    )
    expires_at: DateTime | None = strawberry.field(
        default=None, description="When it stops to hold: by default in 90 days, at most in 366."
    )
    allowed_networks: list[str] | None = strawberry.field(
        default=None, description="From where it may be used, in CIDR notation; none means anywhere."
    )
    rate_tier: str | None = strawberry.field(default=None, description="How much it may ask.")


@strawberry.input(description="An API key to replace.")
class RotateApiKeyInput:
    """An API key to replace."""

    id: strawberry.ID = strawberry.field(description="The key's global id.")
    overlap_seconds: int = strawberry.field(
        default=OVERLAP_DEFAULT_S, description="For how long the old key holds on; at most a week."
    )


@strawberry.input(description="An API key to end.")
class RevokeApiKeyInput:
    """An API key to end."""

    id: strawberry.ID = strawberry.field(description="The key's global id.")


@refusals_as(ApiKeyPayload)
def create_api_key(actor: Actor, input: CreateApiKeyInput) -> ApiKeyPayload:
    """Make a key."""
    _refuse_unknown_resources(input.scopes)
    made = keys.create_key(
        actor=actor,
        name=input.name,
        scopes=input.scopes,
        owner_id=key_of(input.owner, entity="User", path=("owner",)) if input.owner else None,
        expires_at=input.expires_at,
        allowed_networks=input.allowed_networks,
        rate_tier=_tier(input.rate_tier),
    )
    return _shown(made)


@refusals_as(ApiKeyPayload)
def rotate_api_key(actor: Actor, input: RotateApiKeyInput) -> ApiKeyPayload:
    """Replace a key."""
    key_id = key_of(input.id, entity="ApiKey", path=("id",))
    return _shown(keys.rotate_key(actor=actor, key_id=key_id, overlap_s=input.overlap_seconds))


@refusals_as(ApiKeyPayload)
def revoke_api_key(actor: Actor, input: RevokeApiKeyInput) -> ApiKeyPayload:
    """End a key."""
    key_id = key_of(input.id, entity="ApiKey", path=("id",))
    return ApiKeyPayload(api_key=keys.revoke_key(actor=actor, key_id=key_id))  # type: ignore[arg-type] # its key


def _shown(made: keys.NewKey) -> ApiKeyPayload:
    return ApiKeyPayload(api_key=made.id, key=made.key)  # type: ignore[arg-type] # read by its key


def _refuse_unknown_resources(scopes: list[str]) -> None:
    known = {*POLICY.resources.values(), "*"}
    for scope in scopes:
        if ":" in scope and resource_of(scope) not in known:
            raise InvalidScope(
                f"There is no resource {resource_of(scope)[:50]!r}; there are {', '.join(sorted(known))}.",
                path=("scopes",),
            )


def _tier(name: str | None) -> str:
    known = sorted(Tiers.configured().by_name)
    if name is not None and name not in known:
        raise UnknownTier(
            f"There is no tier {name[:50]!r}; there are {', '.join(known)}.", path=("rateTier",)
        )
    return name or STANDARD


@strawberry.type
class KeyMutations:
    """Mutations of API keys."""

    create_api_key: ApiKeyPayload | None = operation(
        "Issue an API key. It is shown this one time.",
        run=create_api_key,
        arguments={"input": CreateApiKeyInput},
    )
    rotate_api_key: ApiKeyPayload | None = operation(
        "Replace an API key by one that can do the same; the old one holds on for the overlap.",
        run=rotate_api_key,
        arguments={"input": RotateApiKeyInput},
    )
    revoke_api_key: ApiKeyPayload | None = operation(
        "End an API key at once.", run=revoke_api_key, arguments={"input": RevokeApiKeyInput}
    )
