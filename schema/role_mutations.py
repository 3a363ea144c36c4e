"""Who may what: granting roles, and assigning customers to relationship managers."""

import strawberry

from domains.customers.assignments import assign_customer as assign
from domains.customers.assignments import unassign_customer as unassign
from domains.identity import grants
from domains.identity.roles import Role
from domains.kernel.actor import Actor
from gateway.declaration import argument, operation
from schema.customer_mutations import CustomerPayload
from schema.global_ids import key_of
from schema.identity import User
from schema.refusals import Problem, refusals_as


@strawberry.type(description="A user after a change, or what was wrong.")
class UserPayload:
    """A user after a change, or what was wrong."""

    user: User | None = strawberry.field(default=None, description="The user; null when refused.")
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@refusals_as(UserPayload)
def grant_role(actor: Actor, user: strawberry.ID, role: str) -> UserPayload:
    """Give a user a role."""
    user_id = key_of(user, entity="User", path=("user",))
    granted = grants.grant_role(actor=actor, user_id=user_id, role=role)
    return UserPayload(user=granted)  # type: ignore[arg-type] # the gateway reads the entity by its key


@refusals_as(UserPayload)
def revoke_role(actor: Actor, user: strawberry.ID, role: str) -> UserPayload:
    """Take a role from a user."""
    user_id = key_of(user, entity="User", path=("user",))
    revoked = grants.revoke_role(actor=actor, user_id=user_id, role=role)
    return UserPayload(user=revoked)  # type: ignore[arg-type] # likewise


@refusals_as(CustomerPayload, places={"id": "customer"})
def assign_customer(actor: Actor, manager: strawberry.ID, customer: strawberry.ID) -> CustomerPayload:
    """Let a manager look after a customer."""
    key = assign(
        actor=actor,
        manager_id=key_of(manager, entity="User", path=("manager",)),
        customer_id=key_of(customer, entity="Customer", path=("customer",)),
    )
    return CustomerPayload(customer=key)  # type: ignore[arg-type] # likewise


@refusals_as(CustomerPayload, places={"id": "customer"})
def unassign_customer(actor: Actor, manager: strawberry.ID, customer: strawberry.ID) -> CustomerPayload:
    """Let a manager look after a customer no more."""
    key = unassign(
        actor=actor,
        manager_id=key_of(manager, entity="User", path=("manager",)),
        customer_id=key_of(customer, entity="Customer", path=("customer",)),
    )
    return CustomerPayload(customer=key)  # type: ignore[arg-type] # likewise


_USER_AND_ROLE = {
    "user": argument(strawberry.ID, "The user's global id."),
    "role": argument(str, f"One of {', '.join(Role.values)}."),
}
_MANAGER_AND_CUSTOMER = {
    "manager": argument(strawberry.ID, "The relationship manager's global id, a user's."),
    "customer": argument(strawberry.ID, "The customer's global id."),
}


@strawberry.type
class RoleMutations:
    """Mutations of roles and assignments."""

    grant_role: UserPayload | None = operation(
        "Give a user a role. Nobody grants one to themselves.", run=grant_role, arguments=_USER_AND_ROLE
    )
    revoke_role: UserPayload | None = operation(
        "Take a role from a user; the last administrator keeps theirs.",
        run=revoke_role,
        arguments=_USER_AND_ROLE,
    )
    assign_customer: CustomerPayload | None = operation(
        "Let a relationship manager look after a customer, and so see them.",
        run=assign_customer,
        arguments=_MANAGER_AND_CUSTOMER,
    )
    unassign_customer: CustomerPayload | None = operation(
        "Let a relationship manager look after a customer no more.",
        run=unassign_customer,
        arguments=_MANAGER_AND_CUSTOMER,
    )
