"""Finding customers."""

from uuid import UUID

from domains.customers.models import Customer


def customer_id_for_login(user_id: UUID) -> UUID | None:
    """Return the id of the customer whom a user is, or None."""
    return Customer.objects.filter(login_id=user_id).values_list("id", flat=True).first()


def customer_id_for_mobile(mobile: str) -> UUID | None:
    """Return the id of the customer who holds a canonical number now, or None."""
    return Customer.objects.filter(mobile=mobile).values_list("id", flat=True).first()


def customer_exists(customer_id: UUID) -> bool:
    """Tell whether there is a customer of this id, closed or not."""
    return Customer.objects.filter(id=customer_id).exists()


def any_customer_exists() -> bool:
    """Tell whether there is any customer at all, closed or not."""
    return Customer.objects.exists()


def full_name_of(customer_id: UUID) -> str | None:
    """Return the customer's name, or None when there is no such customer."""
    return Customer.objects.filter(id=customer_id).values_list("full_name", flat=True).first()
