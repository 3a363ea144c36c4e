"""Who acts and who is acted upon; all invented."""

from decimal import Decimal
from uuid import UUID

import pytest

from domains.customers.operations import create_customer
from domains.demat.operations import open_account
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.identifiers import new_id
from domains.portfolios.operations import open_holding, open_portfolio
from domains.portfolios.securities import list_security

OWNER_MOBILE = "+919820012345"
STRANGER_MOBILE = "+919820054321"
FREE_MOBILE = "+919820099999"
ISIN = "INE009A01021"
BO_ID = "1201090000012345"


@pytest.fixture
def officer() -> Actor:
    return Actor(
        kind=ActorKind.USER,
        id=new_id(),
        roles=frozenset({"operations"}),
        purpose="service request",
        correlation_id="correlation-1",
        address="192.0.2.7",
    )


@pytest.fixture
def owner_id(db: None, officer: Actor) -> UUID:
    return create_customer(
        actor=officer, full_name="Asha Rao", mobile=OWNER_MOBILE, email="Asha.Rao@example.com"
    )


@pytest.fixture
def stranger_id(db: None, officer: Actor) -> UUID:
    return create_customer(actor=officer, full_name="Vikram Shah", mobile=STRANGER_MOBILE)


@pytest.fixture
def account_id(owner_id: UUID, officer: Actor) -> UUID:
    return open_account(actor=officer, bo_id=BO_ID, holder_ids=[owner_id])


@pytest.fixture
def holding_id(owner_id: UUID, officer: Actor) -> UUID:
    security_id = list_security(isin=ISIN, name="Infosys Limited", kind="EQUITY", symbol="INFY")
    portfolio_id = open_portfolio(actor=officer, customer_id=owner_id, name="Long term", kind="EQUITY")
    return open_holding(portfolio_id=portfolio_id, security_id=security_id)


@pytest.fixture
def ten_units() -> Decimal:
    return Decimal("10")
