"""Finding securities and reading what is held."""

from decimal import Decimal
from uuid import UUID

from domains.portfolios.models import Holding, Security


def security_id_for_isin(isin: str) -> UUID | None:
    """Return the id of the security with a canonical ISIN, or None."""
    return Security.objects.filter(isin=isin).values_list("id", flat=True).first()


def quantity_held(holding_id: UUID) -> Decimal | None:
    """Return how many units a holding has, or None when there is no such holding."""
    return Holding.objects.filter(id=holding_id).values_list("quantity", flat=True).first()
