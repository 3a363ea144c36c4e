"""Providers and the configuration of the system, for those who operate it."""

from enum import Enum

import strawberry

from domains.providers import models
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import argument, column, entity, global_id, listing, lookup
from gateway.filters import BooleanLookup, EnumLookup, SortDirection, TextLookup, filter_on
from gateway.scalars import DateTime
from schema.node import Node

Capability = models.Capability
strawberry.enum(Capability, name="Capability", description="What an external system can do.")


@entity(models.Provider, name="Provider", description="An external system and what it can do.")
class Provider(Node):
    """An external system and what it can do."""

    id: strawberry.ID = global_id()
    code: str = column(C.PUBLIC, "Its short name.")
    name: str = column(C.PUBLIC, "Its name.")
    capability: Capability = column(C.PUBLIC, "What it can do.")
    base_url: str = column(C.PUBLIC, "The address that is called.")
    enabled: bool = column(C.PUBLIC, "Whether it is called at all.")
    priority: int = column(C.PUBLIC, "Lower is asked first.")
    connect_timeout_ms: int = column(C.PUBLIC, "How long a connection may take, in milliseconds.")
    read_timeout_ms: int = column(C.PUBLIC, "How long a read may take, in milliseconds.")
    total_timeout_ms: int = column(C.PUBLIC, "How long a whole call may take, in milliseconds.")
    version: int = column(C.PUBLIC, "Rises with each change.")
    created_at: DateTime = column(C.PUBLIC, "When it was registered.")
    updated_at: DateTime = column(C.PUBLIC, "When it was last changed.")


@entity(models.SystemConfig, name="SystemConfig", description="One configured value.")
class SystemConfig(Node):
    """One configured value."""

    id: strawberry.ID = global_id()
    key: str = column(C.PUBLIC, "Its key.")
    description: str = column(C.PUBLIC, "What it does.")
    version: int = column(C.PUBLIC, "Rises with each change.")
    updated_at: DateTime = column(C.PUBLIC, "When it was last changed.")


@strawberry.input(description="Which providers; all conditions must hold.")
class ProviderFilter:
    """Which providers; all conditions must hold."""

    capability: EnumLookup[Capability] | None = filter_on("By what they can do.")
    enabled: BooleanLookup | None = filter_on("By whether they are called.")
    code: TextLookup | None = filter_on("By short name.")
    and_: list["ProviderFilter"] | None = strawberry.field(
        name="and", default=strawberry.UNSET, description="All of these."
    )
    or_: list["ProviderFilter"] | None = strawberry.field(
        name="or", default=strawberry.UNSET, description="At least one of these."
    )
    not_: "ProviderFilter | None" = strawberry.field(
        name="not", default=strawberry.UNSET, description="Not this."
    )


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
    system_config: SystemConfig | None = lookup(
        "The configured value of a key.", arguments={"key": argument(str, "The key.")}
    )
    system_configs: Connection[SystemConfig] = listing("Configured values by key.", order="key")
