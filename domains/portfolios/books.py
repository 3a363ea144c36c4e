"""Whether holdings and the ledger of units tie out."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from domains.portfolios.causes import EntryCause
from domains.portfolios.models import Holding, UnitEntry


def breaks() -> Iterator[str]:
    """Tell each holding whose quantity is not the sum of its entries."""
    held = Holding.objects.annotate(entered=Coalesce(Sum("entries__units"), Decimal(0)))
    for holding in held.exclude(quantity=F("entered")).order_by("id").iterator():
        entered = holding.entered
        yield f"Holding {holding.id} has {holding.quantity} units, its entries make {entered}."


def settlements() -> Iterator[tuple[str, UUID, Decimal]]:
    """Return the entries that settled transactions made: reference, holding and units."""
    entries = UnitEntry.objects.filter(cause=EntryCause.SETTLEMENT)
    yield from entries.order_by("source_reference").values_list("source_reference", "holding_id", "units")
