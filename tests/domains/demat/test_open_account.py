"""Opening demat accounts: known by BO ID, held by those who opened them."""

from datetime import date
from uuid import UUID

import pytest

from domains.audit.queries import entries_about
from domains.customers.operations import create_customer
from domains.demat.models import DematAccount, DematHolder
from domains.demat.operations import open_account
from domains.demat.queries import account_id_for_boid, holds_account
from domains.kernel.actor import Actor
from domains.kernel.failures import Conflict, Invalid
from tests.domains.conftest import BO_ID
from tests.domains.refusal import breaks


def test_a_joint_account_has_its_holders_in_order(owner_id: UUID, stranger_id: UUID, officer: Actor) -> None:
    account_id = open_account(
        actor=officer,
        bo_id="IN300214 12345678",
        holder_ids=[stranger_id, owner_id],
        participant_name="Example Securities",
        opened_on=date(2020, 2, 29),
    )
    account = DematAccount.objects.get(id=account_id)
    assert (account.bo_id, account.depository, account.status) == ("IN30021412345678", "NSDL", "ACTIVE")
    ranks = account.holders.order_by("rank").values_list("rank", "customer_id")
    assert list(ranks) == [(1, stranger_id), (2, owner_id)]
    assert holds_account(customer_id=owner_id, account_id=account_id)
    for holder in (owner_id, stranger_id):
        assert entries_about(holder)[0].operation_name == "open_account"


def test_opening_it_again_changes_nothing(owner_id: UUID, account_id: UUID, officer: Actor) -> None:
    assert open_account(actor=officer, bo_id=BO_ID, holder_ids=[owner_id]) == account_id
    assert account_id_for_boid(BO_ID) == account_id
    assert DematHolder.objects.count() == 1


def test_naming_someone_elses_account_does_not_join_it(
    account_id: UUID, stranger_id: UUID, owner_id: UUID, officer: Actor
) -> None:
    for holders in ([stranger_id], [owner_id, stranger_id]):
        with pytest.raises(Conflict) as refused:
            open_account(actor=officer, bo_id=BO_ID, holder_ids=holders)
        assert refused.value.code == "BO_ID_TAKEN"
    assert not holds_account(customer_id=stranger_id, account_id=account_id)


def test_an_account_has_one_to_three_different_holders(owner_id: UUID, officer: Actor) -> None:
    others = [
        create_customer(actor=officer, full_name="Holder", mobile=f"+91982007770{number}")
        for number in range(3)
    ]
    for holders in ([], [owner_id, owner_id], [owner_id, *others]):
        with pytest.raises(Invalid) as refused:
            open_account(actor=officer, bo_id=BO_ID, holder_ids=holders)
        assert refused.value.code == "INVALID_HOLDERS"


def test_a_number_of_neither_depository_is_refused(owner_id: UUID, officer: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        open_account(actor=officer, bo_id="98765432", holder_ids=[owner_id])
    assert (refused.value.code, refused.value.path) == ("INVALID_BO_ID", ("boId",))


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"depository": "NSDL"}, "demat_bo_id_form"),
        ({"bo_id": "120109000001234"}, "demat_bo_id_form"),
        ({"depository": "XXXX"}, "demat_bo_id_form"),
        ({"status": "GONE"}, "demat_status_known"),
    ],
)
def test_the_database_refuses_an_account_that_can_not_be(
    db: None, given: dict[str, str], constraint: str
) -> None:
    with breaks(constraint):
        DematAccount.objects.create(**({"bo_id": BO_ID, "depository": "CDSL"} | given))


def test_the_database_refuses_a_holder_twice_and_a_rank_twice_and_a_fourth_rank(
    account_id: UUID, owner_id: UUID, stranger_id: UUID
) -> None:
    with breaks("demat_bo_id_once"):
        DematAccount.objects.create(bo_id=BO_ID, depository="CDSL")
    with breaks("holder_once"):
        DematHolder.objects.create(account_id=account_id, customer_id=owner_id, rank=2)
    with breaks("holder_rank_once"):
        DematHolder.objects.create(account_id=account_id, customer_id=stranger_id, rank=1)
    with breaks("holder_rank_one_to_three"):
        DematHolder.objects.create(account_id=account_id, customer_id=stranger_id, rank=4)


def test_an_account_knows_its_holders_whoever_writes_what(
    owner_id: UUID, stranger_id: UUID, account_id: UUID, officer: Actor
) -> None:
    def ids() -> list[UUID]:
        return DematAccount.objects.values_list("holder_ids", flat=True).get(id=account_id)

    assert ids() == [owner_id]
    joined = DematHolder.objects.create(account_id=account_id, customer_id=stranger_id, rank=2)
    assert ids() == [owner_id, stranger_id]
    DematHolder.objects.filter(customer_id=owner_id).update(rank=3)
    assert ids() == [stranger_id, owner_id]
    DematAccount.objects.filter(id=account_id).update(holder_ids=[officer.id], status="FROZEN")
    assert ids() == [stranger_id, owner_id], "nobody writes others"
    other_id = open_account(actor=officer, bo_id="IN30021412345678", holder_ids=[owner_id])
    DematHolder.objects.filter(id=joined.id).update(account_id=other_id, rank=2)
    assert ids() == [owner_id]
    assert DematAccount.objects.get(id=other_id).holder_ids == [owner_id, stranger_id]
