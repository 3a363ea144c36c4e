"""Finding customers."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from domains.customers.models import Customer, CustomerStatus, CustomerUserObjectPermission

ASSIGNED = "view_customer"  # the permission that an assignment is


def customer_id_for_login(user_id: UUID) -> UUID | None:
    """Return the id of the customer whom a user is, or None."""
    return Customer.objects.filter(login_id=user_id).values_list("id", flat=True).first()


def customer_id_for_mobile(mobile: str) -> UUID | None:
    """Return the id of the customer who holds a canonical number now, or None."""
    return Customer.objects.filter(mobile=mobile).values_list("id", flat=True).first()


def any_customer_exists() -> bool:
    """Tell whether there is any customer at all, closed or not."""
    return Customer.objects.exists()


def open_customer_ids(*, limit: int) -> list[UUID]:
    """Return the ids of the first customers who are not closed."""
    rows = Customer.objects.exclude(status=CustomerStatus.CLOSED).order_by("id")
    return list(rows.values_list("id", flat=True)[:limit])


def full_name_of(customer_id: UUID) -> str | None:
    """Return the customer's name, or None when there is no such customer."""
    return Customer.objects.filter(id=customer_id).values_list("full_name", flat=True).first()


def customers_assigned_to(user_id: Any) -> "QuerySet[Any, Any]":
    """Return the keys of the customers whom a relationship manager looks after; the id may be an expression."""
    return CustomerUserObjectPermission.objects.filter(user=user_id, permission__codename=ASSIGNED).values(
        "content_object"
    )
