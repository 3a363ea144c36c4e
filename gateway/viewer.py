"""Who asks: a user, an API key, the system, or nobody."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Profile:
    """What of a viewer shapes a plan: kind, roles, and whether some rows may be the viewer's own."""

    kind: str
    roles: frozenset[str]
    is_customer: bool = False


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who asks: roles, the customer that the viewer is, the purpose stated."""

    kind: str = "ANONYMOUS"  # ANONYMOUS, USER, API_KEY or SYSTEM
    id: UUID | None = None
    customer_id: UUID | None = None
    token_version: int = 0
    session_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    rate_tier: str = ""  # the tier that an API key names; empty: by role
    purpose: str = ""
    profile: Profile = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "profile", Profile(self.kind, self.roles, self.customer_id is not None))


ANONYMOUS = Viewer()
