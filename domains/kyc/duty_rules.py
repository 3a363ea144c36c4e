"""What the law asks, as dated data: when a profile is due, who is told, and what its customer may do meanwhile.

Sources. Every two years for high, eight for medium, ten for low risk: RBI's circular of 23 July 2013, taken
over by the Master Direction - Know Your Customer (KYC) Direction, 2016 (25 February 2016), section 38, and told
so by RBI's FAQs on it. The amendment DOR.AML.REC.30/14.01.001/2025-26 of 12 June 2025: low risk customers may
do everything while they are brought up to date within a year of its falling due, or until 30 June 2026 if that
is later; at least three advance intimations and, after the due date, three reminders, one of each by letter, by
1 January 2026 at the latest. On 28 November 2025 Directions for each kind of bank took the Master Direction's
place (Commercial Banks - Know Your Customer, Directions, 2025) and kept all of this. What an overdue or held
customer may still do (be paid, take out what is theirs) follows the Direction's partial freezing: credits are
let in, debits are not. The days of the notices are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from django.db import models

from domains.kyc.models import RiskCategory
from domains.kyc.models.notice import NoticeChannel


class CustomerAction(models.TextChoices):
    """What a customer may want to do."""

    PAY = "PAY"
    RECEIVE = "RECEIVE"
    INVEST = "INVEST"
    REDEEM = "REDEEM"
    OPEN_ACCOUNT = "OPEN_ACCOUNT"


class Standing(Enum):
    """How a customer stands on a day, as far as KYC is concerned."""

    NONE = "There is no KYC profile."
    UNVERIFIED = "The KYC profile is not verified."
    REJECTED = "The KYC profile was rejected."
    HELD = "The KYC profile is on hold."
    CURRENT = "The KYC profile is verified."
    LENIENT = "The KYC profile is overdue, within the time that the rule grants."
    OVERDUE = "The KYC profile is overdue."


@dataclass(frozen=True, slots=True)
class Lenience:
    """How long after the due date everything is still allowed: years, and in any case until a date."""

    years: int
    at_least_until: date


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: so many days after the due date (before it, if negative), by a channel."""

    days: int
    channel: NoticeChannel


@dataclass(frozen=True, slots=True)
class DutyRule:
    """What holds from a day on, until the next rule."""

    code: str
    since: date
    years: Mapping[RiskCategory, int]
    allowed: Mapping[Standing, frozenset[CustomerAction]]
    lenience: Mapping[RiskCategory, Lenience]
    notices: tuple[Notice, ...]


_EVERYTHING = frozenset(CustomerAction)
_NOTHING: frozenset[CustomerAction] = frozenset()
_CIRCULAR = DutyRule(
    code="RBI-KYC-2013",
    since=date(2013, 7, 23),
    years={RiskCategory.HIGH: 2, RiskCategory.MEDIUM: 8, RiskCategory.LOW: 10},
    allowed={
        Standing.NONE: _NOTHING,
        Standing.UNVERIFIED: _NOTHING,
        Standing.REJECTED: _NOTHING,
        Standing.HELD: frozenset({CustomerAction.RECEIVE}),
        Standing.CURRENT: _EVERYTHING,
        Standing.LENIENT: _EVERYTHING,
        Standing.OVERDUE: frozenset({CustomerAction.RECEIVE, CustomerAction.REDEEM}),
    },
    lenience={},
    notices=(Notice(-30, NoticeChannel.LETTER),),
)
_DIRECTION = replace(_CIRCULAR, code="RBI-KYC-2016-38", since=date(2016, 2, 25))
_LENIENT = replace(
    _DIRECTION,
    code="RBI-KYC-2025-38",
    since=date(2025, 6, 12),
    lenience={RiskCategory.LOW: Lenience(1, date(2026, 6, 30))},
)
_BY_SECTOR = replace(_LENIENT, code="RBI-KYC-BANKS-2025", since=date(2025, 11, 28))
_TOLD = replace(
    _BY_SECTOR,
    code="RBI-KYC-BANKS-2025-NOTICES",
    since=date(2026, 1, 1),
    notices=(
        Notice(-90, NoticeChannel.LETTER),
        Notice(-60, NoticeChannel.EMAIL),
        Notice(-30, NoticeChannel.SMS),
        Notice(30, NoticeChannel.LETTER),
        Notice(60, NoticeChannel.EMAIL),
        Notice(90, NoticeChannel.SMS),
    ),
)
RULES: tuple[DutyRule, ...] = (_CIRCULAR, _DIRECTION, _LENIENT, _BY_SECTOR, _TOLD)


def rule_on(day: date) -> DutyRule:
    """Return the rule that holds on a day; the first one also for days before it."""
    begun = [rule for rule in RULES if rule.since <= day]
    return begun[-1] if begun else RULES[0]
