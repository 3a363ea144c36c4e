"""Which customers a relationship manager looks after, and so may see: a guardian permission for each."""

from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.customers.failures import CustomerNotFound
from domains.customers.models import Customer
from domains.customers.operations import TABLE, lock_open_customer
from domains.customers.queries import ASSIGNED, customers_assigned_to
from domains.identity.queries import has_role
from domains.identity.roles import Role
from domains.kernel.actor import Actor
from domains.kernel.failures import NotFound


class ManagerNotFound(NotFound):
    """No active user with the role of a relationship manager has this id."""

    code = "MANAGER_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such relationship manager.", path=("manager",))


@transaction.atomic
def assign_customer(*, actor: Actor, manager_id: UUID, customer_id: UUID) -> UUID:
    """Let a manager look after a customer and return the customer's id; doing so already changes nothing.

    Raises CustomerNotFound, CustomerClosed or ManagerNotFound.
    """
    customer = lock_open_customer(customer_id)
    if not has_role(manager_id, Role.RELATIONSHIP_MANAGER):
        raise ManagerNotFound
    if not _is_assigned(manager_id, customer_id):
        assign_perm(f"customers.{ASSIGNED}", _user(manager_id), customer)
        _record(actor, "assign_customer", customer_id, before=None, after=manager_id)
    return customer.id


@transaction.atomic
def unassign_customer(*, actor: Actor, manager_id: UUID, customer_id: UUID) -> UUID:
    """Let a manager look after a customer no more and return the customer's id.

    It works for one who is no manager any more, and for a closed customer. Raises CustomerNotFound.
    """
    customer = Customer.objects.select_for_update().filter(id=customer_id).first()
    if customer is None:
        raise CustomerNotFound
    if _is_assigned(manager_id, customer_id):
        remove_perm(f"customers.{ASSIGNED}", _user(manager_id), customer)
        _record(actor, "unassign_customer", customer_id, before=manager_id, after=None)
    return customer.id


def _is_assigned(manager_id: UUID, customer_id: UUID) -> bool:
    return customers_assigned_to(manager_id).filter(content_object=customer_id).exists()


def _user(user_id: UUID) -> object:
    return get_user_model().objects.get(pk=user_id)


def _record(
    actor: Actor, operation: str, customer_id: UUID, *, before: UUID | None, after: UUID | None
) -> None:
    change = Change(TABLE, customer_id, "manager", before, after, in_clear=True)
    record(event=Event.ROLE, actor=actor, operation_name=operation, subjects=[customer_id], changes=[change])
