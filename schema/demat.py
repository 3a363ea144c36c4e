"""Demat accounts and their holders."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domains.demat import models
from domains.kernel.identifiers.boid import Depository as Depositories
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import argument, column, entity, global_id, listing, lookup, to_many, to_one
from gateway.filters import DateTimeLookup, EnumLookup, SortDirection, filter_input, filter_on
from gateway.scalars import Date, DateTime
from schema.masks import masked_account
from schema.node import Node

if TYPE_CHECKING:
    from schema.customers import Customer
    from schema.portfolios import Portfolio
    from schema.transactions import Transaction

Depository = Depositories
strawberry.enum(Depository, name="Depository", description="Who keeps the account: CDSL or NSDL.")
DematStatus = models.DematStatus
strawberry.enum(DematStatus, name="DematStatus", description="Whether an account can be dealt in.")


@entity(
    models.DematAccount,
    name="DematAccount",
    description="An account with a depository, held by one to three customers.",
    subject="holders__customer_id",
    subjects="holder_ids",
)
class DematAccount(Node):
    """An account with a depository, held by one to three customers."""

    id: strawberry.ID = global_id()
    bo_id: str | None = column(
        C.FINANCIAL,
        "The beneficial owner's id: 16 digits (CDSL) or IN and 14 digits (NSDL).",
        mask=masked_account,
    )
    depository: Depository = column(C.PUBLIC, "Who keeps the account.")
    participant_name: str = column(C.PUBLIC, "The depository participant.")
    status: DematStatus = column(C.PUBLIC, "Whether it can be dealt in.")
    opened_on: Date | None = column(C.PUBLIC, "When it was opened.")
    created_at: DateTime = column(C.PUBLIC, "When it was recorded here.")
    holders: Connection[Annotated["DematHolder", strawberry.lazy("schema.demat")]] = to_many(
        C.PUBLIC, "Who holds it, first holder first.", order="rank"
    )
    portfolios: Connection[Annotated["Portfolio", strawberry.lazy("schema.portfolios")]] = to_many(
        C.PUBLIC, "Portfolios kept in it.", order="created_at"
    )
    transactions: Connection[Annotated["Transaction", strawberry.lazy("schema.transactions")]] = to_many(
        C.PUBLIC, "Transactions on it, newest first.", order="-created_at"
    )


@entity(
    models.DematHolder,
    name="DematHolder",
    description="One customer's part in one account.",
    subject="customer_id",
)
class DematHolder(Node):
    """One customer's part in one account."""

    id: strawberry.ID = global_id()
    rank: int = column(C.PUBLIC, "1 for the first holder.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = to_one(
        C.PUBLIC, "The holder."
    )
    account: DematAccount | None = to_one(C.PUBLIC, "The account.")


@filter_input(description="Which demat accounts; all conditions must hold.")
class DematAccountFilter:
    """Which demat accounts; all conditions must hold."""

    status: EnumLookup[DematStatus] | None = filter_on("By whether they can be dealt in.")
    depository: EnumLookup[Depository] | None = filter_on("By who keeps them.")
    created_at: DateTimeLookup | None = filter_on("By when they were recorded here.")


@strawberry.enum(description="What demat accounts can be ordered by.")
class DematAccountOrderField(Enum):
    """What demat accounts can be ordered by: the column."""

    CREATED_AT = "created_at"


@strawberry.input(description="The order of demat accounts.")
class DematAccountOrder:
    """The order of demat accounts."""

    field: DematAccountOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.type
class DematQueries:
    """Ways in to demat accounts."""

    demat_account: DematAccount | None = lookup(
        "The account of a BO ID.", arguments={"bo_id": argument(str, "The BO ID.")}
    )
    demat_accounts: Connection[DematAccount] = listing(
        "Demat accounts, newest first.",
        order="-created_at",
        filter=DematAccountFilter,
        order_by=DematAccountOrder,
    )
