"""A month that is old enough leaves the database with proof; nothing else can leave it unnoticed."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from domains.audit.events import Event
from domains.audit.models import AuditLog, Removal
from domains.audit.retention import partition_exists
from tests.banking_project.test_demo_commands import run
from tests.domains.audit.conftest import Superuser as Superuser
from tests.domains.audit.conftest import seal_all, superuser, write_entries  # noqa: F401 - a fixture


@pytest.fixture
def old_month(own_database: str) -> list[UUID]:
    """Return the ids of entries of January 2025, sealed among newer ones."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE TABLE audit_auditlog_2025_01 PARTITION OF audit_auditlog "
            "FOR VALUES FROM ('2025-01-01 00:00Z') TO ('2025-02-01 00:00Z'); "
            "SELECT audit_close_partition('audit_auditlog_2025_01')"
        )
    write_entries(3)
    old = [
        AuditLog.objects.create(
            event=Event.READ,
            viewer_kind="USER",
            correlation_id=f"old{day}",
            recorded_at=datetime(2025, 1, day, tzinfo=UTC),
            roles=[],
        ).id
        for day in (1, 9, 31)
    ]
    write_entries(3)
    seal_all()
    return old


def test_an_old_month_is_archived_and_gone_and_the_trail_verifies(
    old_month: list[UUID], tmp_path: Path
) -> None:
    file = tmp_path / "2025-01.jsonl"
    status, told, _ = run("archive_audit", "2025-01", file)
    removal = Removal.objects.get()
    assert (status, removal.rows) == (0, 3)
    assert told.endswith(f"3 entries archived, SHA-256 {bytes(removal.archive_digest).hex()}.")
    assert not partition_exists("audit_auditlog_2025_01")
    assert not AuditLog.objects.filter(id__in=old_month).exists()
    entry = AuditLog.objects.get(event="RETENTION")
    assert (entry.code, entry.row_count) == ("audit_auditlog_2025_01", 3)
    assert bytes(removal.archive_digest).hex() in str(entry.changes)
    seal_all()
    assert run("verify_audit")[0] == 0
    assert run("verify_audit", archive=file)[:2] == (0, f"{file} holds what was sealed.")

    file.write_text(file.read_text().replace("old9", "old8"))
    status, _, wrong = run("verify_audit", archive=file)
    assert status == 1
    assert "leaf 4 is not what was sealed" in wrong


def test_what_else_disappears_is_no_removal(
    old_month: list[UUID],
    tmp_path: Path,
    superuser: Superuser,  # noqa: F811
) -> None:
    run("archive_audit", "2025-01", tmp_path / "archive.jsonl")
    other = AuditLog.objects.filter(event="READ").earliest("id").id
    superuser("DELETE FROM audit_auditlog WHERE id = %s", str(other))
    superuser("UPDATE audit_leaf SET recorded_at = '2025-01-05' WHERE entry_id = %s", str(other))
    status, _, wrong = run("verify_audit")
    assert status == 1
    assert wrong.startswith("missing: audit_auditlog_2025_01: not the rows that were removed with proof")


def test_a_removal_whose_event_is_gone_is_proved_no_more(
    old_month: list[UUID],
    tmp_path: Path,
    superuser: Superuser,  # noqa: F811
) -> None:
    run("archive_audit", "2025-01", tmp_path / "archive.jsonl")
    seal_all()
    assert run("verify_audit")[0] == 0
    superuser("DELETE FROM audit_auditlog WHERE event = 'RETENTION'")
    status, _, wrong = run("verify_audit")
    assert status == 1
    assert "inserted: audit_auditlog_2025_01: the trail does not tell" in wrong


def test_an_interrupted_removal_goes_on(old_month: list[UUID], tmp_path: Path) -> None:
    file = tmp_path / "archive.jsonl"
    run("archive_audit", "2025-01", file, keep=True)
    assert partition_exists("audit_auditlog_2025_01")
    assert run("verify_audit")[0] == 0
    run("archive_audit", "2025-01", file)
    assert not partition_exists("audit_auditlog_2025_01")
    assert Removal.objects.count() == 1


def test_a_month_is_dropped_only_if_its_archive_is_there(old_month: list[UUID], tmp_path: Path) -> None:
    """What was archived and recorded may have been lost since, or another file be named."""
    file = tmp_path / "archive.jsonl"
    run("archive_audit", "2025-01", file, keep=True)
    content = file.read_text()
    file.write_text(content.replace("old9", "old8"))
    for wrong in (file, tmp_path / "another.jsonl"):
        with pytest.raises(CommandError, match="not the archive"):
            call_command("archive_audit", "2025-01", wrong)
        assert partition_exists("audit_auditlog_2025_01")
    file.write_text(content)
    assert run("archive_audit", "2025-01", file)[0] == 0
    assert not partition_exists("audit_auditlog_2025_01")


def test_a_file_that_was_there_stays_whatever_is_refused(old_month: list[UUID], tmp_path: Path) -> None:
    """It may be another month's archive: all that is left of what was removed."""
    file = tmp_path / "archive.jsonl"
    file.write_text("another month")
    for month in ("2026-11", "2024-12", "2025-01"):
        with pytest.raises(CommandError):
            call_command("archive_audit", month, file)
        assert file.read_text() == "another month"


@pytest.mark.parametrize(
    ("month", "because"),
    [("2026-11", "has to stay"), ("2024-12", "no partition"), ("2025-02", "no partition")],
)
def test_a_young_month_or_none_is_refused(
    old_month: list[UUID], tmp_path: Path, month: str, because: str
) -> None:
    file = tmp_path / "archive.jsonl"
    with pytest.raises(CommandError, match=because):
        call_command("archive_audit", month, file)
    assert not file.exists()


def test_a_month_with_entries_that_are_not_sealed_stays(old_month: list[UUID], tmp_path: Path) -> None:
    AuditLog.objects.create(
        event=Event.READ, viewer_kind="USER", correlation_id="late",
        recorded_at=datetime(2025, 1, 20, tzinfo=UTC), roles=[],
    )  # fmt: skip
    with pytest.raises(CommandError, match="not sealed yet"):
        call_command("archive_audit", "2025-01", tmp_path / "archive.jsonl")
    assert not (tmp_path / "archive.jsonl").exists()
    assert not Removal.objects.exists()
