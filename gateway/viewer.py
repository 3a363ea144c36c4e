"""Who asks: a user, an API key, the system, or nobody."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Profile:
    """What of a viewer shapes a plan: kind, roles, scopes, and whether some rows may be the viewer's own."""

    kind: str
    roles: frozenset[str]
    is_customer: bool = False
    scopes: frozenset[str] | None = None  # what an API key is limited to; None is no limit


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who asks: roles, the user behind (a key's owner), the customer that they are, the purpose stated."""

    kind: str = "ANONYMOUS"  # ANONYMOUS, USER, API_KEY or SYSTEM
    id: UUID | None = None
    user_id: UUID | None = None
    customer_id: UUID | None = None
    token_version: int = 0
    session_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    rate_tier: str = ""  # the tier that an API key names; empty: by role
    purpose: str = ""
    profile: Profile = field(init=False)

    def __post_init__(self) -> None:
        profile = Profile(self.kind, self.roles, self.customer_id is not None, self.scopes)
        object.__setattr__(self, "profile", profile)


ANONYMOUS = Viewer()
