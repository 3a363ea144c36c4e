"""The duty engine: due dates, what may be done on any date, notices, expiry."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.audit.queries import entries_about
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.days import business_day, end_of, years_after
from domains.kernel.identifiers import new_id
from domains.kyc.duties import State, due_after, lenient_until, standing_on
from domains.kyc.duty_rules import RULES, CustomerAction, Standing, rule_on
from domains.kyc.models import KYCNotice, KYCProfile, KYCStateChange, KYCStatus, RiskCategory
from domains.kyc.notices import see_to_due_profiles_on
from domains.kyc.operations import renew_profile, update_profile
from domains.kyc.people import Person
from domains.kyc.queries import can_do
from domains.kyc.step import record_state
from tests.domains.refusal import refuses

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
DUE = date(2026, 5, 10)


def verified(profile_id: UUID, *, risk: str = "HIGH", due: date = DUE) -> KYCProfile:
    """Let a profile have been verified on the 1st of January 2024."""
    profile = KYCProfile.objects.get(id=profile_id)
    moment = datetime(2024, 1, 1, 6, tzinfo=UTC)
    KYCStateChange.objects.filter(profile=profile)
    profile.status, profile.risk_category = KYCStatus.VERIFIED, risk
    profile.verified_at, profile.next_due_on, profile.updated_at = moment, due, moment
    profile.save()
    record_state(
        profile,
        action="APPROVE",
        before="IN_VERIFICATION",
        kind=ActorKind.USER,
        maker=Person(new_id(), "Meera Nair"),
        checker=Person(new_id(), "Arjun Deshpande"),
    )
    return profile


def may(customer_id: UUID, action: str, on: date) -> bool:
    return can_do(customer_id=customer_id, action=CustomerAction(action), as_of=on).allowed


@pytest.mark.parametrize(("risk", "years"), [("HIGH", 2), ("MEDIUM", 8), ("LOW", 10)])
def test_the_risk_sets_when_a_profile_is_due(risk: str, years: int) -> None:
    assert due_after(date(2026, 3, 1), RiskCategory(risk)) == date(2026 + years, 3, 1)
    assert due_after(date(2024, 2, 29), RiskCategory.HIGH) == date(2026, 2, 28)


def test_rules_stand_in_the_order_of_their_dates_and_one_holds_on_each() -> None:
    assert [rule.since for rule in RULES] == sorted({rule.since for rule in RULES})
    assert rule_on(date(2013, 7, 23)).code == "RBI-KYC-2013"
    assert rule_on(date(2025, 11, 27)).code == "RBI-KYC-2025-38"
    assert rule_on(date(2025, 11, 28)).code == "RBI-KYC-BANKS-2025"
    assert rule_on(date(2025, 6, 11)).code == "RBI-KYC-2016-38"
    assert rule_on(date(2025, 6, 12)).code == "RBI-KYC-2025-38"
    assert rule_on(date(1990, 1, 1)) is RULES[0]
    for rule in RULES:
        assert set(rule.allowed) == set(Standing)
        assert set(rule.years) == set(RiskCategory)
    told = [notice.days for notice in rule_on(date(2026, 1, 1)).notices]
    assert len([days for days in told if days < 0]) == len([days for days in told if days > 0]) == 3


@given(due=DAYS, day=DAYS, risk=st.sampled_from(RiskCategory), status=st.sampled_from(KYCStatus))
def test_nobody_who_is_overdue_may_do_more_than_somebody_who_is_not(
    due: date, day: date, risk: RiskCategory, status: KYCStatus
) -> None:
    rule = rule_on(day)
    state = State(
        to_status=status, risk_category=risk, next_due_on=due, verified_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    standing = standing_on(day, state, rule)
    if status in (KYCStatus.ON_HOLD, KYCStatus.REJECTED):
        assert standing in (Standing.HELD, Standing.REJECTED)
    else:
        assert (standing is Standing.CURRENT) == (day <= due)
        assert (standing is Standing.OVERDUE) == (day > lenient_until(due, risk, rule))
    assert rule.allowed[standing] <= rule.allowed[Standing.CURRENT]


@given(day=st.dates(), years=st.integers(0, 50))
def test_days_have_no_edge_to_fall_off(day: date, years: int) -> None:
    assert years_after(day, years) >= day
    if date(2, 1, 1) < day < date(9998, 1, 1):
        assert business_day(end_of(day) - timedelta(seconds=1)) == day
        assert business_day(end_of(day)) == day + timedelta(days=1)


def test_what_may_be_done_follows_the_date_that_is_asked_about(draft_id: UUID, owner_id: UUID) -> None:
    verified(draft_id)
    assert not may(owner_id, "PAY", date(2023, 12, 31))
    assert may(owner_id, "PAY", date(2024, 1, 1))
    assert may(owner_id, "INVEST", DUE)
    after = DUE + timedelta(days=1)
    assert [may(owner_id, action, after) for action in ("PAY", "INVEST", "OPEN_ACCOUNT")] == [False] * 3
    assert may(owner_id, "RECEIVE", after)
    assert may(owner_id, "REDEEM", after)
    told = can_do(customer_id=owner_id, action=CustomerAction.PAY, as_of=after)
    assert (told.rule, told.reason) == ("RBI-KYC-BANKS-2025-NOTICES", "The KYC profile is overdue.")


def test_who_becomes_somebody_else_while_renewing_is_verified_no_more(
    draft_id: UUID, owner_id: UUID, owner: Actor
) -> None:
    verified(draft_id, due=date(2099, 1, 1))
    renew_profile(actor=owner, profile_id=draft_id, version=1)
    update_profile(actor=owner, profile_id=draft_id, version=2, particulars={"address": "1, FC Road, Pune"})
    assert can_do(customer_id=owner_id, action=CustomerAction.PAY).allowed
    update_profile(actor=owner, profile_id=draft_id, version=3, particulars={"pan": "AAPPX1111Z"})
    told = can_do(customer_id=owner_id, action=CustomerAction.PAY)
    assert (told.allowed, told.reason) == (False, "The KYC profile is not verified.")
    change = KYCStateChange.objects.get(action="UPDATE")
    assert (change.from_status, change.to_status, change.verified_at) == ("DRAFT", "DRAFT", None)


def test_low_risk_is_given_a_year_and_till_the_end_of_june_2026(draft_id: UUID, owner_id: UUID) -> None:
    verified(draft_id, risk="LOW", due=date(2025, 1, 10))
    assert not may(owner_id, "PAY", date(2025, 6, 11))
    assert may(owner_id, "PAY", date(2025, 6, 12))
    assert may(owner_id, "PAY", date(2026, 6, 30))
    assert not may(owner_id, "PAY", date(2026, 7, 1))


def test_nobody_without_a_profile_may_do_anything(owner_id: UUID) -> None:
    told = can_do(customer_id=owner_id, action=CustomerAction.RECEIVE, as_of=None)
    assert (told.allowed, told.reason) == (False, "There is no KYC profile.")


def test_a_profile_expires_the_day_after_it_was_due_once(draft_id: UUID) -> None:
    verified(draft_id)
    see_to_due_profiles_on(DUE)
    assert KYCProfile.objects.get().status == "VERIFIED"
    for _ in range(2):
        see_to_due_profiles_on(DUE + timedelta(days=1))
    assert KYCProfile.objects.get().status == "EXPIRED"
    change = KYCStateChange.objects.get(action="EXPIRE")
    assert (change.maker_kind, change.reason) == ("SYSTEM", "It was due on 2026-05-10.")


def test_three_notices_before_and_three_after_are_recorded_once_each(
    draft_id: UUID, owner_id: UUID, officer: Actor
) -> None:
    verified(draft_id)
    for after in range(-120, 160, 5):
        see_to_due_profiles_on(DUE + timedelta(days=after))
        see_to_due_profiles_on(DUE + timedelta(days=after))
    told: list[Any] = list(KYCNotice.objects.order_by("days").values_list("days", "channel"))
    assert told == [
        (-90, "LETTER"), (-60, "EMAIL"), (-30, "SMS"), (30, "LETTER"), (60, "EMAIL"), (90, "SMS")
    ]  # fmt: skip
    assert [entry.operation_name for entry in entries_about(owner_id)].count("give_notice") == 6
    refuses("default", "DELETE FROM kyc_kycnotice", because="permission denied")


def test_a_notice_that_was_missed_for_long_is_not_given_late(draft_id: UUID) -> None:
    verified(draft_id)
    see_to_due_profiles_on(DUE - timedelta(days=45))
    assert list(KYCNotice.objects.values_list("days", flat=True)) == [-60]
