"""Securities, portfolios, holdings, and the append-only ledger that alone moves a holding's units."""

from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.models import GREATEST_AMOUNT, Record, at_least, one_of, plain
from domains.kernel.money import Currency
from domains.portfolios.causes import EntryCause


class SecurityKind(models.TextChoices):
    """What kind of thing is held."""

    EQUITY = "EQUITY"
    ETF = "ETF"
    MUTUAL_FUND = "MUTUAL_FUND"
    BOND = "BOND"
    GOLD = "GOLD"


class PortfolioKind(models.TextChoices):
    """What a portfolio gathers."""

    EQUITY = "EQUITY"
    MUTUAL_FUND = "MUTUAL_FUND"
    MIXED = "MIXED"


class Security(Record):
    """Something that is traded, known by its ISIN (ISO 6166); public reference data."""

    isin = models.CharField(max_length=12)
    symbol = models.CharField(max_length=40, default="", blank=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=SecurityKind)
    last_price = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, choices=Currency, default=Currency.INR)
    priced_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "securities"
        constraints = [
            models.UniqueConstraint(fields=["isin"], name="security_isin_once"),
            plain("security_isin_plain", "isin"),
            plain("security_symbol_plain", "symbol"),
            models.CheckConstraint(
                name="security_isin_form", condition=Q(isin__regex="^[A-Z]{2}[A-Z0-9]{9}[0-9]$")
            ),
            one_of("security_kind_known", "kind", SecurityKind.values),
            one_of("security_currency_known", "currency", Currency.values),
            at_least("security_price_not_negative", "last_price", 0),
        ]


class Portfolio(Record):
    """What a customer holds together under one name."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="portfolios", db_index=False
    )
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=PortfolioKind)
    demat_account = models.ForeignKey(
        "demat.DematAccount", on_delete=models.PROTECT, null=True, related_name="portfolios"
    )
    currency = models.CharField(max_length=3, choices=Currency, default=Currency.INR)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "name"], name="portfolio_name_once"),
            one_of("portfolio_kind_known", "kind", PortfolioKind.values),
            one_of("portfolio_currency_known", "currency", Currency.values),
        ]


class Holding(Record):
    """How much of one security lies in a portfolio (for funds: in one folio of it).

    `quantity` starts at zero and is moved by entries of the ledger only; the database refuses anything else.
    """

    portfolio = models.ForeignKey(
        Portfolio, on_delete=models.PROTECT, related_name="holdings", db_index=False
    )
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="holdings")
    folio = models.CharField(max_length=40, default="", blank=True)
    quantity = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    average_cost = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, choices=Currency, default=Currency.INR)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "security", "folio"], name="holding_once"),
            one_of("holding_currency_known", "currency", Currency.values),
            at_least("holding_not_negative", "quantity", 0),
            at_least("holding_cost_not_negative", "average_cost", 0),
        ]


class UnitEntry(Record):
    """One movement of units, in (positive) or out (negative); told once by cause and source's reference."""

    holding = models.ForeignKey(Holding, on_delete=models.PROTECT, related_name="entries", db_index=False)
    units = models.DecimalField(max_digits=20, decimal_places=6)
    cause = models.CharField(max_length=20, choices=EntryCause)
    source_reference = models.CharField(max_length=200)
    price = models.DecimalField(
        max_digits=20, decimal_places=4, null=True, help_text="per unit, in the holding's currency"
    )
    effective_on = models.DateField()
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "unit entries"
        constraints = [
            models.UniqueConstraint(fields=["holding", "cause", "source_reference"], name="entry_once"),
            one_of("entry_cause_known", "cause", EntryCause.values),
            models.CheckConstraint(
                name="entry_moves_units", condition=~Q(units=0) & Q(units__lt=GREATEST_AMOUNT)
            ),
            at_least("entry_price_not_negative", "price", 0),
        ]
