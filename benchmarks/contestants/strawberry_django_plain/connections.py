"""Types over the models, as in strawberry-django's guide to Relay: nodes, and a connection at each relation.

Newest first, as ours, by `get_queryset`; the optimizer turns what is selected into prefetches and `only()`.
"""

from decimal import Decimal
from typing import Any

import strawberry
import strawberry_django
from django.db.models import DecimalField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Round
from strawberry_django.optimizer import DjangoOptimizerExtension
from strawberry_django.relay import DjangoListConnection

from benchmarks.contestants.strawberry_django_plain.lists import KYCProfile, Transaction
from domains.customers import models as customers
from domains.demat import models as demat
from domains.portfolios import models as portfolios


@strawberry_django.type(demat.DematAccount)
class DematAccount(strawberry.relay.Node):
    """A demat account."""

    bo_id: str
    depository: str
    status: str


@strawberry_django.type(portfolios.Holding)
class Holding(strawberry.relay.Node):
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
class Portfolio(strawberry.relay.Node):
    """A portfolio."""

    name: str
    holdings: DjangoListConnection[Holding] = strawberry_django.connection()


@strawberry_django.type(customers.Customer)
class Customer(strawberry.relay.Node):
    """A customer."""

    full_name: str
    mobile: str | None
    status: str
    kyc_profile: KYCProfile | None
    demat_accounts: DjangoListConnection[DematAccount] = strawberry_django.connection()
    portfolios: DjangoListConnection[Portfolio] = strawberry_django.connection()
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

    customers: DjangoListConnection[Customer] = strawberry_django.connection()

    @strawberry_django.field
    def customer(self, mobile: str) -> Customer | None:
        """Return the customer of a mobile number; the optimizer takes it from the queryset."""
        return customers.Customer.objects.filter(mobile=mobile)  # type: ignore[return-value]


schema = strawberry.Schema(Query, extensions=[DjangoOptimizerExtension])
