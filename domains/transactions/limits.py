"""How much may be sent: by channel, for one transaction and for a customer's day in India.

The defaults are data below; operations set others under the key `transactions.limits` of the configuration, as
`{"UPI": {"least": "1", "most": "100000", "day": "100000"}}`. For what is left out there, or is no number, the
defaults hold.
"""

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.db.models import Sum

from domains.kernel.failures import Refused
from domains.kyc.days import INDIA, today
from domains.providers.queries import configured
from domains.transactions.models import Transaction, TransactionStatus

KEY = "transactions.limits"
# NPCI caps UPI at 1 lakh and IMPS at 5 lakh; RTGS begins at 2 lakh (RBI). The others are the house's own.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "UPI": {"most": "100000", "day": "100000"},
    "IMPS": {"most": "500000", "day": "1000000"},
    "NEFT": {"most": "5000000", "day": "10000000"},
    "RTGS": {"least": "200000", "most": "100000000", "day": "500000000"},
    "EXCHANGE": {"most": "50000000", "day": "100000000"},
    "DEPOSITORY": {"most": "50000000", "day": "100000000"},
}
COUNTED_NOT = (TransactionStatus.REJECTED, TransactionStatus.CANCELLED)


class LimitExceeded(Refused):
    """More than may be sent at once or in a day, or less than this way takes."""

    code = "LIMIT_EXCEEDED"


def require_within_limits(*, customer_id: UUID, channel: str, amount: Decimal, currency: str) -> None:
    """Raise LimitExceeded unless an amount may be sent now; lock the customer before, so that not two pass."""
    limits = _limits(channel)
    least, most, day = (limits.get(name) for name in ("least", "most", "day"))
    if least is not None and amount < least:
        raise LimitExceeded(f"{channel} takes {least} {currency} or more.", path=("amount",))
    if most is not None and amount > most:
        raise LimitExceeded(f"{channel} takes at most {most} {currency} at once.", path=("amount",))
    if day is not None:
        left = day - _sent_today(customer_id, channel, currency)
        if amount > left:
            raise LimitExceeded(
                f"By {channel} {max(left, Decimal(0))} {currency} are left for today, of {day}.",
                path=("amount",),
            )


def _sent_today(customer_id: UUID, channel: str, currency: str) -> Decimal:
    begun = datetime.combine(today(), time.min, INDIA)
    sent = Transaction.objects.filter(
        customer_id=customer_id,
        channel=channel,
        currency=currency,
        source="",
        reverses=None,
        created_at__gte=begun,
    ).exclude(status__in=COUNTED_NOT)
    found: Decimal | None = sent.aggregate(sum=Sum("amount"))["sum"]
    return found or Decimal(0)


def _limits(channel: str) -> dict[str, Decimal]:
    set_here = configured(KEY)
    given = set_here.get(channel) if isinstance(set_here, dict) else None
    limits = {name: Decimal(value) for name, value in DEFAULTS.get(channel, {}).items()}
    for name, value in given.items() if isinstance(given, dict) else ():
        if (limit := _finite(value)) is not None:
            limits[name] = limit
    return limits


def _finite(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
