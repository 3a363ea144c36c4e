"""Whoever runs into a number that somebody holds learns that; it is counted, kept, and no way to search."""

from uuid import UUID

import pytest

from domains.audit.models import AuditLog
from domains.customers.failures import InvalidFullName, MobileTaken
from domains.customers.held_numbers import HELD_NUMBERS, TooManyHeldNumbers
from domains.customers.models import Customer
from domains.customers.operations import change_mobile, create_customer
from domains.kernel.actor import Actor, ActorKind
from domains.vault.sealing import digest
from tests.domains.conftest import FREE_MOBILE, OWNER_MOBILE
from tests.people import make_user


@pytest.fixture
def clerk(db: None) -> Actor:
    """Somebody of operations, for whom numbers are masked."""
    user = make_user("clerk", "operations")
    return Actor(kind=ActorKind.USER, id=user.id, roles=frozenset({"operations"}))


@pytest.mark.parametrize("mobile", [OWNER_MOBILE, FREE_MOBILE])
def test_what_is_refused_for_another_fault_tells_nothing_about_the_number(
    owner_id: UUID, clerk: Actor, mobile: str
) -> None:
    with pytest.raises(InvalidFullName):
        create_customer(actor=clerk, full_name="", mobile=mobile)


def test_that_a_number_is_held_is_told_with_a_record_of_who_was_told_about_whom(
    owner_id: UUID, stranger_id: UUID, clerk: Actor
) -> None:
    with pytest.raises(MobileTaken):
        create_customer(actor=clerk, full_name="Other", mobile=OWNER_MOBILE)
    with pytest.raises(MobileTaken):
        change_mobile(actor=clerk, customer_id=stranger_id, mobile=OWNER_MOBILE)
    change_mobile(actor=clerk, customer_id=owner_id, mobile=OWNER_MOBILE)  # "It is this one" is told as well
    told = AuditLog.objects.filter(event="REFUSAL", viewer_id=clerk.id).order_by("id")
    assert [(each.operation_name, each.code, each.subjects) for each in told] == [
        ("create_customer", "MOBILE_HELD", [owner_id]),
        ("change_mobile", "MOBILE_HELD", [owner_id]),
        ("change_mobile", "MOBILE_HELD", [owner_id]),
    ]
    assert {bytes(each.sought_digest) for each in told} == {digest(purpose="lookup", value=OWNER_MOBILE)}


def test_who_runs_into_many_numbers_is_told_no_more_of_them(owner_id: UUID, clerk: Actor) -> None:
    for _ in range(HELD_NUMBERS.burst):
        with pytest.raises(MobileTaken):
            create_customer(actor=clerk, full_name="Other", mobile=OWNER_MOBILE)
    with pytest.raises(TooManyHeldNumbers) as refused:
        create_customer(actor=clerk, full_name="Other", mobile=OWNER_MOBILE)
    assert 1 <= refused.value.retry_after_s <= HELD_NUMBERS.every_s
    with pytest.raises(TooManyHeldNumbers):
        change_mobile(actor=clerk, customer_id=owner_id, mobile=OWNER_MOBILE)
    create_customer(actor=clerk, full_name="New", mobile=FREE_MOBILE)
    assert Customer.objects.count() == 2


def test_the_program_itself_is_not_counted(owner_id: UUID) -> None:
    for _ in range(HELD_NUMBERS.burst + 1):
        with pytest.raises(MobileTaken):
            create_customer(actor=Actor.system("import"), full_name="Other", mobile=OWNER_MOBILE)
