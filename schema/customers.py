"""Customers: the type, its filters and orders, and the ways in."""

from enum import Enum
from typing import Annotated

import strawberry

from domains.customers import models
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import (
    argument,
    batch,
    column,
    entity,
    global_id,
    listing,
    lookup,
    sealed,
    to_many,
    to_one,
)
from gateway.filters import DateTimeLookup, EnumLookup, SortDirection, TextLookup, filter_input, filter_on
from gateway.scalars import Date, DateTime
from schema.access_history import AccessRecord, access_history
from schema.demat import DematAccount, DematAccountFilter, DematAccountOrder
from schema.kyc.permissions import CustomerAction, KYCPermission, computed_permissions
from schema.kyc.profiles import KYCProfile
from schema.masks import masked_mobile, masked_name
from schema.node import Node
from schema.portfolios import Portfolio, PortfolioFilter, PortfolioOrder
from schema.scalars import MobileNumber
from schema.transactions import Transaction, TransactionFilter, TransactionOrder

CustomerStatus = models.CustomerStatus
strawberry.enum(CustomerStatus, name="CustomerStatus", description="Where a customer stands.")


@entity(models.Customer, name="Customer", description="A person, found by their mobile number.", subject="id")
class Customer(Node):
    """A person, found by their mobile number."""

    id: strawberry.ID = global_id()
    full_name: str | None = column(C.PERSONAL, "The name as in the identity documents.", mask=masked_name)
    mobile: MobileNumber | None = column(
        C.CONTACT, "The current mobile number; none after closing.", mask=masked_mobile
    )
    email: str | None = sealed(C.CONTACT, "The e-mail address.")
    status: CustomerStatus = column(C.PUBLIC, "Where the customer stands.")
    version: int = column(C.PUBLIC, "Rises with each change; pass it back when changing the customer.")
    created_at: DateTime = column(C.PUBLIC, "When the customer was created here.")
    updated_at: DateTime = column(C.PUBLIC, "When the customer was last changed.")
    closed_at: DateTime | None = column(C.PUBLIC, "When the customer was closed.")
    kyc_profile: KYCProfile | None = to_one(C.PUBLIC, "What is known and verified of the customer.")
    can_do: KYCPermission | None = batch(
        C.PERSONAL,
        "Whether KYC lets the customer do something on a date, by which rule.",
        columns=("pk",),
        arguments={
            "action": argument(CustomerAction, "What."),
            "as_of": argument(Date | None, "On which date in India; today if left out."),
        },
        compute=computed_permissions,
        cost=5,
    )
    demat_accounts: Connection[DematAccount] = to_many(
        C.PUBLIC,
        "Demat accounts that the customer holds, alone or jointly.",
        order="created_at",
        filter=DematAccountFilter,
        order_by=DematAccountOrder,
    )
    portfolios: Connection[Portfolio] = to_many(
        C.PUBLIC,
        "The customer's portfolios.",
        order="created_at",
        filter=PortfolioFilter,
        order_by=PortfolioOrder,
    )
    transactions: Connection[Transaction] = to_many(
        C.PUBLIC,
        "The customer's transactions, newest first.",
        order="-created_at",
        filter=TransactionFilter,
        order_by=TransactionOrder,
    )
    access_history: list[AccessRecord] | None = batch(
        C.PERSONAL,
        "Who saw or changed what of the customer, when and why; newest first.",
        columns=("pk",),
        compute=access_history,
        arguments={
            "first": argument(int | None, "How many at most; the default is 20, the limit 100."),
            "before": argument(DateTime | None, "Those before this time: the last one's, to go on."),
        },
        cost=50,
    )
    mobile_tenures: Connection[Annotated["MobileTenure", strawberry.lazy("schema.customers")]] = to_many(
        C.PUBLIC, "The mobile numbers that the customer held, and holds.", order="-since"
    )


@entity(
    models.MobileTenure,
    name="MobileTenure",
    description="A period in which one customer held one number.",
    subject="customer_id",
)
class MobileTenure(Node):
    """A period in which one customer held one number."""

    id: strawberry.ID = global_id()
    mobile: MobileNumber | None = column(C.CONTACT, "The number.", mask=masked_mobile)
    since: DateTime = column(C.PUBLIC, "When it began.")
    until: DateTime | None = column(C.PUBLIC, "When it ended; null while it lasts.")
    customer: Customer | None = to_one(C.PUBLIC, "Who held it.")


@filter_input(description="Which customers; all conditions must hold.")
class CustomerFilter:
    """Which customers; all conditions must hold."""

    status: EnumLookup[CustomerStatus] | None = filter_on("By where they stand.")
    full_name: TextLookup | None = filter_on("By name.")
    created_at: DateTimeLookup | None = filter_on("By when they were created.")


@strawberry.enum(description="What customers can be ordered by.")
class CustomerOrderField(Enum):
    """What customers can be ordered by: the column."""

    CREATED_AT = "created_at"
    FULL_NAME = "full_name"


@strawberry.input(description="The order of customers.")
class CustomerOrder:
    """The order of customers."""

    field: CustomerOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.type
class CustomerQueries:
    """Ways in to customers."""

    customer: Customer | None = lookup(
        "The customer who holds a mobile number now.",
        arguments={"mobile": argument(MobileNumber, "The number.")},
        cost=100,  # trying numbers is dear
    )
    customers: Connection[Customer] = listing(
        "Customers, newest first.", order="-created_at", filter=CustomerFilter, order_by=CustomerOrder
    )
