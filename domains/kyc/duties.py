"""The duty engine: how a customer stands on any date, and what they may do, with the rule that says so.

Dates before today are answered from the history, dates after it as if nothing happened meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domains.kernel.days import end_of, years_after
from domains.kyc.duty_rules import CustomerAction, DutyRule, Standing, rule_on
from domains.kyc.models import KYCStateChange, KYCStatus, RiskCategory

_ALWAYS = {
    KYCStatus.ON_HOLD: Standing.HELD,
    KYCStatus.REJECTED: Standing.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether something is allowed, by which rule, and why, without a word of the customer's risk."""

    allowed: bool
    rule: str
    reason: str


class State(NamedTuple):
    """What a change of state left behind, as far as duties depend on it."""

    to_status: str
    verified_at: datetime | None
    next_due_on: date | None
    risk_category: str


@dataclass(frozen=True, slots=True)
class Asked:
    """May this customer do this on this date?"""

    customer_id: UUID
    action: CustomerAction
    on: date


def due_after(verified_on: date, risk: RiskCategory) -> date:
    """Return the date by which a profile that was verified on a day must be brought up to date."""
    return years_after(verified_on, rule_on(verified_on).years[risk])


def lenient_until(due_on: date, risk: RiskCategory, rule: DutyRule) -> date:
    """Return the last day on which a rule allows everything to whom is due then."""
    lenience = rule.lenience.get(risk)
    if lenience is None:
        return due_on
    return max(years_after(due_on, lenience.years), lenience.at_least_until)


def permissions(questions: Iterable[Asked]) -> list[Permission]:
    """Answer many questions in their order, with one statement for each date that is asked about."""
    asked = list(questions)
    known: dict[date, dict[UUID, State]] = {}
    for day in {each.on for each in asked}:
        known[day] = _states_on(day, {each.customer_id for each in asked if each.on == day})
    return [permission(each, known[each.on].get(each.customer_id)) for each in asked]


def permission(asked: Asked, state: State | None) -> Permission:
    """Answer one question by the last change of state before the date is over."""
    rule = rule_on(asked.on)
    standing = standing_on(asked.on, state, rule)
    return Permission(asked.action in rule.allowed[standing], rule.code, standing.value)


def standing_on(day: date, state: State | None, rule: DutyRule) -> Standing:
    """Return how a customer stands on a day whose state was last changed so.

    What was verified stands until it is due, also while it is being renewed.
    """
    if state is None:
        return Standing.NONE
    status = KYCStatus(state.to_status)
    if status in _ALWAYS:
        return _ALWAYS[status]
    if state.verified_at is None or state.next_due_on is None:
        return Standing.UNVERIFIED
    if day <= state.next_due_on:
        return Standing.CURRENT
    until = lenient_until(state.next_due_on, RiskCategory(state.risk_category), rule)
    return Standing.LENIENT if day <= until else Standing.OVERDUE


def _states_on(day: date, customer_ids: set[UUID]) -> dict[UUID, State]:
    rows = KYCStateChange.objects.filter(profile__customer__in=customer_ids, recorded_at__lt=end_of(day))
    last = rows.order_by("profile", "-recorded_at", "-id").distinct("profile")
    told = last.values_list("profile__customer_id", *State._fields)
    return {customer_id: State(*state) for customer_id, *state in told}
