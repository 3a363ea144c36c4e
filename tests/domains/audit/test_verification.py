"""Whatever is done to the trail by hand, as the database's superuser, is found, and where."""

from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connections

from domains.audit.events import Event
from domains.audit.models import Leaf, ReadShape, TreeHead
from domains.audit.operations import Change, record
from domains.audit.proofs import heads
from domains.audit.shapes import shape_digest
from domains.audit.verification import Verification
from domains.kernel.actor import Actor
from tests.domains.audit.conftest import Superuser, seal_all, write_entries

FAKE = (
    "INSERT INTO audit_auditlog (id, event, viewer_kind, roles, correlation_id, written_by) "
    "SELECT gen_random_uuid(), 'READ', 'SYSTEM', '{}', 'c', written_by FROM audit_auditlog WHERE id = %s"
)


def verify(*arguments: str) -> tuple[int, str, str]:
    out, err, status = StringIO(), StringIO(), 0
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


@pytest.fixture
def trail(own_database: str) -> list[UUID]:
    """Return the ids of thirty entries, sealed under three heads of ten."""
    written = []
    for _ in range(3):
        written += write_entries(10)
        seal_all()
    assert TreeHead.objects.count() == 3
    return written


def test_a_head_by_a_key_that_is_not_known_here_is_no_forgery(
    trail: list[UUID], superuser: Superuser
) -> None:
    superuser("UPDATE audit_treehead SET key_id = '0badc0de' WHERE size = 20")
    status, _, err = verify()
    assert status == 1
    assert err.startswith(
        "head: head 20: signed by the key 0badc0de, which is not among the audit keys here\n"
    )


def test_a_trail_that_nobody_touched_verifies(trail: list[UUID]) -> None:
    status, out, err = verify()
    assert (status, err) == (0, "")
    assert out == "The trail is what was sealed: 30 leaves verified (leaves 0 to 29), 3 heads signed.\n"
    assert verify("--from-leaf", "15", "--to-leaf", "17")[1].startswith(
        "The trail is what was sealed: 10 leaves verified (leaves 10 to 19)"
    )


@pytest.mark.parametrize(
    "change",
    [
        "purpose = 'none'", "subjects = '{}'", "viewer_id = gen_random_uuid()", "row_count = 9", "address = '::1'",
        "roles = array['x']", "disclosed = '{\"a\": []}'", "changes = '[]'", "written_by = '1'", "event = 'LOGIN'",
        "recorded_at = recorded_at - interval '1 second'", "sought_digest = '\\x00'",
    ],
)  # fmt: skip
def test_an_altered_column_is_found_in_its_row(trail: list[UUID], superuser: Superuser, change: str) -> None:
    superuser(f"UPDATE audit_auditlog SET {change} WHERE id = %s", str(trail[13]))
    status, _, err = verify()
    assert status == 1
    assert err.startswith(f"altered: leaf 13, {trail[13]}: the row is not what was sealed")


def test_a_row_that_is_gone_is_named(trail: list[UUID], superuser: Superuser) -> None:
    superuser("DELETE FROM audit_auditlog WHERE id = ANY(%s::uuid[])", [str(trail[4]), str(trail[21])])
    status, _, err = verify()
    assert status == 1
    assert err.splitlines()[0].startswith(f"missing: leaf 4, {trail[4]}: the row of ")
    assert err.splitlines()[1].startswith(f"missing: leaf 21, {trail[21]}: ")
    assert len(err.splitlines()) == 3


def test_an_inserted_row_is_named(trail: list[UUID], superuser: Superuser) -> None:
    superuser(FAKE, str(trail[3]))
    (finding,) = Verification().findings()
    assert (finding.kind, UUID(finding.place) in trail) == ("inserted", False)
    superuser("UPDATE audit_auditlog SET written_by = '99999999999' WHERE correlation_id = 'c'")
    (finding,) = Verification().findings()
    assert finding.kind == "inserted"


def swap(superuser: Superuser, one: int, other: int) -> None:
    """Swap two leaves whole, hashes too."""
    superuser("UPDATE audit_leaf SET number = -1 WHERE number = %s", one)
    superuser("UPDATE audit_leaf SET number = %s WHERE number = %s", one, other)
    superuser("UPDATE audit_leaf SET number = %s WHERE number = -1", other)


def test_a_reordered_row_is_named(trail: list[UUID], superuser: Superuser) -> None:
    swap(superuser, 12, 15)
    first, second = Verification().findings()
    assert (first.kind, first.place) == ("reordered", f"leaf 13, {trail[13]}")
    assert (second.kind, second.place) == ("altered", "leaves 10 to 19")


def test_a_row_altered_together_with_its_leaf_is_found_between_two_heads(
    trail: list[UUID], superuser: Superuser
) -> None:
    from domains.audit import tree
    from domains.audit.proofs import inclusion, latest_head

    superuser("UPDATE audit_auditlog SET purpose = 'holiday' WHERE id = %s", str(trail[13]))
    head = latest_head()
    assert head is not None
    forged = tree.leaf_hash(inclusion(entry_id=trail[13], head=head).entry.encode())
    superuser("UPDATE audit_leaf SET hash = %s WHERE number = 13", forged)
    (finding,) = Verification().findings()
    assert (finding.kind, finding.place) == ("altered", "leaves 10 to 19")

    (finding,) = Verification(start=12, end=15).findings()
    assert (finding.kind, finding.place) == ("altered", "leaves 10 to 19")


FORGED = """INSERT INTO audit_removal
    (id, partition, since, until, rows, leaves_digest, archive_digest, removed_at)
SELECT gen_random_uuid(), 'audit_auditlog_' || to_char(month, 'YYYY_MM'), month, month + interval '1 month', 1,
       sha256(hash), '', now()
FROM (SELECT hash, date_trunc('month', recorded_at, 'UTC') AS month FROM audit_leaf WHERE number = 13) AS leaf
RETURNING id, partition, rows::text, encode(leaves_digest, 'hex')"""


def test_a_removal_that_the_trail_does_not_tell_of_hides_nothing(
    trail: list[UUID], superuser: Superuser
) -> None:
    """Whoever can delete a row can also write that its month was removed."""
    superuser("DELETE FROM audit_auditlog WHERE id = %s", str(trail[13]))
    superuser(FORGED)
    missing, inserted = Verification().findings()
    assert (missing.kind, missing.place) == ("missing", f"leaf 13, {trail[13]}")
    assert (inserted.kind, inserted.place[:15]) == ("inserted", "audit_auditlog_")


def test_nor_does_one_of_a_month_that_had_to_stay(trail: list[UUID], superuser: Superuser) -> None:
    """The forged event is sealed like any other."""
    superuser("DELETE FROM audit_auditlog WHERE id = %s", str(trail[13]))
    ((key, partition, rows, leaves),) = superuser(FORGED)
    values = {"rows": rows, "leaves": leaves, "archive": ""}
    told = [Change("audit_removal", key, name, None, value, in_clear=True) for name, value in values.items()]
    record(
        event=Event.RETENTION, actor=Actor.system("test"), operation_name="archive_audit", code=partition,
        changes=told,
    )  # fmt: skip
    seal_all()
    assert [finding.kind for finding in Verification().findings()] == ["missing", "inserted"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE audit_readshape SET levels = jsonb_set(levels, '{customer}', '{}')", "altered"),
        ("UPDATE audit_readshape SET operation = 'query { me { kind } }'", "altered"),
        ("DELETE FROM audit_readshape", "missing"),
    ],
)
def test_what_a_receipt_says_was_disclosed_can_not_be_altered(
    trail: list[UUID], superuser: Superuser, change: str, kind: str
) -> None:
    levels = {"customer": {"subjects_of": "customer", "coordinates": {"Customer.email": ["SHOW", "SHOW"]}}}
    operation = "query { customer(mobile: $v0) { email } }"
    name = shape_digest(operation=operation, field="customer", levels=levels)
    ReadShape.objects.create(digest=name, operation=operation, levels=levels)
    record(
        event=Event.READ, actor=Actor.system("test"), operation_name="", field="customer", shape_id=name
    )  # fmt: skip
    seal_all()
    assert list(Verification().findings()) == []
    superuser(change)
    (finding,) = Verification().findings()
    assert (finding.kind, finding.place) == (kind, f"shape {name}")


def test_a_leaf_that_is_gone_or_was_put_in_is_named(trail: list[UUID], superuser: Superuser) -> None:
    superuser("DELETE FROM audit_leaf WHERE number = 6")
    assert next(Verification().findings()).place == "leaf 6"
    superuser(FAKE, str(trail[6]))
    superuser("DELETE FROM audit_leaf WHERE number > 25")
    assert {finding.kind for finding in Verification().findings()} == {"missing", "inserted"}


def test_leaves_beyond_the_last_head_are_found(trail: list[UUID], superuser: Superuser) -> None:
    superuser(
        "INSERT INTO audit_leaf (number, entry_id, recorded_at, hash, form) "
        "SELECT 30, gen_random_uuid(), recorded_at, hash, 1 FROM audit_leaf WHERE number = 2"
    )
    (finding,) = Verification().findings()
    assert (finding.kind, finding.place) == ("inserted", "leaf 30")


def test_a_forged_head_is_found(trail: list[UUID], superuser: Superuser) -> None:
    superuser("UPDATE audit_treehead SET signed_at = signed_at - interval '1 hour' WHERE size = 20")
    (finding,) = Verification().findings()
    assert (finding.kind, finding.place) == ("head", "head 20")


@pytest.fixture
def witnessed(trail: list[UUID], tmp_path: Path) -> Path:
    file = tmp_path / "heads.jsonl"
    file.write_text("".join(head.text() + "\n" for head in heads()))
    return file


def test_a_trail_that_was_cut_short_is_found_by_a_witness(
    trail: list[UUID], witnessed: Path, superuser: Superuser
) -> None:
    """Inside the database nothing tells of it: entries, leaves and heads are all gone together."""
    superuser("DELETE FROM audit_treehead WHERE size = 30")
    superuser("DELETE FROM audit_leaf WHERE number >= 20")
    superuser("DELETE FROM audit_auditlog WHERE id = ANY(%s::uuid[])", [str(key) for key in trail[20:]])
    assert verify()[0] == 0
    status, _, err = verify("--witnessed", str(witnessed))
    assert status == 1
    assert err.startswith("head: head 30: it was witnessed outside and is gone")


def test_what_was_witnessed_and_is_there_is_no_finding(trail: list[UUID], witnessed: Path) -> None:
    assert verify("--witnessed", str(witnessed))[0] == 0
    witnessed.write_text("no json")
    with pytest.raises(Exception, match="does not hold heads"):
        verify("--witnessed", str(witnessed))


def test_nobody_but_a_superuser_gets_so_far(trail: list[UUID]) -> None:
    with connections["owner"].cursor() as cursor, pytest.raises(Exception, match="only grows"):
        cursor.execute("UPDATE audit_leaf SET number = 99 WHERE number = 3")
    assert Leaf.objects.count() == 30
