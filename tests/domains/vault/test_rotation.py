"""Sealing stored values anew while others read and write them."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import psycopg2
import pytest
from django.db import connection, connections

from banking_project import embedded_postgres
from domains.customers.models import Customer
from domains.customers.operations import create_customer, update_customer
from domains.demo.book import LAST_DAY, Book
from domains.demo.load import load_book
from domains.kernel.actor import Actor
from domains.kernel.identifiers import new_id
from domains.kyc.models import KYCProfile
from domains.vault import rotation
from domains.vault.keyring import forget_keyring, keyring
from domains.vault.keysets import add_key, make_keyring, promote_key
from domains.vault.rotation import reseal, rows_left, sealed_tables, values_by_key
from domains.vault.sealing import open_sealed, seal

ACTOR = Actor.system("test")
NOT_SEALED = {
    "identity_throttle.key",  # keyed digests under names of their own
    "kyc_kycdocument.content",  # under the document's own key, and that one is sealed
    "audit_leaf.hash",  # the tree's hashes and signatures hide nothing
    "audit_block.hash",
    "audit_treehead.root",
    "audit_treehead.signature",
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / "keyring.json"
    file.write_text(make_keyring())
    monkeypatch.setenv("BANKING_KEYRING_FILE", str(file))
    forget_keyring()
    yield file
    monkeypatch.undo()
    forget_keyring()


def rotate(file: Path) -> None:
    text, key_id = add_key(file.read_text(), keyset="values")
    file.write_text(promote_key(text, keyset="values", key_id=key_id))
    forget_keyring()


def quietly(_rows: int) -> None:
    pass


def opened() -> dict[tuple[str, UUID], str]:
    """Return every sealed value of the database in clear, by place and row."""
    return {
        (table.place(column), row.pk): open_sealed(
            table_column=table.place(column), pk=row.pk, sealed=getattr(row, column)
        )
        for table in sealed_tables()
        for row in table.model._base_manager.all()
        for column in table.columns
        if getattr(row, column) is not None
    }


def email_of(customer_id: UUID) -> str:
    sealed = Customer.objects.get(id=customer_id).email_sealed
    assert sealed is not None
    return open_sealed(table_column="customers_customer.email", pk=customer_id, sealed=sealed)


@pytest.mark.django_db
def test_every_sealed_column_of_the_database_is_rotated() -> None:
    """A column of bytes is sealed, a digest, or named here: no other way of sealing goes unseen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns JOIN pg_class "
            "ON relname = table_name AND NOT relispartition WHERE table_schema = 'public' AND udt_name = 'bytea'"
        )
        columns = {name for (name,) in cursor.fetchall()}
    rotated = {f"{table.model._meta.db_table}.{name}" for table in sealed_tables() for name in table.columns}
    assert "kyc_kycprofile.pan_sealed" in rotated
    assert columns - rotated - NOT_SEALED == {name for name in columns if name.endswith("_digest")}


@pytest.mark.django_db
def test_the_applications_role_may_seal_every_column_anew() -> None:
    for table in sealed_tables():
        for column in table.columns:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT has_column_privilege(current_user, %s, %s, 'UPDATE')",
                    [table.model._meta.db_table, column],
                )
                assert cursor.fetchone() == (True,), (table, column)


def test_a_whole_book_is_sealed_anew_and_nothing_else_changes(own_database: str, file: Path) -> None:
    load_book(book=Book(customers=25, seed=3, last_day=LAST_DAY), actor=ACTOR, progress=quietly)
    before, versions = opened(), dict(Customer.objects.values_list("id", "version"))
    old = keyring().value_keys.primary
    assert values_by_key() == {old: len(before)}
    rotate(file)
    told: list[int] = []
    expected = rows_left()
    done = reseal(progress=told.append, batch_rows=7)
    assert (done.rows, done.values, done.broken) == (expected, len(before), 0)
    assert sum(told) == expected
    assert max(told) <= 7
    assert values_by_key() == {keyring().value_keys.primary: len(before)}
    assert rows_left() == 0
    assert opened() == before
    assert dict(Customer.objects.values_list("id", "version")) == versions
    assert reseal(progress=quietly).rows == 0, "there is nothing to do twice"


def test_a_row_that_another_transaction_changes_is_passed_over_and_its_change_stays(
    own_database: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "ROUNDS_MAX", 1)
    ids = [
        create_customer(actor=ACTOR, full_name="A B", mobile=f"+9198200000{n:02d}", email=f"a{n}@example.com")
        for n in range(5)
    ]
    changed = seal(table_column="customers_customer.email", pk=ids[2], value="new@example.com")
    rotate(file)
    with closing(other_connection(own_database)) as other, other.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET email_sealed = %s WHERE id = %s", [changed, str(ids[2])]
        )
        with connection.cursor() as here:
            here.execute("SET lock_timeout = '5s'")  # instead of a test that hangs
        assert reseal(progress=quietly).rows == 4, "it did not wait for the other transaction"
        assert rows_left() == 1
        other.commit()
    assert reseal(progress=quietly).rows == 1
    assert rows_left() == 0
    assert [email_of(each) for each in ids] == [
        *("a0@example.com", "a1@example.com", "new@example.com", "a3@example.com", "a4@example.com")
    ]


def test_readers_and_writers_of_other_rows_are_not_held_up(own_database: str, file: Path) -> None:
    for n in range(6):
        create_customer(actor=ACTOR, full_name="A B", mobile=f"+9198200000{n:02d}", email=f"a{n}@example.com")
    rotate(file)
    with closing(other_connection(own_database)) as other, other.cursor() as cursor:
        other.autocommit = True
        cursor.execute("SET lock_timeout = '1ms'")

        def use_all(_rows: int) -> None:
            cursor.execute("SELECT id FROM customers_customer FOR UPDATE NOWAIT")
            assert len(cursor.fetchall()) == 6

        assert reseal(progress=use_all, batch_rows=2).rows == 6


def test_no_change_made_during_a_rotation_is_lost(own_database: str, file: Path) -> None:
    ids = [
        create_customer(
            actor=ACTOR, full_name="A B", mobile=f"+919820{n:06d}", email=f"{n}@before.example.com"
        )
        for n in range(120)
    ]
    rotate(file)
    failures: list[BaseException] = []

    def change_all() -> None:
        try:
            for n, customer_id in enumerate(ids):
                update_customer(
                    actor=ACTOR, customer_id=customer_id, version=1, email=f"{n}@after.example.com"
                )
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    writers = threading.Thread(target=change_all)
    writers.start()
    while writers.is_alive():
        reseal(progress=quietly, batch_rows=3)
    writers.join()
    reseal(progress=quietly)
    assert not failures
    assert rows_left() == 0
    assert [email_of(each) for each in ids] == [f"{n}@after.example.com" for n in range(120)]


def test_a_value_that_does_not_open_is_left_and_named(
    own_database: str, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    customer_id = create_customer(actor=ACTOR, full_name="A B", mobile="+919820000001")
    pk = new_id()
    place = "kyc_kycprofile.{}".format
    KYCProfile.objects.create(
        id=pk,
        customer_id=customer_id,
        address_sealed=seal(table_column=place("address"), pk=pk, value="12, Hill Road"),
        address_masked="x",
        date_of_birth_sealed=seal(table_column=place("date_of_birth"), pk=new_id(), value="1990-01-31"),
        date_of_birth_masked="x",
    )
    rotate(file)
    done = reseal(progress=quietly)
    assert (done.rows, done.values, done.broken) == (1, 1, 1)
    assert rows_left() == 1
    assert f"kyc_kycprofile.date_of_birth of row {pk} does not open" in caplog.text
    profile = KYCProfile.objects.get()
    assert profile.address_sealed is not None
    assert open_sealed(table_column=place("address"), pk=pk, sealed=profile.address_sealed) == "12, Hill Road"


def other_connection(database: str) -> "psycopg2.extensions.connection":
    return psycopg2.connect(
        host=embedded_postgres.socket_directory(), user=embedded_postgres.APPLICATION, dbname=database
    )
