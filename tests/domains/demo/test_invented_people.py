"""The invented book before it is loaded: the same seed makes the same people, and every number is valid."""

from datetime import date
from uuid import UUID

import pytest
from django.apps import apps

from domains.demo import names
from domains.demo.block import make_block
from domains.demo.book import BLOCK_SIZE, CUSTOMERS_MAX, Book
from domains.demo.people import Person, invent_person
from domains.demo.rows import COLUMNS, Rows, moment, record_id
from domains.demo.securities import FUNDS, LISTED
from domains.kernel.identifiers import (
    new_id,
    parse_aadhaar_reference,
    parse_address,
    parse_boid,
    parse_date_of_birth,
    parse_email,
    parse_isin,
    parse_mobile,
    parse_pan,
)

IDS = {listing.isin: new_id().hex for listing in (*LISTED, *FUNDS)}


def people(count: int, seed: int = 1) -> list[Person]:
    book = Book(count, seed)
    return [
        invent_person(index=index, random=book.random_for(index), last_ms=book.last_ms)
        for index in range(count)
    ]


def block(book: Book, places: range) -> Rows:
    return make_block(book=book, places=places, security_ids=IDS)


def plain_rows(rows: Rows, table: str) -> list[tuple[str, ...]]:
    """Return a table's rows without ciphertexts, which never come out alike."""
    columns = COLUMNS[table].split()
    return [
        tuple(
            value
            for name, value in zip(columns, line.split("\t"), strict=True)
            if not name.endswith("_sealed")
        )
        for line in rows.lines(table)
    ]


@pytest.mark.parametrize("table", COLUMNS)
def test_the_same_seed_makes_the_same_rows_with_the_same_ids(table: str) -> None:
    assert plain_rows(block(Book(20), range(20)), table) == plain_rows(block(Book(20), range(20)), table)


def test_another_seed_makes_other_people() -> None:
    assert [person.full_name for person in people(50)] != [person.full_name for person in people(50, seed=2)]


def test_a_larger_book_begins_with_the_smaller_one() -> None:
    small, large = block(Book(30), range(30)), block(Book(9_000), range(BLOCK_SIZE))
    for table in ("customers_customer", "kyc_kycprofile"):
        assert plain_rows(large, table)[:30] == plain_rows(small, table)


def test_the_first_customer_is_always_the_same() -> None:
    for seed in range(5):
        first, second = people(2, seed)
        assert (first.full_name, first.mobile, first.status) == ("Asha Rao", "+919876543210", "ACTIVE")
        assert first.verification.status == "VERIFIED"
        assert second.status == "ACTIVE"


def test_every_number_is_what_our_own_parsers_take() -> None:
    for person in people(1_500):
        for tenure in person.tenures:
            assert parse_mobile(tenure.mobile) == tenure.mobile
        known = person.verification
        assert known.pan is None or parse_pan(known.pan) == known.pan
        assert known.pan is None or known.pan[3:5] == "P" + person.full_name.split()[-1][0]
        assert person.email is None or parse_email(person.email) == person.email
        assert known.address is None or parse_address(known.address) == known.address
        assert known.aadhaar_reference is None or parse_aadhaar_reference(known.aadhaar_reference)
        assert parse_date_of_birth(known.date_of_birth, today=date(2008, 1, 1)) == known.date_of_birth


def test_no_number_is_held_by_two_at_once() -> None:
    everyone = people(20_000)
    mobiles = [person.mobile for person in everyone if person.mobile]
    pans = [person.verification.pan for person in everyone if person.verification.pan]
    assert len(set(mobiles)) == len(mobiles)
    assert len(set(pans)) == len(pans)


def test_the_number_of_a_closed_customer_is_given_to_the_next_one_later() -> None:
    everyone = people(400)
    closed = [person for person in everyone if person.closed_ms]
    assert len(closed) == 4
    for person in closed:
        given = everyone[person.index + 1].tenures[-1]
        assert person.mobile is None
        assert given.mobile == person.tenures[-1].mobile
        assert given.since_ms > (person.tenures[-1].until_ms or 0)


def test_every_state_of_the_verification_occurs() -> None:
    states = {person.verification.status for person in people(200)}
    assert states == {"DRAFT", "SUBMITTED", "IN_VERIFICATION", "VERIFIED", "REJECTED", "ON_HOLD", "EXPIRED"}


def test_every_demat_account_has_a_number_of_its_own() -> None:
    numbers = [line.split("\t")[1] for line in block(Book(1_000), range(1_000)).lines("demat_demataccount")]
    assert [parse_boid(number) for number in numbers] == numbers
    assert len(set(numbers)) == len(numbers)


def test_every_security_has_an_isin_with_the_right_check_digit() -> None:
    assert [parse_isin(isin) for isin in IDS] == list(IDS)


@pytest.mark.parametrize("table", COLUMNS)
def test_every_column_that_the_database_does_not_fill_is_written(table: str) -> None:
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    unfilled = [field for field in model._meta.concrete_fields if not (field.null or field.has_db_default())]
    needed = {field.column for field in unfilled}
    known = {field.column for field in model._meta.concrete_fields}
    written = set(COLUMNS[table].split())
    assert needed - written == set(), "give it a db_default, or write it: domains/demo/rows.py"
    assert written - known == set()


def test_no_word_of_the_lists_means_anything_to_copy() -> None:
    words = [*names.GIVEN_NAMES, *names.SURNAMES, *names.HOUSES, *names.STREETS, *map(str, names.CITIES)]
    words += [listing.name + listing.symbol for listing in (*LISTED, *FUNDS)]
    words += [name for _code, name in (*names.CDSL_PARTICIPANTS, *names.NSDL_PARTICIPANTS)]
    assert not [word for word in words if set(word) & set("\t\n\r\\")]


def test_ids_are_uuids_of_the_seventh_version_in_the_order_of_time() -> None:
    random = Book(1).random_for(0)
    earlier, later = UUID(record_id(random, 1_700_000_000_000)), UUID(record_id(random, 1_700_000_000_001))
    assert (earlier.version, earlier.variant) == (7, "specified in RFC 4122")
    assert earlier < later


def test_a_moment_is_written_in_utc() -> None:
    assert moment(1_700_000_000_123) == "2023-11-14T22:13:20.123Z"


def test_a_book_ends_with_its_last_day() -> None:
    assert moment(Book(1, last_day=date(2026, 10, 30)).last_ms) == "2026-10-30T23:59:59.999Z"


@pytest.mark.parametrize("size", [0, -1, CUSTOMERS_MAX + 1])
def test_a_book_of_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="A book has 1 to"):
        Book(size)
