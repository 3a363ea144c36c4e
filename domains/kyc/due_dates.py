"""When a verified profile is next due: dated rules, by risk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domains.kyc.models import RiskCategory


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """From `since` on: within how many years a profile must be brought up to date, by risk."""

    code: str
    since: date
    years: Mapping[RiskCategory, int]


# RBI, Master Direction - Know Your Customer (KYC) Direction, 2016 (25 February 2016), section 38, on periodic
# updation: at least every two years for high, eight for medium and ten for low risk, counted from the date of
# opening or of the last updation. The latest rule that had begun by a day holds on that day.
REVIEW_RULES: tuple[ReviewRule, ...] = (
    ReviewRule(
        "RBI-KYC-2016-38",
        date(2016, 2, 25),
        {RiskCategory.HIGH: 2, RiskCategory.MEDIUM: 8, RiskCategory.LOW: 10},
    ),
)


def review_rule_on(day: date) -> ReviewRule:
    """Return the rule that holds on a day; the first one also for days before it."""
    begun = [rule for rule in REVIEW_RULES if rule.since <= day]
    return begun[-1] if begun else REVIEW_RULES[0]


def due_after(verified_on: date, risk: RiskCategory) -> date:
    """Return the date by which a profile that was verified on a day must be brought up to date."""
    years = review_rule_on(verified_on).years[risk]
    try:
        return verified_on.replace(year=verified_on.year + years)
    except ValueError:  # the 29th of February
        return verified_on.replace(year=verified_on.year + years, day=28)
