"""A mobile number is a key that changes hands: its history stays with who held it when."""

from datetime import timedelta
from uuid import UUID

from domains.customers import operations
from domains.customers.models import Customer, MobileTenure
from domains.customers.operations import change_mobile, close_customer, create_customer
from domains.customers.queries import customer_id_for_mobile
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from tests.domains.conftest import FREE_MOBILE, OWNER_MOBILE


def history(mobile: str) -> list[tuple[UUID, bool]]:
    tenures = MobileTenure.objects.filter(mobile=mobile).order_by("since")
    return [(tenure.customer_id, tenure.until is None) for tenure in tenures]


def test_a_number_given_up_finds_nobody_and_the_new_one_finds_the_same_customer(
    owner_id: UUID, officer: Actor
) -> None:
    assert change_mobile(actor=officer, customer_id=owner_id, mobile=FREE_MOBILE) == owner_id
    assert customer_id_for_mobile(FREE_MOBILE) == owner_id
    assert customer_id_for_mobile(OWNER_MOBILE) is None
    assert history(OWNER_MOBILE) == [(owner_id, False)]
    assert history(FREE_MOBILE) == [(owner_id, True)]
    assert Customer.objects.get(id=owner_id).version == 2


def test_a_reassigned_number_finds_its_new_holder_only(
    owner_id: UUID, stranger_id: UUID, officer: Actor
) -> None:
    change_mobile(actor=officer, customer_id=owner_id, mobile=FREE_MOBILE)
    change_mobile(actor=officer, customer_id=stranger_id, mobile=OWNER_MOBILE)
    assert customer_id_for_mobile(OWNER_MOBILE) == stranger_id
    assert history(OWNER_MOBILE) == [(owner_id, False), (stranger_id, True)]
    first, second = MobileTenure.objects.filter(mobile=OWNER_MOBILE).order_by("since")
    assert first.until is not None
    assert first.until <= second.since


def test_a_closed_customers_number_can_be_a_new_customers(owner_id: UUID, officer: Actor) -> None:
    close_customer(actor=officer, customer_id=owner_id)
    new = create_customer(actor=officer, full_name="Neha Joshi", mobile=OWNER_MOBILE)
    assert customer_id_for_mobile(OWNER_MOBILE) == new
    assert history(OWNER_MOBILE) == [(owner_id, False), (new, True)]


def test_a_number_can_come_back_to_who_held_it_before(owner_id: UUID, officer: Actor) -> None:
    change_mobile(actor=officer, customer_id=owner_id, mobile=FREE_MOBILE)
    change_mobile(actor=officer, customer_id=owner_id, mobile=OWNER_MOBILE)
    assert history(OWNER_MOBILE) == [(owner_id, False), (owner_id, True)]


def test_the_number_that_is_held_already_changes_nothing(owner_id: UUID, officer: Actor) -> None:
    change_mobile(actor=officer, customer_id=owner_id, mobile="98200 12345")
    assert Customer.objects.get(id=owner_id).version == 1
    assert history(OWNER_MOBILE) == [(owner_id, True)]


def test_a_handover_between_gateways_whose_clocks_differ_does_not_overlap(
    owner_id: UUID, stranger_id: UUID, officer: Actor, monkeypatch
) -> None:
    """The gateway that gives the number up is an hour ahead of the one that takes it."""
    monkeypatch.setattr(operations, "now", lambda: now() + timedelta(hours=1))
    change_mobile(actor=officer, customer_id=owner_id, mobile=FREE_MOBILE)
    monkeypatch.undo()
    change_mobile(actor=officer, customer_id=stranger_id, mobile=OWNER_MOBILE)
    assert history(OWNER_MOBILE) == [(owner_id, False), (stranger_id, True)]
