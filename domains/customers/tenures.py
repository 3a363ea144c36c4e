"""Passing a mobile number on: who holds it now, and who held it when."""

from datetime import datetime
from uuid import UUID

from django.db.models import Max

from domains.customers.models import MobileTenure


def begin_tenure(*, customer_id: UUID, mobile: str, moment: datetime) -> None:
    """Let the customer hold the number from `moment`, or from the end of its last tenure if that is later.

    The clocks of two gateways differ a little; a number handed over between them must not overlap itself.
    """
    last = MobileTenure.objects.filter(mobile=mobile).aggregate(until=Max("until"))["until"]
    since = max(moment, last) if last else moment
    MobileTenure.objects.create(customer_id=customer_id, mobile=mobile, since=since)


def end_tenure(*, customer_id: UUID, moment: datetime) -> None:
    """End the customer's current tenure, if there is one."""
    current = MobileTenure.objects.filter(customer_id=customer_id, until__isnull=True).first()
    if current is not None:
        current.until = max(moment, current.since)
        current.save(update_fields=["until"])
