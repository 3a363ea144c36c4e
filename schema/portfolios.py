"""Portfolios, holdings, the ledger of their units, and the securities held."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from django.db.models import DecimalField, ExpressionWrapper, F
from django.db.models.expressions import Combinable
from django.db.models.functions import Round

from domains.portfolios import models
from domains.portfolios.causes import EntryCause
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
    DateTimeLookup,
    DecimalLookup,
    EnumLookup,
    SortDirection,
    TextLookup,
    filter_input,
    filter_on,
)
from gateway.scalars import Date, DateTime, ExactDecimal
from schema.demat import DematAccount
from schema.money import Currency
from schema.node import Node

if TYPE_CHECKING:
    from schema.customers import Customer

SecurityKind = models.SecurityKind
strawberry.enum(SecurityKind, name="SecurityKind", description="What kind of thing is held.")
PortfolioKind = models.PortfolioKind
strawberry.enum(PortfolioKind, name="PortfolioKind", description="What a portfolio gathers.")
strawberry.enum(EntryCause, name="EntryCause", description="Why units moved.")


def market_value() -> Combinable:
    """Return units times last price, to two places; NULL without a price."""
    product = ExpressionWrapper(
        F("quantity") * F("security__last_price"), DecimalField(max_digits=40, decimal_places=10)
    )
    return Round(product, 2)


@entity(models.Security, name="Security", description="Something that is traded, known by its ISIN.")
class Security(Node):
    """Something that is traded, known by its ISIN."""

    id: strawberry.ID = global_id()
    isin: str = column(C.PUBLIC, "The international securities identification number, ISO 6166.")
    symbol: str = column(C.PUBLIC, "The symbol under which it is traded, if it has one.")
    name: str = column(C.PUBLIC, "Its name.")
    kind: SecurityKind = column(C.PUBLIC, "What kind of thing it is.")
    last_price: ExactDecimal | None = column(C.PUBLIC, "The last known price of one unit.")
    currency: Currency = column(C.PUBLIC, "The currency of the price.")
    priced_at: DateTime | None = column(C.PUBLIC, "When that price was made.")


@entity(
    models.Portfolio,
    name="Portfolio",
    description="What a customer holds together under one name.",
    subject="customer_id",
)
class Portfolio(Node):
    """What a customer holds together under one name."""

    id: strawberry.ID = global_id()
    name: str | None = column(C.PERSONAL, "The name that the customer gave it.")
    kind: PortfolioKind = column(C.PUBLIC, "What it gathers.")
    currency: Currency = column(C.PUBLIC, "The currency that it is valued in.")
    created_at: DateTime = column(C.PUBLIC, "When it was created here.")
    updated_at: DateTime = column(C.PUBLIC, "When it was last changed.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = to_one(
        C.PUBLIC, "Whose portfolio it is."
    )
    demat_account: DematAccount | None = to_one(C.PUBLIC, "The account that it is kept in.")
    holdings: Connection[Annotated["Holding", strawberry.lazy("schema.portfolios")]] = to_many(
        C.PUBLIC,
        "What is held.",
        order="created_at",
        filter=Annotated["HoldingFilter", strawberry.lazy("schema.portfolios")],
        order_by=Annotated["HoldingOrder", strawberry.lazy("schema.portfolios")],
    )


@entity(
    models.Holding,
    name="Holding",
    description="How much of one security lies in a portfolio.",
    subject="portfolio__customer_id",
)
class Holding(Node):
    """How much of one security lies in a portfolio."""

    id: strawberry.ID = global_id()
    isin: str | None = column(C.FINANCIAL, "The security's ISIN.", path="security__isin")
    symbol: str | None = column(C.FINANCIAL, "The security's symbol.", path="security__symbol")
    folio: str | None = column(C.FINANCIAL, "The folio at a fund house; empty for others.")
    quantity: ExactDecimal | None = column(C.FINANCIAL, "How many units are held.")
    average_cost: ExactDecimal | None = column(C.FINANCIAL, "What one unit cost on average.")
    last_price: ExactDecimal | None = column(
        C.FINANCIAL, "The last known price of one unit.", path="security__last_price"
    )
    market_value: ExactDecimal | None = computed(
        C.FINANCIAL, "Units times last price, to two places.", expression=market_value
    )
    currency: Currency = column(C.PUBLIC, "The currency of cost.")
    created_at: DateTime = column(C.PUBLIC, "When it was first held here.")
    updated_at: DateTime = column(C.PUBLIC, "When it last changed.")
    security: Security | None = to_one(C.FINANCIAL, "What is held.")
    portfolio: Portfolio | None = to_one(C.PUBLIC, "The portfolio that it lies in.")
    entries: Connection[Annotated["UnitEntry", strawberry.lazy("schema.portfolios")]] = to_many(
        C.PUBLIC, "The movements of its units, newest first.", order="-recorded_at"
    )


@entity(
    models.UnitEntry,
    name="UnitEntry",
    description="One movement of a holding's units.",
    subject="holding__portfolio__customer_id",
)
class UnitEntry(Node):
    """One movement of a holding's units."""

    id: strawberry.ID = global_id()
    units: ExactDecimal | None = column(C.FINANCIAL, "Units in (positive) or out (negative).")
    cause: EntryCause = column(C.PUBLIC, "Why they moved.")
    source_reference: str | None = column(C.FINANCIAL, "The reference at the source.")
    price: ExactDecimal | None = column(C.FINANCIAL, "The price of one unit.")
    effective_on: Date = column(C.PUBLIC, "When it took effect.")
    recorded_at: DateTime = column(C.PUBLIC, "When it was recorded here.")
    holding: Holding | None = to_one(C.PUBLIC, "What moved.")


@filter_input(description="Which securities; all conditions must hold.")
class SecurityFilter:
    """Which securities; all conditions must hold."""

    isin: TextLookup | None = filter_on("By ISIN.")
    symbol: TextLookup | None = filter_on("By symbol.")
    name: TextLookup | None = filter_on("By name.")
    kind: EnumLookup[SecurityKind] | None = filter_on("By kind.")


@strawberry.enum(description="What securities can be ordered by.")
class SecurityOrderField(Enum):
    """What securities can be ordered by: the column."""

    NAME = "name"
    ISIN = "isin"


@strawberry.input(description="The order of securities.")
class SecurityOrder:
    """The order of securities."""

    field: SecurityOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@filter_input(description="Which portfolios; all conditions must hold.")
class PortfolioFilter:
    """Which portfolios; all conditions must hold."""

    kind: EnumLookup[PortfolioKind] | None = filter_on("By kind.")
    name: TextLookup | None = filter_on("By name.")
    created_at: DateTimeLookup | None = filter_on("By when they were created here.")


@strawberry.enum(description="What portfolios can be ordered by.")
class PortfolioOrderField(Enum):
    """What portfolios can be ordered by: the column."""

    CREATED_AT = "created_at"
    NAME = "name"


@strawberry.input(description="The order of portfolios.")
class PortfolioOrder:
    """The order of portfolios."""

    field: PortfolioOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@filter_input(description="Which holdings; all conditions must hold.")
class HoldingFilter:
    """Which holdings; all conditions must hold."""

    isin: TextLookup | None = filter_on("By ISIN.", path="security__isin")
    quantity: DecimalLookup | None = filter_on("By units held.")
    security_kind: EnumLookup[SecurityKind] | None = filter_on(
        "By kind of security.", path="security__kind", coordinate="Holding.security"
    )


@strawberry.enum(description="What holdings can be ordered by.")
class HoldingOrderField(Enum):
    """What holdings can be ordered by: the column."""

    CREATED_AT = "created_at"
    QUANTITY = "quantity"


@strawberry.input(description="The order of holdings.")
class HoldingOrder:
    """The order of holdings."""

    field: HoldingOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.type
class PortfolioQueries:
    """Ways in to portfolios, holdings and securities."""

    security: Security | None = lookup(
        "The security of an ISIN.", arguments={"isin": argument(str, "The ISIN.")}
    )
    securities: Connection[Security] = listing(
        "Securities by name.", order="name", filter=SecurityFilter, order_by=SecurityOrder
    )
    portfolios: Connection[Portfolio] = listing(
        "Portfolios, newest first.", order="-created_at", filter=PortfolioFilter, order_by=PortfolioOrder
    )
    holdings: Connection[Holding] = listing(
        "Holdings, newest first.", order="-created_at", filter=HoldingFilter, order_by=HoldingOrder
    )
