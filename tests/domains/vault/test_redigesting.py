"""Digests made anew while others read and write, and what is found meanwhile by the old key and by the new one."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from domains.customers.models import Customer
from domains.customers.operations import create_customer
from domains.demo.book import LAST_DAY, Book
from domains.demo.load import load_book
from domains.identity.key_use import find_key
from domains.identity.keys import create_key
from domains.identity.sessions import lock_refresh_token, open_session
from domains.kernel.actor import Actor, ActorKind
from domains.kyc.evidence import digest_of, facts_of, record_evidence, standing
from domains.kyc.models import Check, Finding, KYCProfile, KYCReviewCase
from domains.kyc.operations import open_profile
from domains.kyc.queries import holds_pan, pan_is_held
from domains.portfolios.models import UnitEntry
from domains.transactions.models import Transaction
from domains.vault import redigesting
from domains.vault.keyring import forget_keyring
from domains.vault.keysets import KeyRefused, add_key, key_ids, make_keyring, promote_key, retire_key
from domains.vault.redigesting import Redigested, blind_indexes, digested_rows, redigest, rows_behind
from domains.vault.sealing import digest, digests
from tests.domains.statements.paper import equities, take_in
from tests.domains.vault.test_rotation import other_connection, quietly
from tests.people import make_user

ACTOR = Actor.system("test")
PAN = "AAAPA0001K"

# What is found by every key for good, because nothing that is kept could be digested anew.
FOUND_BY_EVERY_KEY = {
    "identity_apikey.key_digest",
    "identity_refreshtoken.token_digest",
    "gateway_idempotencykey.input_digest",
    "kyc_kycevidence.about_digest",  # the table only grows
    "kyc_kycdocument.content_digest",
}
NEVER_SOUGHT = {
    "audit_auditlog.sought_digest",  # proves a key to who knows it; the trail is never written anew
    "audit_removal.leaves_digest",  # no key
    "audit_removal.archive_digest",
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


def add(file: Path) -> int:
    text, key_id = add_key(file.read_text(), keyset="digests")
    file.write_text(text)
    forget_keyring()
    return key_id


def rotate(file: Path) -> None:
    key_id = add(file)
    file.write_text(promote_key(file.read_text(), keyset="digests", key_id=key_id))
    forget_keyring()


def customer(number: int, pan: str | None = None) -> UUID:
    mobile, email = f"+9198200000{number:02d}", f"a{number}@example.com"
    customer_id = create_customer(actor=ACTOR, full_name="A B", mobile=mobile, email=email)
    if pan:
        open_profile(actor=ACTOR, customer_id=customer_id, pan=pan)
    return customer_id


@pytest.mark.django_db
def test_every_digest_of_the_database_is_made_anew_or_found_by_every_key() -> None:
    """A column of digests stands beside a sealed value or is named here: none is forgotten by a rotation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns JOIN pg_class "
            "ON relname = table_name AND NOT relispartition WHERE table_schema = 'public' "
            r"AND udt_name = 'bytea' AND column_name LIKE '%\_digest'"
        )
        columns = {name for (name,) in cursor.fetchall()}
    anew = {f"{index.place}_digest" for index in blind_indexes()}
    assert anew == {"customers_customer.email_digest", "kyc_kycprofile.pan_digest"}
    assert columns == anew | FOUND_BY_EVERY_KEY | NEVER_SOUGHT


def test_a_whole_book_is_digested_anew_and_nothing_else_changes(own_database: str, file: Path) -> None:
    load_book(book=Book(customers=25, seed=3, last_day=LAST_DAY), actor=ACTOR, progress=quietly)
    versions = dict(Customer.objects.values_list("id", "version"))
    before = dict(KYCProfile.objects.exclude(pan_digest=None).values_list("id", "pan_digest"))
    assert rows_behind() == 0
    rotate(file)
    assert rows_behind() == digested_rows() > 40
    told: list[int] = []
    done = Redigested()
    redigest(done, progress=told.append, batch_rows=7)
    assert (done.rows, done.left, done.broken) == (digested_rows(), 0, 0)
    assert sum(told) == digested_rows()
    assert max(told) <= 7
    assert rows_behind() == 0
    after = dict(KYCProfile.objects.exclude(pan_digest=None).values_list("id", "pan_digest"))
    assert after.keys() == before.keys()
    assert all(bytes(after[key]) != bytes(before[key]) for key in after)
    assert dict(Customer.objects.values_list("id", "version")) == versions
    again = Redigested()
    redigest(again, progress=quietly)
    assert again.rows == 0, "there is nothing to do twice"


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["added", "promoted", "digested"])
def test_what_was_stored_before_is_found_at_every_moment_of_a_rotation(file: Path, moment: str) -> None:
    holder = customer(1, PAN)
    profile = KYCProfile.objects.get()
    record_evidence(
        profile_id=profile.id,
        check=Check.PAN,
        finding=Finding.PASSED,
        about=digest_of(Check.PAN, facts_of(profile)),
    )
    owner = make_user("owner", "administrator")
    actor = Actor(kind=ActorKind.USER, id=owner.id, roles=frozenset({"administrator"}))
    issued = open_session(user=owner)
    key = create_key(actor=actor, name="reports", scopes=["customers:read"]).key
    key_id = add(file)
    if moment != "added":
        file.write_text(promote_key(file.read_text(), keyset="digests", key_id=key_id))
        forget_keyring()
    if moment == "digested":
        redigest(Redigested(), progress=quietly)
    assert pan_is_held(PAN)
    assert holds_pan(customer_id=holder, pan=PAN) is True
    assert holds_pan(customer_id=holder, pan="AAAPA0002K") is False
    assert Customer.objects.get(
        email_digest__in=digests(purpose="customers_customer.email", value="a1@example.com")
    )
    assert standing(KYCProfile.objects.get()).keys() == {Check.PAN}
    assert find_key(key) is not None
    assert lock_refresh_token(issued.refresh_token).session_id == issued.session_id

    claimant = customer(2, PAN)
    assert KYCProfile.objects.get(customer_id=claimant).pan_contested
    assert KYCReviewCase.objects.get().holder_id == profile.id


@pytest.mark.django_db
def test_a_gateway_that_digests_with_the_old_key_still_finds_what_the_new_key_digested(file: Path) -> None:
    old = key_ids(file.read_text(), keyset="digests").primary
    rotate(file)
    customer(1, PAN)
    file.write_text(
        promote_key(file.read_text(), keyset="digests", key_id=old)
    )  # as one that is a moment behind
    forget_keyring()
    assert pan_is_held(PAN)
    claimant = customer(2, PAN)
    assert KYCProfile.objects.get(customer_id=claimant).pan_contested


@pytest.mark.django_db
def test_a_statement_that_was_imported_before_a_rotation_is_known_after_it(
    file: Path, tmp_path: Path
) -> None:
    take_in(tmp_path, equities())
    before = (Transaction.objects.count(), UnitEntry.objects.count())
    assert min(before) > 0
    rotate(file)
    take_in(tmp_path, equities())
    assert (Transaction.objects.count(), UnitEntry.objects.count()) == before


def test_a_row_that_another_transaction_changes_is_met_in_the_next_round(
    own_database: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redigesting, "ROUNDS_MAX", 1)
    ids = [customer(n) for n in range(5)]
    rotate(file)
    with closing(other_connection(own_database)) as other, other.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET full_name = 'C D' WHERE id = %s", [str(ids[2])])
        with connection.cursor() as here:
            here.execute("SET lock_timeout = '5s'")  # instead of a test that hangs
        done = Redigested()
        redigest(done, progress=quietly)
        assert (done.rows, done.left) == (4, 1)
        other.commit()
    done = Redigested()
    redigest(done, progress=quietly)
    assert (done.rows, done.left) == (1, 0)
    assert Customer.objects.get(id=ids[2]).full_name == "C D"


def test_what_does_not_open_is_named_and_left(own_database: str, file: Path) -> None:
    one, other = customer(1), customer(2)
    Customer.objects.filter(id=one).update(email_sealed=b"\x01broken")
    kept = bytes(Customer.objects.get(id=one).email_digest or b"")
    rotate(file)
    done = Redigested()
    redigest(done, progress=quietly)
    assert (done.rows, done.left, done.broken) == (1, 0, 1)
    assert bytes(Customer.objects.get(id=one).email_digest or b"") == kept
    expected = digest(purpose="customers_customer.email", value="a2@example.com")
    assert bytes(Customer.objects.get(id=other).email_digest or b"") == expected


@pytest.mark.django_db
def test_two_rows_that_exclude_each_other_under_the_new_key_are_told_and_left(file: Path) -> None:
    """It happens only where a gateway was left without the new key; the rest of the batch is done all the same."""
    customer(1, PAN)
    customer(3, "AAAPA0003K")
    rotate(file)
    second = customer(2, PAN)
    KYCProfile.objects.filter(customer_id=second).update(pan_contested=False)
    done = Redigested()
    redigest(done, progress=quietly)
    assert done.broken == 1
    assert done.rows == 3, "both older e-mail addresses and the other older PAN"


def test_a_key_of_digests_is_not_retired(file: Path) -> None:
    old = key_ids(file.read_text(), keyset="digests").primary
    rotate(file)
    with pytest.raises(KeyRefused, match="kept"):
        retire_key(file.read_text(), keyset="digests", key_id=old)
