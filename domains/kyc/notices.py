"""What the program does by itself about due dates: it gives notice, and lets profiles expire. A worker's duty."""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from domains.audit.operations import Change, record_change
from domains.kernel.actor import Actor
from domains.kernel.days import today
from domains.kernel.failures import Failure
from domains.kyc.duty_rules import DutyRule, Notice, rule_on
from domains.kyc.models import Action, KYCNotice, KYCProfile, KYCStatus
from domains.kyc.step import begin_step, end_step

AT_ONCE = 100
LATE_DAYS_MAX = 30  # a notice that was missed is given late, but not when the next one is near
_TABLE = "kyc_kycnotice"
_WATCHED = (KYCStatus.VERIFIED, KYCStatus.EXPIRED)


def see_to_due_profiles() -> bool:
    """Expire and give notice for a hundred profiles each at most; return True when there may be more."""
    return see_to_due_profiles_on(today())


def see_to_due_profiles_on(day: date) -> bool:
    """Do what is to be done on a day."""
    actor = Actor.system("KYC due dates", correlation_id=f"kyc-due-{day.isoformat()}")
    expired = _expire(actor, day)
    given = sum(_give(actor, notice, rule_on(day), day) for notice in rule_on(day).notices)
    return expired == AT_ONCE or given >= AT_ONCE


def _expire(actor: Actor, day: date) -> int:
    """Let profiles expire on the day after their due date; return how many were tried."""
    overdue = KYCProfile.objects.filter(status=KYCStatus.VERIFIED, next_due_on__lt=day)
    rows = overdue.exclude(customer__status="CLOSED").order_by("next_due_on", "id")
    ids = list(rows.values_list("id", flat=True)[:AT_ONCE])
    return sum(_expire_one(actor, profile_id, day) for profile_id in ids)


def _expire_one(actor: Actor, profile_id: UUID, day: date) -> bool:
    try:
        with transaction.atomic():
            step = begin_step(actor=actor, profile_id=profile_id, version=None, action=Action.EXPIRE)
            due_on = step.profile.next_due_on
            if due_on is not None and due_on < day:
                step.reason = f"It was due on {due_on.isoformat()}."
                end_step(step, operation_name="expire_profile")
    except Failure:
        return False  # somebody was faster: renewed, held, closed
    return True


def _give(actor: Actor, notice: Notice, rule: DutyRule, day: date) -> int:
    """Record one kind of notice where it is due and was not given; return to how many."""
    falls = day - timedelta(days=notice.days)
    given = KYCNotice.objects.filter(profile=OuterRef("pk"), due_on=OuterRef("next_due_on"), days=notice.days)
    due = KYCProfile.objects.filter(
        ~Exists(given),
        Q(next_due_on__lte=falls, next_due_on__gt=falls - timedelta(days=LATE_DAYS_MAX)),
        status__in=_WATCHED,
    ).exclude(customer__status="CLOSED")
    with transaction.atomic():
        profiles = list(due.select_for_update(of=("self",), skip_locked=True).order_by("id")[:AT_ONCE])
        for profile in profiles:
            if profile.next_due_on is not None:
                _record(actor, profile, profile.next_due_on, notice, rule)
    return len(profiles)


def _record(actor: Actor, profile: KYCProfile, due_on: date, notice: Notice, rule: DutyRule) -> None:
    row = KYCNotice.objects.create(
        profile=profile,
        due_on=due_on,
        days=notice.days,
        channel=notice.channel,
        rule=rule.code,
    )
    change = Change(_TABLE, row.id, "days", None, notice.days, in_clear=True)
    record_change(actor=actor, operation_name="give_notice", subjects=[profile.customer_id], changes=[change])
