"""Who does a domain operation, and on whose behalf; handed in explicitly, never ambient."""

from dataclasses import dataclass
from uuid import UUID

from django.db import models


class ActorKind(models.TextChoices):
    """What kind of principal acts or asks."""

    USER = "USER"
    API_KEY = "API_KEY"
    SYSTEM = "SYSTEM"
    ANONYMOUS = "ANONYMOUS"


@dataclass(frozen=True, slots=True)
class Actor:
    """A principal with what the audit trail must know about it.

    `address` is an IP address in text; `purpose` is what the actor states as the reason.
    """

    kind: ActorKind
    id: UUID | None = None
    customer_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    purpose: str = ""
    correlation_id: str = ""
    address: str | None = None

    @classmethod
    def system(cls, purpose: str, *, correlation_id: str = "") -> "Actor":
        """Return the program itself, acting for the stated purpose (a command, a job)."""
        return cls(kind=ActorKind.SYSTEM, purpose=purpose, correlation_id=correlation_id)
