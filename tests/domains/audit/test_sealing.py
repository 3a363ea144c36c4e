"""The sealer: everything once, in order, nothing while an older transaction runs; one tree, whoever seals."""

import threading
import time
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import connections, transaction

from domains.audit import leaves
from domains.audit.heads import Head
from domains.audit.models import AuditLog, Block, Leaf, TreeHead
from domains.audit.sealing import seal
from domains.audit.verification import Verification
from tests.conftest import database_url
from tests.domains.audit.conftest import Superuser, seal_all, write_entries
from tests.domains.refusal import refuses
from tests.waiting import until


def sealed() -> list[Any]:
    return list(Leaf.objects.order_by("number").values_list("entry_id", flat=True))


def test_entries_are_sealed_in_the_order_in_which_they_were_written(own_database: str) -> None:
    written = write_entries(7)
    assert seal() is False
    assert sealed() == written
    head = TreeHead.objects.get()
    assert (head.size, Head.of(head).fault()) == (7, None)
    assert seal() is False
    assert TreeHead.objects.count() == 1  # nothing new, no new head
    more = write_entries(2)
    seal_all()
    assert sealed() == written + more


def test_what_an_older_transaction_may_still_precede_waits(own_database: str) -> None:
    url = database_url(own_database, "banking_app")
    with closing(psycopg2.connect(url)) as slow, slow.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditlog (id, event, viewer_kind, roles, correlation_id) "
            "VALUES (gen_random_uuid(), 'READ', 'SYSTEM', '{}', 'slow') RETURNING id"
        )
        early = cursor.fetchone()[0]
        late = write_entries(3)
        assert seal() is False
        assert sealed() == []
        slow.commit()
    seal_all()
    assert sealed() == [early, *late]


def test_what_was_rolled_back_leaves_no_gap(own_database: str) -> None:
    write_entries(2)
    with transaction.atomic():
        write_entries(3)
        transaction.set_rollback(True)
    write_entries(2)
    seal_all()
    assert list(Leaf.objects.order_by("number").values_list("number", flat=True)) == [0, 1, 2, 3]


def test_full_blocks_are_kept_and_give_the_root(own_database: str) -> None:
    write_entries(600)
    seal_all()
    assert list(Block.objects.order_by("index").values_list("level", "index")) == [(1, 0), (1, 1)]
    assert leaves.subtree(0, 600) == bytes(TreeHead.objects.get().root)
    write_entries(300)
    seal_all()
    assert Block.objects.count() == 3
    assert list(Verification().findings()) == []


def test_without_a_key_nothing_is_sealed(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from domains.vault.signing import AUDIT_KEYS

    write_entries(2)
    monkeypatch.setenv("BANKING_AUDIT_KEYS", "no keys at all")
    AUDIT_KEYS.forget()
    try:
        with pytest.raises(Exception, match="can't be read"):
            seal()
    finally:
        monkeypatch.undo()
        AUDIT_KEYS.forget()
    assert (sealed(), TreeHead.objects.count()) == ([], 0)


def test_a_dump_in_a_younger_server_is_sealed_on(own_database: str, superuser: Superuser) -> None:
    """Its rows name transactions that the new server has not come to yet."""
    written = write_entries(2)
    seal_all()
    late = write_entries(1)
    superuser("UPDATE audit_treehead SET through_transaction = through_transaction + 1000000")
    superuser("UPDATE audit_auditlog SET written_by = '5000000000' WHERE id = %s", str(late[0]))
    newest = write_entries(2)
    seal_all()
    assert set(sealed()) == {*written, *late, *newest}


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("table", ["audit_leaf", "audit_block", "audit_treehead", "audit_removal"])
def test_the_tree_only_grows(table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        refuses("default", statement, because="permission denied")
        refuses("owner", statement, because=f"{table} only grows")


def test_sixteen_writers_some_of_them_killed_and_three_sealers_make_one_tree(own_database: str) -> None:
    """Everything that was committed is sealed at once, without gap or fork."""
    stop, committed = threading.Event(), []
    url = database_url(own_database, "banking_app")

    def write(writer: int) -> None:
        while not stop.is_set():
            connection = psycopg2.connect(url)
            try:
                for number in range(40):
                    with connection, connection.cursor() as cursor:
                        cursor.execute(
                            "INSERT INTO audit_auditlog (id, event, viewer_kind, roles, correlation_id) "
                            "VALUES (uuidv7(), 'READ', 'SYSTEM', '{}', %s) RETURNING id",
                            [f"{writer}"],
                        )
                        key = cursor.fetchone()[0]
                        if number == 39 and writer % 4 == 0:
                            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                    committed.append(key)
                    if stop.is_set():
                        break
            except psycopg2.Error:
                pass  # killed before its commit
            finally:
                connection.close()

    def go_on_sealing() -> None:
        while not stop.is_set():
            if not seal():
                time.sleep(0.05)
        connections.close_all()

    threads = [threading.Thread(target=write, args=[number]) for number in range(16)]
    threads += [threading.Thread(target=go_on_sealing) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: len(committed) > 400 and TreeHead.objects.count() > 3)
    stop.set()
    for thread in threads:
        thread.join(timeout=60)
    seal_all()
    assert sorted(sealed()) == sorted(committed)
    assert AuditLog.objects.count() == len(committed)
    assert list(Verification().findings()) == []
