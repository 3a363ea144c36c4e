"""The audit trail only grows, by month, and holds no value that was read or changed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from domains.audit.models import AuditLog, Event, ReadShape
from domains.audit.operations import Change, record, record_change
from domains.audit.partitions import make_partitions
from domains.audit.queries import entries_about, partitions_ready
from domains.audit.subject_index import tidy_subject_index
from domains.kernel.actor import Actor
from domains.kernel.identifiers import new_id
from domains.vault.sealing import digest
from tests.domains.refusal import breaks, refuses

both_roles = pytest.mark.django_db(databases=["default", "owner"])
CHANGES = [
    "UPDATE {} SET {} = 'x'",
    "DELETE FROM {}",
    "TRUNCATE {}",
]


def scalar(sql: str, *parameters: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        (value,) = cursor.fetchone()
        return value


def partitions(alias: str = "owner") -> list[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT relid::text FROM pg_partition_tree('audit_auditlog') WHERE isleaf ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


@both_roles
@pytest.mark.parametrize("statement", CHANGES)
@pytest.mark.parametrize(
    ("table", "column"), [("audit_auditlog", "purpose"), ("audit_readshape", "operation")]
)
def test_no_row_is_changed_or_removed_by_either_role(statement: str, table: str, column: str) -> None:
    refuses("default", statement.format(table, column), because="permission denied")
    refuses("owner", statement.format(table, column), because=f"{table} only grows")


@both_roles
@pytest.mark.parametrize("statement", CHANGES)
def test_no_partition_is_a_way_round(statement: str) -> None:
    for partition in partitions():
        refuses("default", statement.format(partition, "purpose"), because="permission denied")
        refuses("owner", statement.format(partition, "purpose"), because=f"{partition} only grows")
        refuses("default", f"SELECT * FROM {partition}", because="permission denied")


@both_roles
def test_the_applications_role_may_not_take_the_guard_away() -> None:
    for statement in (
        "ALTER TABLE audit_auditlog DISABLE TRIGGER only_grows",
        "DROP TRIGGER only_grows ON audit_auditlog",
        "DROP TABLE audit_auditlog",
        "CREATE OR REPLACE FUNCTION kernel_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'begin end'",
        "SELECT kernel_only_grows('audit_auditlog')",
        "SET LOCAL session_replication_role = replica",
    ):
        refuses("default", statement, because="must be owner|permission denied")


@both_roles
def test_there_are_partitions_for_this_month_and_three_more_and_one_for_the_rest() -> None:
    month = datetime.now(UTC).replace(day=1)
    expected = {"audit_auditlog_default"}
    for _ in range(4):
        expected.add(f"audit_auditlog_{month:%Y_%m}")
        month = (month + timedelta(days=32)).replace(day=1)
    assert set(partitions()) == expected


@both_roles
def test_partitions_can_be_made_again_later_by_the_application(db: None) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT audit_make_partitions(3)")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT audit_make_partitions(5)")
        assert cursor.fetchone() == (2,)
    made = partitions("default")
    assert len(made) == 7
    for partition in made:
        refuses("default", f"DELETE FROM {partition}", because="permission denied")


def test_a_month_whose_rows_came_before_its_partition_stays_where_it_is(db: None) -> None:
    late = datetime.now(UTC) + timedelta(days=150)
    AuditLog.objects.create(
        event=Event.LOGIN, viewer_kind="USER", correlation_id="c", recorded_at=late, roles=[]
    )
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT audit_make_partitions(12)")
        assert cursor.fetchone() == (8,)
    assert AuditLog.objects.filter(recorded_at=late).count() == 1


def test_an_event_says_who_and_about_whom(db: None, officer: Actor) -> None:
    subject = new_id()
    event_id = record(
        event=Event.LOOKUP_MISSED,
        actor=officer,
        operation_name="Customer360",
        subjects=[subject],
        disclosed={"customer": [str(subject)]},
        sought_digest=digest(purpose="customers_customer.mobile", value="+919820012345"),
    )
    (entry,) = entries_about(subject)
    assert entry.id == event_id
    assert (entry.viewer_id, entry.roles, entry.address) == (officer.id, ["operations"], "192.0.2.7")
    assert (entry.purpose, entry.correlation_id) == ("service request", "correlation-1")
    assert datetime.now(UTC) - entry.recorded_at < timedelta(minutes=1)


def test_a_change_is_told_by_digest_unless_it_is_no_secret(db: None, officer: Actor) -> None:
    subject = new_id()
    changes = [
        Change("customers_customer", subject, "full_name", None, "Asha Rao"),
        Change("customers_customer", subject, "status", "ACTIVE", "CLOSED", in_clear=True),
    ]
    record_change(actor=officer, operation_name="close_customer", subjects=[subject], changes=changes)
    (entry,) = entries_about(subject)
    assert "Asha" not in json.dumps(entry.changes)
    expected = digest(purpose="audit.customers_customer.full_name", value="Asha Rao").hex()
    assert entry.changes[0]["after"] == {"digest": expected}
    assert entry.changes[0]["before"] is None
    assert entry.changes[1]["after"] == {"value": "CLOSED"}


def test_the_latest_event_comes_first(db: None, officer: Actor) -> None:
    subject = new_id()
    for name in ("first", "second", "third"):
        record(event=Event.READ, actor=officer, operation_name=name, subjects=[subject])
    assert [entry.operation_name for entry in entries_about(subject, limit=2)] == ["third", "second"]


def test_what_did_not_happen_leaves_no_event(db: None, officer: Actor) -> None:
    subject = new_id()
    with transaction.atomic():
        record(event=Event.CHANGE, actor=officer, subjects=[subject])
        transaction.set_rollback(True)
    assert entries_about(subject) == []


def test_an_unknown_kind_of_event_or_viewer_is_refused(db: None) -> None:
    with breaks("audit_event_known"):
        AuditLog.objects.create(event="GOSSIP", viewer_kind="USER", correlation_id="c")
    with breaks("audit_viewer_kind_known"):
        AuditLog.objects.create(event="READ", viewer_kind="GHOST", correlation_id="c")


def test_subjects_are_found_before_their_index_is_tidied_up_and_after(db: None, officer: Actor) -> None:
    subject = new_id()
    record(event=Event.READ, actor=officer, subjects=[subject, *(new_id() for _ in range(200))])
    assert len(entries_about(subject)) == 1
    assert scalar("SELECT audit_tidy_subject_index() > 0")
    assert tidy_subject_index() is False
    assert len(entries_about(subject)) == 1


def test_an_ordinary_receipt_is_not_compressed(db: None, officer: Actor) -> None:
    subject = new_id()
    record(event=Event.READ, actor=officer, subjects=[subject] * 200)
    compression = "SELECT pg_column_compression(subjects) FROM audit_auditlog WHERE %s = ANY(subjects)"
    assert scalar(compression, subject) is None


def test_a_shape_is_told_once(db: None) -> None:
    ReadShape.objects.create(digest="a" * 64, operation="{ customer }", levels={})
    with pytest.raises(IntegrityError), transaction.atomic():
        ReadShape.objects.create(digest="a" * 64, operation="{ other }", levels={})


def test_a_month_that_is_missing_is_told_until_it_was_made(own_database: str) -> None:
    assert partitions_ready()
    *_, last, _default = partitions()
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP TABLE {last}")
    assert partitions_ready()  # as on the first of a month, before the next one was made
    *_, last, _default = partitions()
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP TABLE {last}")
    assert not partitions_ready()
    assert make_partitions() is False
    assert partitions_ready()
