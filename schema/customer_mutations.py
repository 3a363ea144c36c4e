"""What can be done to customers."""

from uuid import UUID

import strawberry

from domains.customers import operations
from domains.kernel.actor import Actor
from domains.kernel.unset import UNSET
from gateway.declaration import operation
from schema.customers import Customer
from schema.global_ids import key_of
from schema.refusals import Problem, refusals_as
from schema.scalars import MobileNumber


@strawberry.type(description="A customer after a change, or what was wrong.")
class CustomerPayload:
    """A customer after a change, or what was wrong."""

    customer: Customer | None = strawberry.field(default=None, description="The customer; null when refused.")
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.input(description="A new customer.")
class CreateCustomerInput:
    """A new customer."""

    full_name: str = strawberry.field(description="The name as in the identity documents.")
    mobile: MobileNumber = strawberry.field(description="The number that finds the customer.")
    email: str | None = strawberry.field(default=None, description="The e-mail address.")


@strawberry.input(description="Changes to a customer; what is left out stays.")
class UpdateCustomerInput:
    """Changes to a customer; what is left out stays."""

    id: strawberry.ID = strawberry.field(description="The customer's global id.")
    version: int = strawberry.field(description="The version that you read.")
    full_name: str | None = strawberry.field(default=strawberry.UNSET, description="The name.")
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="The e-mail address; null removes it."
    )


@strawberry.input(description="A customer's new number.")
class ChangeMobileInput:
    """A customer's new number."""

    id: strawberry.ID = strawberry.field(description="The customer's global id.")
    mobile: MobileNumber = strawberry.field(description="The new number.")


@strawberry.input(description="A customer to close.")
class CloseCustomerInput:
    """A customer to close."""

    id: strawberry.ID = strawberry.field(description="The customer's global id.")


@strawberry.input(description="A user who is a customer.")
class LinkLoginInput:
    """A user who is a customer."""

    id: strawberry.ID = strawberry.field(description="The customer's global id.")
    user: strawberry.ID = strawberry.field(description="The user's global id.")


@refusals_as(CustomerPayload)
def create_customer(actor: Actor, input: CreateCustomerInput) -> CustomerPayload:
    """Create a customer."""
    key = operations.create_customer(
        actor=actor, full_name=input.full_name, mobile=input.mobile, email=input.email
    )
    return _done(key)


@refusals_as(CustomerPayload)
def update_customer(actor: Actor, input: UpdateCustomerInput) -> CustomerPayload:
    """Change a customer's name or e-mail address."""
    key = operations.update_customer(
        actor=actor,
        customer_id=key_of(input.id, entity="Customer", path=("id",)),
        version=input.version,
        full_name=UNSET if input.full_name in (None, strawberry.UNSET) else input.full_name,
        email=UNSET if input.email is strawberry.UNSET else input.email,
    )
    return _done(key)


@refusals_as(CustomerPayload)
def change_mobile(actor: Actor, input: ChangeMobileInput) -> CustomerPayload:
    """Change the number that finds a customer."""
    customer_id = key_of(input.id, entity="Customer", path=("id",))
    return _done(operations.change_mobile(actor=actor, customer_id=customer_id, mobile=input.mobile))


@refusals_as(CustomerPayload)
def close_customer(actor: Actor, input: CloseCustomerInput) -> CustomerPayload:
    """Close a customer."""
    customer_id = key_of(input.id, entity="Customer", path=("id",))
    return _done(operations.close_customer(actor=actor, customer_id=customer_id))


@refusals_as(CustomerPayload)
def link_login(actor: Actor, input: LinkLoginInput) -> CustomerPayload:
    """Say which user is this customer."""
    customer_id = key_of(input.id, entity="Customer", path=("id",))
    user_id = key_of(input.user, entity="User", path=("user",))
    return _done(operations.link_login(actor=actor, customer_id=customer_id, user_id=user_id))


def _done(key: UUID) -> CustomerPayload:
    return CustomerPayload(customer=key)  # type: ignore[arg-type] # the gateway reads the entity by its key


@strawberry.type
class CustomerMutations:
    """Mutations of customers."""

    create_customer: CustomerPayload | None = operation(
        "Create a customer.", run=create_customer, arguments={"input": CreateCustomerInput}
    )
    update_customer: CustomerPayload | None = operation(
        "Change a customer's name or e-mail address.",
        run=update_customer,
        arguments={"input": UpdateCustomerInput},
    )
    change_mobile: CustomerPayload | None = operation(
        "Change the number that finds a customer; the old one's history is kept.",
        run=change_mobile,
        arguments={"input": ChangeMobileInput},
    )
    close_customer: CustomerPayload | None = operation(
        "Close a customer; the number becomes free.",
        run=close_customer,
        arguments={"input": CloseCustomerInput},
    )
    link_login: CustomerPayload | None = operation(
        "Say which user is this customer.", run=link_login, arguments={"input": LinkLoginInput}
    )
