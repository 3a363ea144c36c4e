"""Providers and the configuration of the system, for those who operate it."""

from enum import Enum
from typing import Annotated

import strawberry

from domains.providers import figures, models, words
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import (
    argument,
    column,
    computed,
    entity,
    global_id,
    listing,
    lookup,
    to_many,
    to_one,
)
from gateway.filters import (
    BooleanLookup,
    DateTimeLookup,
    EnumLookup,
    SortDirection,
    TextLookup,
    filter_input,
    filter_on,
)
from gateway.scalars import DateTime
from gateway.weights import TOTAL_COUNT
from schema.node import Node
from schema.words import ActorKind, Outcome

Capability = models.Capability
strawberry.enum(Capability, name="Capability", description="What an external system can do.")
Breaker = words.Breaker
strawberry.enum(
    Breaker,
    name="Breaker",
    description="Where a circuit breaker stands; HALF_OPEN lets a few probes through.",
)


@entity(models.Provider, name="Provider", description="An external system and what it can do.")
class Provider(Node):
    """An external system and what it can do."""

    id: strawberry.ID = global_id()
    code: str = column(C.PUBLIC, "Its short name.")
    name: str = column(C.PUBLIC, "Its name.")
    capability: Capability = column(C.PUBLIC, "What it can do.")
    adapter: str = column(C.PUBLIC, "How its interface is spoken; empty: it can't be called.")
    base_url: str = column(C.PUBLIC, "The address that is called.")
    credentials: str | None = column(
        C.PUBLIC, "Which credentials are set; what they are is never shown.", path="credentials_masked"
    )
    enabled: bool = column(C.PUBLIC, "Whether it is called at all.")
    priority: int = column(C.PUBLIC, "Lower is asked first.")
    weight: int = column(C.PUBLIC, "Its share among those of the same priority.")
    connect_timeout_ms: int = column(C.PUBLIC, "How long a connection may take, in milliseconds.")
    read_timeout_ms: int = column(C.PUBLIC, "How long a read may take, in milliseconds.")
    total_timeout_ms: int = column(C.PUBLIC, "How long a whole call may take, in milliseconds.")
    retry_attempts_max: int = column(C.PUBLIC, "How many attempts a call may have, the first included.")
    retry_backoff_ms: int = column(C.PUBLIC, "How long is waited before the second attempt.")
    retry_backoff_ms_max: int = column(C.PUBLIC, "How long is waited at most.")
    retry_jitter_ms: int = column(C.PUBLIC, "How much is added to it by chance at most.")
    retry_codes: list[str] = column(C.PUBLIC, "After which codes it is tried again, where that is safe.")
    concurrency_max: int = column(C.PUBLIC, "How many calls may be on their way, of all processes together.")
    rate_per_minute: int | None = column(C.PUBLIC, "How many calls a minute; null is no limit.")
    rate_burst: int = column(C.PUBLIC, "How many calls at once within that rate.")
    breaker_window_s: int = column(C.PUBLIC, "Over how many seconds the breaker counts.")
    breaker_calls_min: int = column(C.PUBLIC, "Below how many calls it never opens.")
    breaker_fault_percent: int = column(C.PUBLIC, "At how many faults of a hundred calls it opens.")
    breaker_open_s: int = column(C.PUBLIC, "After how many seconds it lets probes through.")
    breaker_probes: int = column(C.PUBLIC, "How many probes must pass for it to close.")
    version: int = column(C.PUBLIC, "Rises with each change.")
    created_at: DateTime = column(C.PUBLIC, "When it was registered.")
    updated_at: DateTime = column(C.PUBLIC, "When it was last changed.")
    breaker: Breaker | None = column(
        C.PUBLIC, "Where its breaker stands; null if it was never called.", path="state__breaker"
    )
    breaker_changed_at: DateTime | None = column(
        C.PUBLIC, "When its breaker last moved.", path="state__breaker_changed_at"
    )
    checked_at: DateTime | None = column(
        C.PUBLIC, "When its health was last checked.", path="state__checked_at"
    )
    check_passed: bool | None = column(C.PUBLIC, "Whether it was well then.", path="state__check_passed")
    check_code: str | None = column(C.PUBLIC, "What the check came to.", path="state__check_code")
    check_latency_ms: int | None = column(
        C.PUBLIC, "How long the check took.", path="state__check_latency_ms"
    )
    recent_calls: int = computed(
        C.PUBLIC, "How many calls ended in the last 15 minutes.", expression=figures.calls, cost=TOTAL_COUNT
    )
    recent_good_percent: int | None = computed(
        C.PUBLIC,
        "How many of a hundred were no fault of the provider's.",
        expression=figures.good_percent,
        cost=TOTAL_COUNT,
    )
    recent_latency_p50_ms: int | None = computed(
        C.PUBLIC, "Within what time half of them ended.", expression=figures.latency_p50_ms, cost=TOTAL_COUNT
    )
    recent_latency_p95_ms: int | None = computed(
        C.PUBLIC,
        "Within what time 95 of a hundred ended.",
        expression=figures.latency_p95_ms,
        cost=TOTAL_COUNT,
    )
    recent_latency_p99_ms: int | None = computed(
        C.PUBLIC,
        "Within what time 99 of a hundred ended.",
        expression=figures.latency_p99_ms,
        cost=TOTAL_COUNT,
    )
    versions: Connection[Annotated["ProviderVersion", strawberry.lazy("schema.providers")]] = to_many(
        C.PUBLIC, "Its settings as they were, newest first.", order="-version"
    )
    maintenance_windows: Connection[Annotated["MaintenanceWindow", strawberry.lazy("schema.providers")]] = (
        to_many(C.PUBLIC, "When it is not asked, latest first.", order="-starts_at")
    )
    exchanges: Connection[Annotated["ProviderExchange", strawberry.lazy("schema.providers")]] = to_many(
        C.PUBLIC, "What was exchanged with it, newest first.", order="-sent_at"
    )


@entity(models.ProviderVersion, name="ProviderVersion", description="A provider's settings as they were.")
class ProviderVersion(Node):
    """A provider's settings as they were."""

    id: strawberry.ID = global_id()
    version: int = column(C.PUBLIC, "Which version.")
    cause: str = column(C.PUBLIC, "How it came about.")
    settings: strawberry.scalars.JSON = column(C.PUBLIC, "All settings; credentials are none.")
    changed_at: DateTime = column(C.PUBLIC, "When it was made.")
    changed_by_kind: ActorKind = column(C.PUBLIC, "What kind of principal made it.")
    changed_by: strawberry.ID | None = column(C.PUBLIC, "The principal's identifier.")


@entity(
    models.MaintenanceWindow, name="MaintenanceWindow", description="A time in which a provider is not asked."
)
class MaintenanceWindow(Node):
    """A time in which a provider is not asked."""

    id: strawberry.ID = global_id()
    starts_at: DateTime = column(C.PUBLIC, "From when on.")
    ends_at: DateTime = column(C.PUBLIC, "Until when.")
    reason: str = column(C.PUBLIC, "Why.")


@entity(
    models.ProviderExchange,
    name="ProviderExchange",
    description="One request to a provider and what came back; values that may be personal are masked.",
)
class ProviderExchange(Node):
    """One request to a provider and what came back; values that may be personal are masked."""

    id: strawberry.ID = global_id()
    provider: Provider | None = to_one(C.PUBLIC, "Who was asked.")
    action: str = column(C.PUBLIC, "What was asked.")
    attempt: int = column(C.PUBLIC, "Which attempt of its call it was.")
    correlation_id: str = column(C.PUBLIC, "The correlation id of what it was done for.")
    outcome: Outcome = column(C.PUBLIC, "What it came to.")
    code: str = column(C.PUBLIC, "The standard code.")
    raw_code: str = column(C.PUBLIC, "The provider's own code.")
    iso_code: str = column(C.PUBLIC, "ISO 20022's reason, if there is one.")
    fault: bool = column(C.PUBLIC, "Whether the provider itself was unwell.")
    http_status: int | None = column(C.PUBLIC, "HTTP's status; null if no answer came.")
    request: strawberry.scalars.JSON = column(C.PUBLIC, "What was sent, masked.")
    answer: strawberry.scalars.JSON | None = column(C.PUBLIC, "What came back, masked.")
    sent_at: DateTime = column(C.PUBLIC, "When it was sent.")
    answered_at: DateTime = column(C.PUBLIC, "When it was over.")
    latency_ms: int = column(C.PUBLIC, "How long it took, in milliseconds.")


@entity(models.SystemConfig, name="SystemConfig", description="One configured value.")
class SystemConfig(Node):
    """One configured value."""

    id: strawberry.ID = global_id()
    key: str = column(C.PUBLIC, "Its key.")
    value: strawberry.scalars.JSON = column(C.PUBLIC, "The value.")
    description: str = column(C.PUBLIC, "What it does.")
    version: int = column(C.PUBLIC, "Rises with each change.")
    updated_at: DateTime = column(C.PUBLIC, "When it was last changed.")
    versions: Connection[Annotated["SystemConfigVersion", strawberry.lazy("schema.providers")]] = to_many(
        C.PUBLIC, "The value as it was, newest first.", order="-version"
    )


@entity(models.SystemConfigVersion, name="SystemConfigVersion", description="A configured value as it was.")
class SystemConfigVersion(Node):
    """A configured value as it was."""

    id: strawberry.ID = global_id()
    version: int = column(C.PUBLIC, "Which version.")
    cause: str = column(C.PUBLIC, "How it came about.")
    value: strawberry.scalars.JSON = column(C.PUBLIC, "The value.")
    changed_at: DateTime = column(C.PUBLIC, "When it was made.")
    changed_by_kind: ActorKind = column(C.PUBLIC, "What kind of principal made it.")
    changed_by: strawberry.ID | None = column(C.PUBLIC, "The principal's identifier.")


@filter_input(description="Which providers; all conditions must hold.")
class ProviderFilter:
    """Which providers; all conditions must hold."""

    capability: EnumLookup[Capability] | None = filter_on("By what they can do.")
    enabled: BooleanLookup | None = filter_on("By whether they are called.")
    code: TextLookup | None = filter_on("By short name.")


@filter_input(description="Which exchanges; all conditions must hold.")
class ProviderExchangeFilter:
    """Which exchanges; all conditions must hold."""

    correlation_id: TextLookup | None = filter_on("By the correlation id.")
    outcome: EnumLookup[Outcome] | None = filter_on("By what they came to.")
    code: TextLookup | None = filter_on("By the standard code.")
    action: TextLookup | None = filter_on("By what was asked.")
    fault: BooleanLookup | None = filter_on("By whether the provider was unwell.")
    sent_at: DateTimeLookup | None = filter_on("By when they were sent.")


@strawberry.enum(description="What providers can be ordered by.")
class ProviderOrderField(Enum):
    """What providers can be ordered by: the column."""

    PRIORITY = "priority"
    CODE = "code"


@strawberry.input(description="The order of providers.")
class ProviderOrder:
    """The order of providers."""

    field: ProviderOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.type
class ProviderQueries:
    """Ways in to providers and configuration."""

    provider: Provider | None = lookup(
        "The provider of a short name.", arguments={"code": argument(str, "The short name.")}
    )
    providers: Connection[Provider] = listing(
        "Providers, first asked first.", order="priority", filter=ProviderFilter, order_by=ProviderOrder
    )
    provider_exchanges: Connection[ProviderExchange] = listing(
        "What was exchanged with providers, newest first.", order="-sent_at", filter=ProviderExchangeFilter
    )
    system_config: SystemConfig | None = lookup(
        "The configured value of a key.", arguments={"key": argument(str, "The key.")}
    )
    system_configs: Connection[SystemConfig] = listing("Configured values by key.", order="key")
