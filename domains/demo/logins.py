"""The demo logins, of every role; their passwords are public, so they exist in the demo only."""

from dataclasses import dataclass
from uuid import UUID

from domains.customers.assignments import assign_customer
from domains.customers.failures import CustomerHasLogin
from domains.customers.operations import link_login
from domains.customers.queries import (
    customer_id_for_login,
    customer_id_for_mobile,
    open_customer_ids,
)
from domains.identity.operations import create_user
from domains.identity.queries import user_id_for_username
from domains.kernel.actor import Actor

FIRST_MOBILE = "+919876543210"
MANAGED = 12  # customers whom the relationship manager looks after


@dataclass(frozen=True, slots=True)
class Login:
    """A user name, the name shown, and the one role."""

    username: str
    display_name: str
    role: str

    @property
    def password(self) -> str:
        """Return the password that the README prints."""
        return f"demo-{self.username}"


LOGINS = (
    Login("admin", "Nandini Iyer", "administrator"),
    Login("admin2", "Rohan Mehta", "administrator"),
    Login("auditor", "Farhan Qureshi", "auditor"),
    Login("officer", "Meera Nair", "kyc_officer"),
    Login("officer2", "Arjun Deshpande", "kyc_officer"),
    Login("manager", "Kavita Menon", "relationship_manager"),
    Login("operations", "Sanjay Kulkarni", "operations"),
    Login("service", "Monthly reports", "service"),
    Login("customer", "Asha Rao", "customer"),
)


def make_logins(*, actor: Actor) -> int:
    """Create the logins that are missing, link `customer` to the first customer, return how many are new.

    A new `manager` looks after the first customers. A login that is there keeps its password, roles and
    customers. Running it again changes nothing.
    """
    made = 0
    ids: dict[str, UUID] = {}
    for login in LOGINS:
        known = user_id_for_username(login.username)
        made += known is None
        ids[login.username] = known or create_user(
            username=login.username,
            password=login.password,
            display_name=login.display_name,
            roles=[login.role],
            actor=actor,
        )
        if known is None and login.role == "relationship_manager":
            _assign_first_customers(ids[login.username], actor)
    _link_first_customer(ids["customer"], actor)
    return made


def _assign_first_customers(manager_id: UUID, actor: Actor) -> None:
    known_one = customer_id_for_mobile(FIRST_MOBILE)
    for customer_id in {*open_customer_ids(limit=MANAGED - 1), *([known_one] if known_one else ())}:
        assign_customer(actor=actor, manager_id=manager_id, customer_id=customer_id)


def _link_first_customer(user_id: UUID, actor: Actor) -> None:
    customer_id = customer_id_for_mobile(FIRST_MOBILE)
    if customer_id is None or customer_id_for_login(user_id) is not None:
        return
    try:
        link_login(actor=actor, customer_id=customer_id, user_id=user_id)
    except CustomerHasLogin:
        return  # someone linked another user to the first customer: theirs stays
