"""What may happen to a customer. Each operation is one transaction and leaves a CHANGE in the audit trail.

Personal values appear in the trail as keyed digests. A customer's row is written before its tenures: the
unique index on the current number orders two customers who claim one number at the same moment.
"""

from collections.abc import Mapping
from uuid import UUID

from django.db import models, transaction

from domains.audit.operations import Change, record_change
from domains.customers.failures import (
    CustomerClosed,
    CustomerFrozen,
    CustomerHasLogin,
    CustomerNotFound,
    InvalidFullName,
    LoginTaken,
    MobileTaken,
    SelfLink,
    StaleVersion,
)
from domains.customers.held_numbers import tell_held
from domains.customers.models import FULL_NAME_LENGTH_MAX, Customer, CustomerStatus
from domains.customers.queries import customer_id_for_login, customer_id_for_mobile
from domains.customers.tenures import begin_tenure, end_tenure
from domains.identity.failures import UserNotFound
from domains.identity.queries import user_behind, user_exists
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.identifiers import mask_email, parse_email, parse_mobile
from domains.kernel.prepared import Answer, Asked, Question, Slot, ask
from domains.kernel.text import tidy_line
from domains.kernel.unset import UNSET, Unset
from domains.kernel.violations import refused_as
from domains.vault.sealing import open_sealed, sealed_columns

TABLE = "customers_customer"
_STATUS = Question(lambda: Customer.objects.filter(id=Slot("id", models.UUIDField())).values_list("status"))
_LOCKED = Question(
    lambda: (
        Customer.objects.select_for_update().filter(id=Slot("id", models.UUIDField())).values_list("status")
    )
)

_races_for_a_number = refused_as(
    {
        "customer_mobile_once": MobileTaken,
        "tenure_current_once": MobileTaken,
        "tenure_never_overlaps": MobileTaken,
    }
)


def lock_open_customer(customer_id: UUID) -> Customer:
    """Return the customer, locked until the transaction ends.

    What opens something for a customer calls it first, so that nothing is opened while they are closed.
    Raises CustomerNotFound or CustomerClosed.
    """
    customer = Customer.objects.select_for_update().filter(id=customer_id).first()
    if customer is None:
        raise CustomerNotFound
    if customer.status == CustomerStatus.CLOSED:
        raise CustomerClosed
    return customer


def require_open_customer(customer_id: UUID) -> None:
    """Lock the customer as `lock_open_customer` does, and raise as it does, where nothing of them is read."""
    (found,) = ask(_LOCKED.about(id=customer_id))
    _checked(found, though_frozen=True)


def lock_asked(customer_id: UUID) -> Asked:
    """Return what locks the customer until the transaction ends, for `ask` of what must stay as it is found."""
    return _LOCKED.about(id=customer_id)


def dealing_asked(customer_id: UUID) -> Asked:
    """Return what must be known for `require_dealing`."""
    return _STATUS.about(id=customer_id)


def require_dealing(found: Answer) -> None:
    """Raise CustomerNotFound, CustomerClosed or CustomerFrozen unless something may go out for the customer."""
    _checked(found, though_frozen=False)


def _checked(found: Answer, *, though_frozen: bool) -> None:
    if found is None:
        raise CustomerNotFound
    (status,) = found
    if status == CustomerStatus.CLOSED:
        raise CustomerClosed
    if status == CustomerStatus.FROZEN and not though_frozen:
        raise CustomerFrozen


@_races_for_a_number
def create_customer(*, actor: Actor, full_name: str, mobile: str, email: str | None = None) -> UUID:
    """Create a customer found by this mobile number and return the id.

    Raises InvalidFullName, InvalidMobile, InvalidEmail, MobileTaken or TooManyHeldNumbers. The number is looked up
    last: what is refused for anything else tells nothing about it.
    """
    number = parse_mobile(mobile, path=("mobile",))
    address = None if email is None else parse_email(email, path=("email",))
    name = _parse_full_name(full_name)
    if (holder_id := customer_id_for_mobile(number)) is not None:
        tell_held(actor=actor, mobile=number, holder_id=holder_id, operation_name="create_customer")
        raise MobileTaken
    moment = now()
    customer = Customer(full_name=name, mobile=number, created_at=moment, updated_at=moment)
    _set_email(customer, address)
    with transaction.atomic():
        customer.save(force_insert=True)
        begin_tenure(customer_id=customer.id, mobile=number, moment=moment)
        changes = {"full_name": (None, name), "mobile": (None, number), "email": (None, address)}
        _record(actor, "create_customer", customer, changes)
    return customer.id


@transaction.atomic
def update_customer(
    *,
    actor: Actor,
    customer_id: UUID,
    version: int,
    full_name: str | Unset = UNSET,
    email: str | Unset | None = UNSET,
) -> UUID:
    """Change the name or the e-mail address (None removes it) and return the customer's id.

    `version` is the one that the caller read. What is left UNSET stays; values equal to those that are there
    change nothing. Raises InvalidFullName, InvalidEmail, CustomerNotFound, CustomerClosed or StaleVersion.
    """
    customer = lock_open_customer(customer_id)
    if customer.version != version:
        raise StaleVersion
    changes: dict[str, tuple[object, object]] = {}
    if full_name is not UNSET and (name := _parse_full_name(full_name)) != customer.full_name:
        changes["full_name"] = (customer.full_name, name)
        customer.full_name = name
    if email is not UNSET:
        address = None if email is None else parse_email(email, path=("email",))
        if (before := _email(customer)) != address:
            changes["email"] = (before, address)
            _set_email(customer, address)
    if changes:
        _save(customer)
        _record(actor, "update_customer", customer, changes)
    return customer.id


@_races_for_a_number
def change_mobile(*, actor: Actor, customer_id: UUID, mobile: str) -> UUID:
    """Let the customer be found by another number, keep the old one's history, and return the customer's id.

    The number that is held already changes nothing. Raises InvalidMobile, CustomerNotFound, CustomerClosed,
    MobileTaken or TooManyHeldNumbers.
    """
    number = parse_mobile(mobile, path=("mobile",))
    if (holder_id := customer_id_for_mobile(number)) is not None:
        tell_held(actor=actor, mobile=number, holder_id=holder_id, operation_name="change_mobile")
    with transaction.atomic():
        customer = lock_open_customer(customer_id)
        if customer.mobile == number:
            return customer.id
        if customer_id_for_mobile(number) is not None:
            raise MobileTaken
        before, customer.mobile = customer.mobile, number
        moment = now()
        _save(customer)
        end_tenure(customer_id=customer.id, moment=moment)
        begin_tenure(customer_id=customer.id, mobile=number, moment=moment)
        _record(actor, "change_mobile", customer, {"mobile": (before, number)})
    return customer.id


@transaction.atomic
def close_customer(*, actor: Actor, customer_id: UUID) -> UUID:
    """Close the customer, free the number for others, keep its history, and return the customer's id.

    Raises CustomerNotFound or, when it is done already, CustomerClosed.
    """
    customer = lock_open_customer(customer_id)
    status, number = customer.status, customer.mobile
    customer.status, customer.mobile, customer.closed_at = CustomerStatus.CLOSED, None, now()
    _save(customer)
    end_tenure(customer_id=customer.id, moment=customer.closed_at)
    changes = {"status": (status, CustomerStatus.CLOSED), "mobile": (number, None)}
    _record(actor, "close_customer", customer, changes)
    return customer.id


@refused_as({"customers_customer_login_id_key": LoginTaken})
@transaction.atomic
def link_login(*, actor: Actor, customer_id: UUID, user_id: UUID) -> UUID:
    """Say which user is this customer, one to one, and return the customer's id.

    The same link again changes nothing. Raises CustomerNotFound, CustomerClosed, UserNotFound,
    CustomerHasLogin, LoginTaken or SelfLink.
    """
    if user_behind(actor) == user_id:
        raise SelfLink
    customer = lock_open_customer(customer_id)
    if customer.login_id == user_id:
        return customer.id
    if customer.login_id is not None:
        raise CustomerHasLogin
    if not user_exists(user_id):
        raise UserNotFound("userId")
    if customer_id_for_login(user_id) is not None:
        raise LoginTaken
    customer.login_id = user_id
    _save(customer)
    _record(actor, "link_login", customer, {"login": (None, user_id)})
    return customer.id


def _save(customer: Customer) -> None:
    customer.version += 1
    customer.updated_at = now()
    customer.save(force_update=True)


def _parse_full_name(text: str) -> str:
    name = tidy_line(text, length_max=FULL_NAME_LENGTH_MAX)
    if name is None:
        raise InvalidFullName
    return name


def _email(customer: Customer) -> str | None:
    if customer.email_sealed is None:
        return None
    return open_sealed(table_column=f"{TABLE}.email", pk=customer.id, sealed=customer.email_sealed)


def _set_email(customer: Customer, address: str | None) -> None:
    columns = sealed_columns(
        table=TABLE, column="email", pk=customer.id, value=address, mask=mask_email, digested=True
    )
    for name, value in columns.items():
        setattr(customer, name, value)


def _record(
    actor: Actor, operation: str, customer: Customer, fields: Mapping[str, tuple[object, object]]
) -> None:
    changes = [
        Change(TABLE, customer.id, field, before, after, in_clear=field in {"status", "login"})
        for field, (before, after) in fields.items()
        if before != after
    ]
    record_change(actor=actor, operation_name=operation, subjects=[customer.id], changes=changes)
