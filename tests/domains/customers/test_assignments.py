"""Customers are assigned to relationship managers through guardian's permissions, and it is recorded."""

from uuid import UUID

import pytest
from guardian.shortcuts import get_objects_for_user

from domains.audit.models import AuditLog
from domains.customers.assignments import ManagerNotFound, assign_customer, unassign_customer
from domains.customers.failures import CustomerClosed, CustomerNotFound
from domains.customers.models import Customer, CustomerUserObjectPermission
from domains.customers.operations import close_customer
from domains.customers.queries import customers_assigned_to
from domains.identity.models import User
from domains.kernel.actor import Actor
from domains.kernel.identifiers import new_id
from tests.people import make_user


@pytest.fixture
def manager(db: None) -> User:
    return make_user("manager", "relationship_manager")


def assigned(manager: User) -> set[UUID]:
    return {row["content_object"] for row in customers_assigned_to(manager.id)}


def test_an_assignment_is_a_permission_that_guardian_knows(
    manager: User, officer: Actor, owner_id: UUID, stranger_id: UUID
) -> None:
    assign_customer(actor=officer, manager_id=manager.id, customer_id=owner_id)
    assert assigned(manager) == {owner_id}
    found = get_objects_for_user(manager, "view_customer", Customer, accept_global_perms=False)
    assert [customer.id for customer in found] == [owner_id]


def test_assigning_and_unassigning_are_recorded_once_each(
    manager: User, officer: Actor, owner_id: UUID
) -> None:
    for _ in range(2):
        assign_customer(actor=officer, manager_id=manager.id, customer_id=owner_id)
    for _ in range(2):
        unassign_customer(actor=officer, manager_id=manager.id, customer_id=owner_id)
    assert assigned(manager) == set()
    entries = AuditLog.objects.filter(event="ROLE").order_by("id")
    assert [entry.operation_name for entry in entries] == ["assign_customer", "unassign_customer"]
    assert [entry.subjects for entry in entries] == [[owner_id], [owner_id]]
    assert entries[0].changes[0]["after"] == {"value": str(manager.id)}


def test_customers_are_assigned_to_active_relationship_managers_only(
    manager: User, officer: Actor, owner_id: UUID
) -> None:
    auditor = make_user("auditor", "auditor")
    User.objects.filter(id=manager.id).update(is_active=False)
    for user_id in (auditor.id, manager.id, new_id()):
        with pytest.raises(ManagerNotFound):
            assign_customer(actor=officer, manager_id=user_id, customer_id=owner_id)


def test_a_customer_who_is_not_there_or_closed(manager: User, officer: Actor, owner_id: UUID) -> None:
    with pytest.raises(CustomerNotFound):
        assign_customer(actor=officer, manager_id=manager.id, customer_id=new_id())
    assign_customer(actor=officer, manager_id=manager.id, customer_id=owner_id)
    close_customer(actor=officer, customer_id=owner_id)
    with pytest.raises(CustomerClosed):
        assign_customer(actor=officer, manager_id=manager.id, customer_id=owner_id)
    unassign_customer(actor=officer, manager_id=manager.id, customer_id=owner_id)
    assert not CustomerUserObjectPermission.objects.exists()
