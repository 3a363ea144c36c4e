"""Finding securities and reading what is held."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from domains.portfolios.failures import PortfolioNotFound
from domains.portfolios.models import Holding, Portfolio, Security, UnitEntry


@dataclass(frozen=True, slots=True)
class Dealt:
    """A security as those who deal in it need it."""

    id: UUID
    isin: str
    kind: str
    currency: str
    last_price: Decimal | None


def dealt_security(isin: str) -> Dealt | None:
    """Return the security with a canonical ISIN, or None."""
    found = Security.objects.filter(isin=isin).values_list("id", "isin", "kind", "currency", "last_price")
    row = found.first()
    return None if row is None else Dealt(*row)


def isin_of(security_id: UUID) -> str:
    """Return the ISIN of a security that is there."""
    return Security.objects.values_list("isin", flat=True).get(id=security_id)


def portfolio_of(*, customer_id: UUID, portfolio_id: UUID) -> UUID | None:
    """Return the id of the demat account of a customer's own portfolio, if it has one; raise PortfolioNotFound."""
    known = Portfolio.objects.filter(id=portfolio_id, customer_id=customer_id).values_list("demat_account_id")
    row = known.first()
    if row is None:
        raise PortfolioNotFound
    return row[0]


def folio_of(holding_id: UUID) -> str:
    """Return the folio of a holding that is there; '' when it has none."""
    return Holding.objects.values_list("folio", flat=True).get(id=holding_id)


def security_id_for_isin(isin: str) -> UUID | None:
    """Return the id of the security with a canonical ISIN, or None."""
    return Security.objects.filter(isin=isin).values_list("id", flat=True).first()


def quantity_held(holding_id: UUID) -> Decimal | None:
    """Return how many units a holding has, or None when there is no such holding."""
    return Holding.objects.filter(id=holding_id).values_list("quantity", flat=True).first()


def portfolio_named(*, customer_id: UUID, name: str) -> tuple[UUID, UUID | None] | None:
    """Return the ids of the customer's portfolio of this name and of its demat account, or None."""
    known = Portfolio.objects.filter(customer_id=customer_id, name=name)
    return known.values_list("id", "demat_account_id").first()


def entry_told(*, holding_id: UUID, cause: str, source_reference: str) -> bool:
    """Tell whether the ledger has a movement of this cause and reference in a holding."""
    told = UnitEntry.objects.filter(holding_id=holding_id, cause=cause, source_reference=source_reference)
    return told.exists()


def units_told(*, customer_id: UUID, source: str) -> bool:
    """Tell whether the ledger has any movement in a customer's holdings that this source told."""
    entries = UnitEntry.objects.filter(
        holding__portfolio__customer_id=customer_id, source_reference__startswith=f"{source} "
    )
    return entries.exists()


def last_moved_on(holding_id: UUID) -> date | None:
    """Return the latest day on which units of a holding moved, or None when none ever did."""
    moved = UnitEntry.objects.filter(holding_id=holding_id).order_by("-effective_on")
    return moved.values_list("effective_on", flat=True).first()
