"""Creating, updating, closing a customer, and linking a login."""

import json
from dataclasses import replace
from traceback import format_exception
from uuid import UUID

import pytest
from django.db import transaction

from domains.audit.models import AuditLog
from domains.audit.queries import entries_about
from domains.customers.models import Customer, MobileTenure
from domains.customers.operations import (
    change_mobile,
    close_customer,
    create_customer,
    link_login,
    update_customer,
)
from domains.customers.queries import customer_id_for_login, customer_id_for_mobile
from domains.identity.operations import create_user
from domains.kernel.actor import Actor
from domains.kernel.failures import Conflict, Failure, Invalid, NotAllowed, NotFound, Refused
from domains.kernel.identifiers import new_id
from domains.kernel.violations import ConstraintBroken, refused_as
from domains.vault.sealing import digest, open_sealed
from tests.domains.conftest import FREE_MOBILE, OWNER_MOBILE, STRANGER_MOBILE


@pytest.fixture
def user_id(db: None) -> UUID:
    return create_user(username="asha", password="a long password", display_name="Asha", roles=["customer"])


def email_of(customer: Customer) -> str:
    assert customer.email_sealed is not None
    return open_sealed(table_column="customers_customer.email", pk=customer.id, sealed=customer.email_sealed)


def test_a_new_customer_is_found_by_mobile_and_holds_it_from_now_on(owner_id: UUID) -> None:
    customer = Customer.objects.get(id=owner_id)
    assert customer_id_for_mobile(OWNER_MOBILE) == owner_id
    assert (customer.full_name, customer.status, customer.version) == ("Asha Rao", "ACTIVE", 1)
    tenure = MobileTenure.objects.get(customer=customer)
    assert (tenure.mobile, tenure.until) == (OWNER_MOBILE, None)
    assert tenure.since == customer.created_at


def test_the_email_is_sealed_masked_and_indexed_blindly(owner_id: UUID) -> None:
    customer = Customer.objects.get(id=owner_id)
    assert email_of(customer) == "asha.rao@example.com"
    assert customer.email_masked == "a***@example.com"
    wanted = digest(purpose="customers_customer.email", value="asha.rao@example.com")
    assert Customer.objects.get(email_digest=wanted).id == owner_id


def test_every_operation_leaves_one_change_and_no_value_in_clear(
    owner_id: UUID, user_id: UUID, officer: Actor
) -> None:
    update_customer(
        actor=officer, customer_id=owner_id, version=1, full_name="Asha R. Rao", email="new@example.com"
    )
    change_mobile(actor=officer, customer_id=owner_id, mobile=FREE_MOBILE)
    link_login(actor=officer, customer_id=owner_id, user_id=user_id)
    close_customer(actor=officer, customer_id=owner_id)
    entries = entries_about(owner_id)
    assert [(entry.event, entry.operation_name) for entry in reversed(entries)] == [
        ("CHANGE", "create_customer"),
        ("CHANGE", "update_customer"),
        ("CHANGE", "change_mobile"),
        ("CHANGE", "link_login"),
        ("CHANGE", "close_customer"),
    ]
    told = json.dumps([entry.changes for entry in entries])
    assert not [word for word in ("Asha", "98200", "example.com", "a***") if word in told]
    assert {entry.viewer_id for entry in entries} == {officer.id}
    fields = [[change["field"] for change in entry.changes] for entry in reversed(entries)]
    assert fields == [
        ["full_name", "mobile", "email"],
        ["full_name", "email"],
        ["mobile"],
        ["login"],
        ["status", "mobile"],
    ]


def test_an_update_changes_what_is_given_and_raises_the_version(owner_id: UUID, officer: Actor) -> None:
    update_customer(actor=officer, customer_id=owner_id, version=1, full_name=" Asha  Iyer ")
    customer = Customer.objects.get(id=owner_id)
    assert (customer.full_name, customer.version) == ("Asha Iyer", 2)
    assert email_of(customer) == "asha.rao@example.com"
    assert customer.updated_at > customer.created_at


def test_an_email_can_be_removed(owner_id: UUID, officer: Actor) -> None:
    update_customer(actor=officer, customer_id=owner_id, version=1, email=None)
    customer = Customer.objects.get(id=owner_id)
    assert (customer.email_sealed, customer.email_masked, customer.email_digest) == (None, None, None)


def test_an_update_to_what_is_there_already_changes_nothing(owner_id: UUID, officer: Actor) -> None:
    update_customer(
        actor=officer, customer_id=owner_id, version=1, full_name="Asha Rao", email="ASHA.RAO@example.com"
    )
    assert Customer.objects.get(id=owner_id).version == 1
    assert len(entries_about(owner_id)) == 1


def test_an_update_of_what_changed_meanwhile_is_a_conflict(owner_id: UUID, officer: Actor) -> None:
    update_customer(actor=officer, customer_id=owner_id, version=1, full_name="Asha Iyer")
    with pytest.raises(Conflict) as refused:
        update_customer(actor=officer, customer_id=owner_id, version=1, full_name="Asha Menon")
    assert refused.value.code == "STALE_VERSION"
    assert Customer.objects.get(id=owner_id).full_name == "Asha Iyer"


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"full_name": " "}, "INVALID_FULL_NAME", ("fullName",)),
        ({"full_name": "a" * 201}, "INVALID_FULL_NAME", ("fullName",)),
        ({"full_name": "a\x00b"}, "INVALID_FULL_NAME", ("fullName",)),
        ({"mobile": "91729391923"}, "INVALID_MOBILE", ("mobile",)),
        ({"email": "nobody"}, "INVALID_EMAIL", ("email",)),
        ({"email": "a\x00@example.com"}, "INVALID_EMAIL", ("email",)),
    ],
)
def test_what_a_customer_can_not_have_is_refused(
    db: None, officer: Actor, given: dict[str, str], code: str, path: tuple[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        create_customer(actor=officer, **({"full_name": "Asha Rao", "mobile": OWNER_MOBILE} | given))
    assert (refused.value.code, refused.value.path) == (code, path)
    assert not Customer.objects.exists()
    assert not AuditLog.objects.exists()


def test_a_number_that_another_customer_holds_is_a_conflict(
    owner_id: UUID, stranger_id: UUID, officer: Actor
) -> None:
    with pytest.raises(Conflict) as created:
        create_customer(actor=officer, full_name="Other", mobile=OWNER_MOBILE)
    with pytest.raises(Conflict) as changed:
        change_mobile(actor=officer, customer_id=stranger_id, mobile=OWNER_MOBILE)
    for refused in (created, changed):
        assert (refused.value.code, refused.value.path) == ("MOBILE_TAKEN", ("mobile",))
        assert OWNER_MOBILE not in refused.value.message
    assert customer_id_for_mobile(STRANGER_MOBILE) == stranger_id


def test_a_closed_customer_keeps_nothing_that_finds_them_and_changes_no_more(
    owner_id: UUID, user_id: UUID, officer: Actor
) -> None:
    close_customer(actor=officer, customer_id=owner_id)
    customer = Customer.objects.get(id=owner_id)
    assert (customer.status, customer.mobile) == ("CLOSED", None)
    assert MobileTenure.objects.get(customer=customer).until == customer.closed_at
    assert customer_id_for_mobile(OWNER_MOBILE) is None
    for attempt in (
        lambda: close_customer(actor=officer, customer_id=owner_id),
        lambda: change_mobile(actor=officer, customer_id=owner_id, mobile=FREE_MOBILE),
        lambda: update_customer(actor=officer, customer_id=owner_id, version=2, full_name="X"),
        lambda: link_login(actor=officer, customer_id=owner_id, user_id=user_id),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "CUSTOMER_CLOSED"
    assert Customer.objects.filter(id=owner_id).exists()


def test_a_login_is_linked_one_to_one(
    owner_id: UUID, stranger_id: UUID, user_id: UUID, officer: Actor
) -> None:
    link_login(actor=officer, customer_id=owner_id, user_id=user_id)
    link_login(actor=officer, customer_id=owner_id, user_id=user_id)
    assert customer_id_for_login(user_id) == owner_id
    assert len(entries_about(owner_id)) == 2
    other = create_user(username="other", password="a long password", display_name="", roles=["customer"])
    with pytest.raises(Conflict) as has_one:
        link_login(actor=officer, customer_id=owner_id, user_id=other)
    with pytest.raises(Conflict) as is_one:
        link_login(actor=officer, customer_id=stranger_id, user_id=user_id)
    assert (has_one.value.code, is_one.value.code) == ("CUSTOMER_HAS_LOGIN", "LOGIN_TAKEN")
    assert customer_id_for_login(other) is None


def test_what_does_not_exist_is_not_found(owner_id: UUID, officer: Actor) -> None:
    nobody = new_id()
    attempts = {
        "CUSTOMER_NOT_FOUND": [
            lambda: update_customer(actor=officer, customer_id=nobody, version=1),
            lambda: change_mobile(actor=officer, customer_id=nobody, mobile=FREE_MOBILE),
            lambda: close_customer(actor=officer, customer_id=nobody),
            lambda: link_login(actor=officer, customer_id=nobody, user_id=nobody),
        ],
        "USER_NOT_FOUND": [lambda: link_login(actor=officer, customer_id=owner_id, user_id=nobody)],
    }
    for code, calls in attempts.items():
        for call in calls:
            with pytest.raises(NotFound) as refused:
                call()
            assert refused.value.code == code


def test_a_failure_tells_a_person_something_and_the_database_nothing(owner_id: UUID, officer: Actor) -> None:
    with pytest.raises(Failure) as refused:
        create_customer(actor=officer, full_name="Other", mobile=OWNER_MOBILE)
    assert refused.value.message == "Another customer holds this mobile number."


def test_a_number_claimed_between_looking_and_writing_is_the_same_conflict(
    owner_id: UUID, stranger_id: UUID, user_id: UUID, officer: Actor, monkeypatch
) -> None:
    """The look-up finds nothing, as it does in a race; then the database's constraints decide."""
    link_login(actor=officer, customer_id=owner_id, user_id=user_id)
    monkeypatch.setattr("domains.customers.operations.customer_id_for_mobile", lambda _: None)
    monkeypatch.setattr("domains.customers.operations.customer_id_for_login", lambda _: None)
    for code, call in {
        "MOBILE_TAKEN": lambda: change_mobile(actor=officer, customer_id=stranger_id, mobile=OWNER_MOBILE),
        "LOGIN_TAKEN": lambda: link_login(actor=officer, customer_id=stranger_id, user_id=user_id),
    }.items():
        with pytest.raises(Conflict) as refused:
            call()
        assert refused.value.code == code
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
    assert Customer.objects.get(id=stranger_id).version == 1


def test_a_constraint_that_nobody_expected_is_told_by_its_name_only(owner_id: UUID, officer: Actor) -> None:
    """PostgreSQL's detail would quote the row."""
    with pytest.raises(ConstraintBroken) as broken, refused_as({}), transaction.atomic():
        Customer.objects.create(full_name="Vikram Shah", mobile=OWNER_MOBILE)
    assert str(broken.value) == "customer_mobile_once"
    assert "Vikram" not in "".join(format_exception(broken.value))


def test_nobody_links_a_customer_to_their_own_login(owner_id: UUID, officer: Actor) -> None:
    """They would be shown all of that customer's data in clear, as theirs."""
    own = create_user(
        username="own", password="a long enough phrase", display_name="", roles=["administrator"]
    )
    with pytest.raises(NotAllowed) as refused:
        link_login(actor=replace(officer, id=own), customer_id=owner_id, user_id=own)
    assert (refused.value.code, customer_id_for_login(own)) == ("SELF_LINK", None)
