"""Reading that is out of the ordinary is told once, and ordinary reading never."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pytest_django import Settings

from banking_project.watching import watch_reading
from domains.audit.events import Event
from domains.audit.models import AuditLog
from domains.audit.watching import unusual, watch
from domains.kernel.actor import ActorKind
from domains.kernel.identifiers import new_id

NOON = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)  # a Wednesday, in India
NIGHT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # half past one of that day
SUNDAY = datetime(2026, 11, 29, 6, 30, tzinfo=UTC)


def id_at(moment: datetime) -> UUID:
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (new_id().int & ((1 << 80) - 1)))


def read(viewer: UUID, subjects: int, moment: datetime, *roles: str, customer: UUID | None = None) -> None:
    AuditLog.objects.create(
        id=id_at(moment),
        recorded_at=moment,
        event=Event.READ,
        viewer_kind=ActorKind.USER,
        viewer_id=viewer,
        viewer_customer_id=customer,
        roles=list(roles),
        subjects=[customer or new_id() for _ in range(subjects)],
        correlation_id="c",
    )


def codes(moment: datetime) -> list[str]:
    return sorted(alert.code for alert in unusual(moment=moment + timedelta(minutes=5)))


@pytest.fixture(autouse=True)
def _few(settings: Settings, db: None) -> None:
    settings.AUDIT_UNUSUAL_CUSTOMERS = 10


def test_many_customers_in_a_short_time(db: None) -> None:
    busy, calm = new_id(), new_id()
    for _ in range(4):
        read(busy, 3, NOON, "operations")
        read(calm, 3, NOON - timedelta(minutes=30), "operations")
    (alert,) = unusual(moment=NOON + timedelta(minutes=5))
    assert (alert.code, alert.viewer_id, alert.count) == ("MANY_CUSTOMERS", busy, 12)
    assert unusual(moment=NOON + timedelta(minutes=11)) == []


def test_the_same_customer_again_and_again_is_one(db: None) -> None:
    customer = new_id()
    for _ in range(20):
        read(new_id(), 1, NOON, "customer", customer=customer)
    assert codes(NOON) == []


def test_out_of_hours_and_on_sundays_staff_are_told_of_and_customers_are_not(db: None) -> None:
    for moment in (NIGHT, SUNDAY):
        read(new_id(), 1, moment, "kyc_officer")
        read(new_id(), 1, moment, "customer", customer=new_id())
        assert codes(moment) == ["OUT_OF_HOURS"]


def test_reading_with_the_glass_broken(db: None) -> None:
    read(new_id(), 1, NOON, "break_glass", "operations")
    assert codes(NOON) == ["GLASS_BROKEN"]


def test_an_alert_is_recorded_once_an_hour_with_who_it_is_about(db: None) -> None:
    viewer, moment = new_id(), datetime.now(UTC)
    read(viewer, 11, moment - timedelta(minutes=1), "break_glass")
    first = {alert.code for alert in watch(moment=moment)}
    assert {"GLASS_BROKEN", "MANY_CUSTOMERS"} <= first
    assert watch(moment=moment + timedelta(minutes=1)) == []
    entry = AuditLog.objects.get(event=Event.ALERT, code="MANY_CUSTOMERS")
    assert (entry.viewer_id, entry.row_count) == (viewer, 11)


def test_the_duty_counts_alerts(db: None) -> None:
    from gateway.metrics import alerts

    before = alerts.labels("GLASS_BROKEN")._value.get()
    read(new_id(), 1, datetime.now(UTC) - timedelta(minutes=1), "break_glass")
    assert watch_reading() is False
    assert alerts.labels("GLASS_BROKEN")._value.get() == before + 1
