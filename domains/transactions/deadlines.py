"""By when a transaction must have ended, and what a customer is owed after that: dated rules, as data.

RBI, Harmonisation of Turn Around Time (TAT) and customer compensation for failed transactions using authorised
payment systems (DPSS.CO.PD No.629/02.01.014/2019-20, 20 September 2019): where the account was debited and the
beneficiary not credited, auto-reversal by the beneficiary bank by T+1 for IMPS and for UPI transfers of funds,
by T+5 for UPI payments to merchants; 100 rupees a day after that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from domains.kernel.days import business_day

COMPENSATION_PER_DAY = Decimal("100.00")
COMPENSATION_CURRENCY = "INR"


@dataclass(frozen=True, slots=True)
class EndRule:
    """Within how many days after the day of the transaction it must have ended."""

    code: str
    days: int


END_RULES: Mapping[tuple[str, bool], EndRule] = {  # channel, to a merchant
    ("UPI", False): EndRule("RBI-TAT-2019-UPI-P2P", 1),
    ("UPI", True): EndRule("RBI-TAT-2019-UPI-P2M", 5),
    ("IMPS", False): EndRule("RBI-TAT-2019-IMPS", 1),
    ("IMPS", True): EndRule("RBI-TAT-2019-IMPS", 1),
}


def must_end_by(*, channel: str, to_merchant: bool, begun_at: datetime) -> date | None:
    """Return the last day on which a transaction may still be open; None where no rule says so."""
    rule = END_RULES.get((channel, to_merchant))
    return None if rule is None else business_day(begun_at) + timedelta(days=rule.days)


def compensation(*, must_end_by: date | None, ended_at: datetime | None, moment: datetime) -> Decimal:
    """Return what is owed at a moment: so much for each day after the last one on which it was still open."""
    if must_end_by is None:
        return Decimal("0.00")
    days = (business_day(ended_at or moment) - must_end_by).days
    return max(0, days) * COMPENSATION_PER_DAY
