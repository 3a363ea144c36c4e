"""What is handed to those who ask: which provider, and what it answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domains.providers.models import Provider
from domains.providers.words import Capability, Outcome


@dataclass(frozen=True, slots=True)
class ProviderRef:
    """A provider as it was configured a moment ago; a call reads its configuration anew."""

    id: UUID
    code: str
    name: str
    capability: Capability
    adapter: str
    version: int

    @classmethod
    def of(cls, provider: Provider) -> "ProviderRef":
        """Return what others are handed of a provider."""
        return cls(
            id=provider.id,
            code=provider.code,
            name=provider.name,
            capability=Capability(provider.capability),
            adapter=provider.adapter,
            version=provider.version,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What one logical call came to.

    `code` is ours and stable, `raw_code` the provider's own, `iso_code` ISO 20022's reason where there is one.
    `certainly_not_done`: the provider has certainly not done what was asked, so another one may be asked.
    `body` is what the adapter made of the provider's answer; empty unless it was understood.
    """

    outcome: Outcome
    certainly_not_done: bool
    provider: ProviderRef | None
    code: str
    message: str
    sent_at: datetime
    answered_at: datetime
    latency_ms: int
    raw_code: str = ""
    iso_code: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    retry_after_s: float | None = None
    exchange_id: UUID | None = None

    @property
    def done(self) -> bool:
        """Tell whether the provider did it, or took it in order to do it."""
        return self.outcome in (Outcome.ACCEPTED, Outcome.SETTLED)
