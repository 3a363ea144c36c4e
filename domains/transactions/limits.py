"""How much may be sent: by channel, for one transaction and for a customer's day in India.

The defaults are data below; operations set others under the key `transactions.limits` of the configuration, as
`{"UPI": {"least": "1", "most": "100000", "day": "100000"}}`. For what is left out there, or is no number, the
defaults hold.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.db.models import CharField, DateTimeField, Sum, UUIDField

from domains.kernel.days import INDIA, today
from domains.kernel.failures import Refused
from domains.kernel.prepared import Answer, Asked, Question, Slot
from domains.providers.queries import configured_asked
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
_SENT = Question(
    lambda: (
        Transaction.objects.filter(
            customer_id=Slot("customer_id", UUIDField()),
            channel=Slot("channel", CharField()),
            currency=Slot("currency", CharField()),
            source="",
            reverses=None,
            created_at__gte=Slot("begun", DateTimeField()),
        )
        .exclude(status__in=COUNTED_NOT)
        .values("customer_id")
        .annotate(sum=Sum("amount"))
        .values_list("sum")
    )
)


class LimitExceeded(Refused):
    """More than may be sent at once or in a day, or less than this way takes."""

    code = "LIMIT_EXCEEDED"


def limits_asked(*, customer_id: UUID, channel: str, currency: str) -> list[Asked]:
    """Return what must be known for `require_within_limits`: lock the customer before it is asked."""
    begun = datetime.combine(today(), time.min, INDIA)
    return [
        configured_asked(KEY),
        _SENT.about(customer_id=customer_id, channel=channel, currency=currency, begun=begun),
    ]


def require_within_limits(answers: Sequence[Answer], *, channel: str, amount: Decimal, currency: str) -> None:
    """Raise LimitExceeded unless an amount may be sent now, by what `limits_asked` found."""
    set_here, sent_today = answers
    limits = _limits(channel, set_here and set_here[0])
    least, most, day = (limits.get(name) for name in ("least", "most", "day"))
    if least is not None and amount < least:
        raise LimitExceeded(f"{channel} takes {least} {currency} or more.", path=("amount",))
    if most is not None and amount > most:
        raise LimitExceeded(f"{channel} takes at most {most} {currency} at once.", path=("amount",))
    if day is not None:
        left = day - (sent_today[0] if sent_today else Decimal(0))
        if amount > left:
            raise LimitExceeded(
                f"By {channel} {max(left, Decimal(0))} {currency} are left for today, of {day}.",
                path=("amount",),
            )


def _limits(channel: str, set_here: object) -> dict[str, Decimal]:
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
