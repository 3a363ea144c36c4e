"""Types over the models, as in strawberry-django's guide: lists, and a connection where a page is asked for.

Newest first, as ours, by `get_queryset`; the optimizer turns what is selected into prefetches and `only()`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
import strawberry_django
from django.db.models import DecimalField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Round
from strawberry_django.optimizer import DjangoOptimizerExtension
from strawberry_django.relay import DjangoListConnection

from domains.customers import models as customers
from domains.demat import models as demat
from domains.kyc import models as kyc
from domains.portfolios import models as portfolios
from domains.transactions import models as transactions


@strawberry_django.type(kyc.KYCProfile)
class KYCProfile:
    """A profile; identity numbers as their masked columns."""

    pan: str | None = strawberry_django.field(field_name="pan_masked")
    status: str
    risk_category: str
    address: str | None = strawberry_django.field(field_name="address_masked")


@strawberry_django.type(demat.DematAccount)
class DematAccount:
    """A demat account."""

    bo_id: str
    depository: str
    status: str


@strawberry_django.type(portfolios.Holding)
class Holding:
    """A holding, with what stands in its security."""

    isin: str = strawberry_django.field(field_name="security__isin")
    symbol: str = strawberry_django.field(field_name="security__symbol")
    quantity: Decimal
    average_cost: Decimal | None
    last_price: Decimal | None = strawberry_django.field(field_name="security__last_price")

    @strawberry_django.field(
        annotate={
            "_market_value": Round(
                ExpressionWrapper(
                    F("quantity") * F("security__last_price"),
                    output_field=DecimalField(max_digits=40, decimal_places=10),
                ),
                2,
            )
        }
    )
    def market_value(self, root: portfolios.Holding) -> Decimal | None:
        """Return units times last price."""
        value: Decimal | None = root._market_value  # type: ignore[attr-defined]
        return value


@strawberry_django.type(portfolios.Portfolio)
class Portfolio:
    """A portfolio."""

    name: str
    holdings: list[Holding]


@strawberry.type
class Money:
    """An amount with its currency."""

    value: Decimal
    currency: str


@strawberry_django.type(transactions.Transaction)
class Transaction(strawberry.relay.Node):
    """A transaction."""

    reference: str
    kind: str
    status: str
    created_at: datetime

    @strawberry_django.field(only=["amount", "currency"])
    def amount(self, root: transactions.Transaction) -> Money:
        """Return the amount."""
        return Money(value=root.amount, currency=root.currency)

    @classmethod
    def get_queryset(
        cls, queryset: QuerySet[transactions.Transaction], *_: Any, **__: Any
    ) -> QuerySet[transactions.Transaction]:
        """Return the rows newest first."""
        return queryset.order_by("-created_at", "-id")


@strawberry_django.type(customers.Customer)
class Customer:
    """A customer."""

    full_name: str
    mobile: str | None
    status: str
    kyc_profile: KYCProfile | None
    demat_accounts: list[DematAccount]
    portfolios: list[Portfolio]
    transactions: DjangoListConnection[Transaction] = strawberry_django.connection()

    @classmethod
    def get_queryset(
        cls, queryset: QuerySet[customers.Customer], *_: Any, **__: Any
    ) -> QuerySet[customers.Customer]:
        """Return the rows newest first."""
        return queryset.order_by("-created_at", "-id")


@strawberry.type
class Query:
    """The two ways in."""

    customers: list[Customer] = strawberry_django.field(pagination=True)

    @strawberry_django.field
    def customer(self, mobile: str) -> Customer | None:
        """Return the customer of a mobile number; the optimizer takes it from the queryset."""
        return customers.Customer.objects.filter(mobile=mobile)  # type: ignore[return-value]


schema = strawberry.Schema(Query, extensions=[DjangoOptimizerExtension])
