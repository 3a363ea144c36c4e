"""Finding securities and reading what is held."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from domains.portfolios.models import Holding, Portfolio, Security, UnitEntry


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


def last_moved_on(holding_id: UUID) -> date | None:
    """Return the latest day on which units of a holding moved, or None when none ever did."""
    moved = UnitEntry.objects.filter(holding_id=holding_id).order_by("-effective_on")
    return moved.values_list("effective_on", flat=True).first()
