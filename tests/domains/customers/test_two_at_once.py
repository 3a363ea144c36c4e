"""Two operations at the same moment, on connections of their own: one wins, the other is told why."""

from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread
from uuid import UUID

from django.db import connection

from domains.customers.models import Customer, MobileTenure
from domains.customers.operations import change_mobile, create_customer, link_login, update_customer
from domains.customers.queries import customer_id_for_login, customer_id_for_mobile
from domains.identity.operations import create_user
from domains.kernel.actor import Actor
from domains.kernel.failures import Failure

ROUNDS = 5


def at_once(*calls: Callable[[], UUID]) -> list[UUID | str]:
    """Run the calls in threads that start together; return each one's id, or its failure's code."""
    start, outcomes = Barrier(len(calls)), [""] * len(calls)

    def run(place: int, call: Callable[[], UUID]) -> None:
        connection.ensure_connection()
        start.wait()
        try:
            outcomes[place] = call()
        except Failure as failure:
            outcomes[place] = failure.code
        except Exception as unexpected:
            outcomes[place] = repr(unexpected)
        finally:
            connection.close()

    threads = [Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def customers(actor: Actor, prefix: str) -> list[UUID]:
    return [
        create_customer(actor=actor, full_name=f"Customer {n}", mobile=f"+9198200{prefix}00{n}")
        for n in range(4)
    ]


def test_of_four_who_claim_one_number_one_gets_it(own_database: str, officer: Actor) -> None:
    for round_number in range(ROUNDS):
        wanted, ids = f"+91982009990{round_number}", customers(officer, f"1{round_number}")
        outcomes = at_once(
            *[partial(change_mobile, actor=officer, customer_id=each, mobile=wanted) for each in ids]
        )
        winner = customer_id_for_mobile(wanted)
        assert sorted(str(each) for each in outcomes) == sorted([str(winner), *["MOBILE_TAKEN"] * 3])
        assert MobileTenure.objects.filter(mobile=wanted).count() == 1
        losers = Customer.objects.filter(id__in=ids).exclude(id=winner)
        assert {each.version for each in losers} == {1}


def test_of_four_who_are_created_with_one_number_one_is(own_database: str, officer: Actor) -> None:
    for round_number in range(ROUNDS):
        wanted = f"+91982008880{round_number}"
        claim = partial(create_customer, actor=officer, full_name="Asha Rao", mobile=wanted)
        outcomes = at_once(claim, claim, claim, claim)
        winner = customer_id_for_mobile(wanted)
        assert sorted(str(each) for each in outcomes) == sorted([str(winner), *["MOBILE_TAKEN"] * 3])


def test_of_two_updates_of_one_version_one_is_stale(own_database: str, officer: Actor) -> None:
    customer_id = create_customer(actor=officer, full_name="Asha Rao", mobile="+919820077777")
    outcomes = at_once(
        *[
            partial(update_customer, actor=officer, customer_id=customer_id, version=1, full_name=name)
            for name in ("Asha Iyer", "Asha Menon")
        ]
    )
    assert sorted(str(each) for each in outcomes) == sorted([str(customer_id), "STALE_VERSION"])
    assert Customer.objects.get(id=customer_id).version == 2


def test_of_four_customers_linked_to_one_login_one_is(own_database: str, officer: Actor) -> None:
    ids = customers(officer, "20")
    user_id = create_user(username="asha", password="a long password", display_name="", roles=["customer"])
    outcomes = at_once(
        *[partial(link_login, actor=officer, customer_id=each, user_id=user_id) for each in ids]
    )
    winner = customer_id_for_login(user_id)
    assert sorted(str(each) for each in outcomes) == sorted([str(winner), *["LOGIN_TAKEN"] * 3])
