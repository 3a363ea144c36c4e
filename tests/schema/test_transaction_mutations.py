"""Payments and orders through the graph: what is begun, what is refused and why, and nothing in between."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domains.audit.models import AuditLog
from domains.customers.models import Customer
from domains.customers.operations import create_customer, link_login
from domains.demat.models import DematAccount
from domains.demat.operations import open_account
from domains.identity.models import SessionEnd, User
from domains.identity.sessions import end_sessions
from domains.jobs.models import Job
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kyc.models import KYCProfile
from domains.portfolios.causes import EntryCause
from domains.portfolios.operations import open_holding, open_portfolio, record_units
from domains.portfolios.securities import list_security
from domains.providers.models import Provider
from domains.providers.operations import configure, register_provider
from domains.transactions.models import Transaction, TransactionEvent
from gateway.models import IdempotencyKey
from tests.asking import ask, signed_in
from tests.people import make_user, verify

SYSTEM = Actor.system("test")
SHARE, FUND = "INE009A01021", "INF200K01VA2"
PAYMENT = """
mutation ($input: InitiatePaymentInput!, $key: String!) {
  initiatePayment(input: $input, idempotencyKey: $key) {
    transaction { id reference status isoStatus channel amount { value currency } counterpartyAccount mustEndBy
      nextAction events { nodes { toStatus cause actorKind } } }
    problems { code message path }
  }
}
"""
TRANSFER = """
mutation ($input: TransferInput!, $key: String!) {
  transfer(input: $input, idempotencyKey: $key) { transaction { channel kind } problems { code path } }
}
"""
ORDER = """
mutation ($input: PlaceOrderInput!, $key: String!) {
  placeOrder(input: $input, idempotencyKey: $key) {
    transaction { id kind direction amount { value } } problems { code path }
  }
}
"""
FUND_ORDER = """
mutation ($input: PlaceFundOrderInput!, $key: String!) {
  placeFundOrder(input: $input, idempotencyKey: $key) {
    transaction { id kind amount { value } quantity } problems { code path }
  }
}
"""
CHANGE = """
mutation ($id: ID!, $key: String!) {
  %s(input: {id: $id}, idempotencyKey: $key) { transaction { id status } problems { code path } }
}
"""
UPI = {"channel": "UPI", "amount": "250.50", "vpa": "Asha.Rao@okbank"}
IMPS = {"channel": "IMPS", "amount": "250.50", "account": "5010001234", "ifsc": "HDFC0000001"}
RTGS = IMPS | {"channel": "RTGS", "amount": "200000"}


@pytest.fixture
def asha(db: None) -> User:
    user = make_user("asha", "customer")
    customer_id = create_customer(actor=SYSTEM, full_name="Asha Rao", mobile="+919820012345")
    link_login(actor=SYSTEM, customer_id=customer_id, user_id=user.id)
    verify(customer_id)
    for code, capability, adapter in (
        ("rail", "PAYMENT_RAIL", "sandbox_rail"),
        ("venue", "ORDER_VENUE", "sandbox_venue"),
    ):
        register_provider(
            actor=SYSTEM, code=code, name=code, capability=capability, adapter=adapter,
            base_url="http://127.0.0.1:9/", credentials={"api_key": "k"},
        )  # fmt: skip
    return user


@pytest.fixture
def customer_id(asha: User) -> UUID:
    return KYCProfile.objects.get().customer_id


@pytest.fixture
def token(asha: User) -> str:
    return signed_in(asha)


def pay(token: str, given: dict[str, Any] = UPI, *, key: str = "order-number-1") -> Any:
    return ask(PAYMENT, {"input": given, "key": key}, token=token)


def test_a_payment_is_accepted_with_its_event_and_its_job(token: str, customer_id: UUID) -> None:
    paid = pay(token).data["initiatePayment"]
    assert paid["problems"] == []
    told = paid["transaction"]
    assert (told["status"], told["isoStatus"], told["nextAction"]) == ("INITIATED", "RCVD", "SEND")
    assert told["amount"] == {"value": "250.50", "currency": "INR"}
    assert told["counterpartyAccount"] == "asha.rao@okbank"
    assert [event["cause"] for event in told["events"]["nodes"]] == ["initiate_payment"]
    stored = Transaction.objects.get()
    assert stored.counterparty_account_masked == "aXXXX@okbank"
    assert Job.objects.get().payload == {"transaction_id": str(stored.id)}
    assert AuditLog.objects.filter(operation_name="initiate_payment", subjects=[customer_id]).count() == 1


def test_sent_again_it_is_the_same_payment(token: str) -> None:
    first, again = pay(token), pay(token)
    assert again.data == first.data
    assert pay(token, UPI | {"amount": "250.51"}).codes == ["IDEMPOTENCY_KEY_REUSED"]
    assert pay(token, key="short").codes == ["INVALID_IDEMPOTENCY_KEY"]
    assert (Transaction.objects.count(), Job.objects.count()) == (1, 1)


def test_who_was_signed_out_pays_nothing_and_is_told_nothing(asha: User, token: str) -> None:
    """Not of what they did themselves either: sent again, it is read under today's access."""
    pay(token)
    end_sessions(user=asha, reason=SessionEnd.LOGOUT, actor=SYSTEM)
    refused = [pay(token), pay(token, key="order-number-2"), pay(token, UPI | {"vpa": "no address"})]
    assert {(each.status, *each.codes) for each in refused} == {(401, "UNAUTHENTICATED")}
    assert all("reference" not in each.text for each in refused)
    assert (Transaction.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_a_key_of_somebody_else_is_another_key(token: str, customer_id: UUID) -> None:
    pay(token)
    clerk = signed_in(make_user("clerk", "operations"))
    theirs = pay(clerk, UPI | {"customerId": f"Customer:{customer_id}"}).data["initiatePayment"]
    assert theirs["problems"] == []
    assert Transaction.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        (UPI | {"amount": "0"}, "INVALID_ORDER", ["amount"]),
        (UPI | {"amount": "-1"}, "INVALID_ORDER", ["amount"]),
        (UPI | {"amount": "0.001"}, "INVALID_NUMBER", ["amount"]),
        (UPI | {"currency": "XXX"}, "INVALID_CURRENCY", ["currency"]),
        (UPI | {"currency": "USD"}, "CURRENCY_NOT_CARRIED", ["currency"]),
        (UPI | {"amount": "100000.01"}, "LIMIT_EXCEEDED", ["amount"]),
        (UPI | {"vpa": "nobody"}, "INVALID_VPA", ["vpa"]),
        (UPI | {"vpa": None}, "INVALID_VPA", ["vpa"]),
        (UPI | {"account": "5010001234"}, "INVALID_ORDER", ["account"]),
        (IMPS | {"account": "1"}, "INVALID_BANK_ACCOUNT", ["account"]),
        (IMPS | {"ifsc": "HDFC1000001"}, "INVALID_IFSC", ["ifsc"]),
        (IMPS | {"ifsc": None}, "INVALID_IFSC", ["ifsc"]),
        (IMPS | {"vpa": "asha@okbank"}, "INVALID_ORDER", ["vpa"]),
        (RTGS | {"amount": "199999.99"}, "LIMIT_EXCEEDED", ["amount"]),
        (UPI | {"narration": "a\u0007b"}, "INVALID_ORDER", ["narration"]),
        (UPI | {"customerId": "Transaction:1"}, "INVALID_ID", ["customerId"]),
        (
            UPI | {"customerId": "Customer:01900000-0000-7000-8000-000000000000"},
            "CUSTOMER_NOT_FOUND",
            ["customerId"],
        ),
    ],
)
def test_what_can_not_be_paid_is_told_and_nothing_is_begun(
    token: str, given: dict[str, Any], code: str, path: list[str]
) -> None:
    refused = pay(token, given).data["initiatePayment"]
    assert refused["transaction"] is None
    assert [problem["code"] for problem in refused["problems"]] == [code]
    assert refused["problems"][0]["path"] == path
    assert not Transaction.objects.exists()
    assert not Job.objects.exists()
    assert not TransactionEvent.objects.exists()


def problem(answer: Any, name: str) -> str:
    (found,) = answer.data[name]["problems"]
    return str(found["code"])


def test_kyc_that_does_not_hold_today_forbids_it(token: str) -> None:
    for number, state in enumerate(({"status": "ON_HOLD"}, {"due": date(2020, 1, 1)})):
        verify(KYCProfile.objects.get().customer_id, **state)
        assert problem(pay(token, key=f"key-number-{number}"), "initiatePayment") == "KYC_FORBIDS"
    assert not Transaction.objects.exists()


def test_a_provider_that_is_off_is_told(token: str) -> None:
    Provider.objects.update(enabled=False)
    assert problem(pay(token), "initiatePayment") == "NO_PROVIDER"


def test_the_limit_of_a_day_counts_what_was_sent_and_not_what_was_refused(token: str) -> None:
    assert pay(token, UPI | {"amount": "60000"}).data["initiatePayment"]["problems"] == []
    refused = pay(token, UPI | {"amount": "40000.01"}, key="order-number-2").data["initiatePayment"]
    assert [each["code"] for each in refused["problems"]] == ["LIMIT_EXCEEDED"]
    assert "40000" in refused["problems"][0]["message"]
    Transaction.objects.update(status="REJECTED")
    assert pay(token, UPI | {"amount": "40000.01"}, key="order-number-3").data["initiatePayment"][
        "transaction"
    ]


def test_operations_set_limits_without_a_deploy(token: str) -> None:
    configure(actor=SYSTEM, key="transactions.limits", value={"UPI": {"most": "100"}})
    assert problem(pay(token), "initiatePayment") == "LIMIT_EXCEEDED"


def test_what_operations_leave_out_or_spell_wrongly_limits_as_before(token: str) -> None:
    value: dict[str, Any] = {"UPI": {"most": "90000", "dya": "1"}, "IMPS": {"most": "NaN"}, "NEFT": 5}
    configure(actor=SYSTEM, key="transactions.limits", value=value)
    assert pay(token, UPI | {"amount": "90000"}).data["initiatePayment"]["problems"] == []
    assert problem(pay(token, UPI | {"amount": "10000.01"}, key="order-number-2"), "initiatePayment") == (
        "LIMIT_EXCEEDED"
    )
    for given in (IMPS | {"amount": "500000.01"}, IMPS | {"channel": "NEFT", "amount": "5000000.01"}):
        key = f"order-by-{given['channel']}"
        assert problem(pay(token, given, key=key), "initiatePayment") == "LIMIT_EXCEEDED"


def test_who_is_frozen_pays_nothing_and_sells_nothing(token: str, customer_id: UUID) -> None:
    Customer.objects.filter(id=customer_id).update(status="FROZEN")
    assert problem(pay(token), "initiatePayment") == "CUSTOMER_FROZEN"
    clerk = signed_in(make_user("clerk", "operations"))
    theirs = pay(clerk, UPI | {"customerId": f"Customer:{customer_id}"})
    assert problem(theirs, "initiatePayment") == "CUSTOMER_FROZEN"
    assert not Transaction.objects.exists()


def test_an_administrator_who_is_a_customer_pays_for_nobody_else(token: str, customer_id: UUID) -> None:
    """To act for others is granted to operations: no role may lend it to another."""
    admin = signed_in(make_user("admin", "administrator", "customer"))
    given = {"input": UPI | {"customerId": f"Customer:{customer_id}"}, "key": "for-another"}
    refused = ask(PAYMENT, given, token=admin, headers={"X-Purpose": "to try"})
    assert problem(refused, "initiatePayment") == "CUSTOMER_NOT_FOUND"


def test_nobody_pays_for_somebody_else(token: str, customer_id: UUID) -> None:
    stranger = create_customer(actor=SYSTEM, full_name="Vikram Shah", mobile="+919820054321")
    assert problem(pay(token, UPI | {"customerId": f"Customer:{stranger}"}), "initiatePayment") == (
        "CUSTOMER_NOT_FOUND"
    )
    for role in ("auditor", "kyc_officer", "relationship_manager", "service"):
        other = signed_in(make_user(role, role))
        assert pay(other, UPI | {"customerId": f"Customer:{customer_id}"}).codes == ["NOT_ALLOWED"]
    assert not Transaction.objects.exists()


def test_a_refusal_is_told_again_under_its_key(token: str) -> None:
    refused = pay(token, UPI | {"amount": "0"})
    assert pay(token, UPI | {"amount": "0"}).data == refused.data
    assert IdempotencyKey.objects.count() == 1


def test_a_transfer_takes_the_rail_that_carries_the_amount(token: str) -> None:
    to = {"account": "5010001234", "ifsc": "HDFC0000001"}
    for number, (amount, rail) in enumerate((("500000", "IMPS"), ("500000.01", "RTGS"))):
        given = {"input": to | {"amount": amount}, "key": f"transfer-{number}"}
        assert ask(TRANSFER, given, token=token).data["transfer"] == {
            "transaction": {"channel": rail, "kind": "TRANSFER"},
            "problems": [],
        }


@pytest.fixture
def portfolio_id(customer_id: UUID) -> UUID:
    account = open_account(actor=SYSTEM, bo_id="1201090000012345", holder_ids=[customer_id])
    portfolio = open_portfolio(
        actor=SYSTEM, customer_id=customer_id, name="Shares", kind="MIXED", demat_account_id=account
    )
    for isin, kind, units in ((SHARE, "EQUITY", "10"), (FUND, "MUTUAL_FUND", "5.5")):
        security = list_security(
            isin=isin, name=isin, kind=kind, last_price=Decimal("20.00"), priced_at=now()
        )
        holding = open_holding(portfolio_id=portfolio, security_id=security)
        record_units(
            actor=SYSTEM, holding_id=holding, units=Decimal(units), cause=EntryCause.OPENING,
            source_reference="opening", effective_on=now().date(),
        )  # fmt: skip
    return portfolio


def order(token: str, portfolio_id: UUID, *, key: str = "order-number-1", **given: Any) -> Any:
    parts = {"kind": "SELL", "portfolioId": f"Portfolio:{portfolio_id}", "isin": SHARE, "quantity": "6"}
    variables = {"input": parts | {"price": "1500.05"} | given, "key": key}
    return ask(ORDER, variables, token=token).data["placeOrder"]


def fund_order(token: str, portfolio_id: UUID, *, key: str = "order-number-1", **given: Any) -> Any:
    parts = {"kind": "REDEMPTION", "portfolioId": f"Portfolio:{portfolio_id}", "isin": FUND}
    return ask(FUND_ORDER, {"input": parts | given, "key": key}, token=token).data["placeFundOrder"]


def test_an_order_is_begun(token: str, portfolio_id: UUID) -> None:
    sold = order(token, portfolio_id)
    assert sold["problems"] == []
    assert (sold["transaction"]["direction"], sold["transaction"]["amount"]) == (
        "CREDIT",
        {"value": "9000.30"},
    )
    bought = order(token, portfolio_id, key="order-number-2", kind="BUY")
    assert bought["transaction"]["direction"] == "DEBIT"


def test_units_that_are_being_sold_are_not_sold_again(token: str, portfolio_id: UUID) -> None:
    assert order(token, portfolio_id)["problems"] == []
    assert order(token, portfolio_id, key="order-number-2")["problems"][0]["code"] == "NOT_ENOUGH_UNITS"
    assert order(token, portfolio_id, key="order-number-3", quantity="4")["problems"] == []
    assert Transaction.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"quantity": "11"}, "NOT_ENOUGH_UNITS", ["quantity"]),
        ({"quantity": "0"}, "INVALID_ORDER", ["quantity"]),
        ({"quantity": "1.5"}, "INVALID_ORDER", ["quantity"]),
        ({"price": "0"}, "INVALID_ORDER", ["price"]),
        ({"price": "1.00001"}, "INVALID_NUMBER", ["price"]),
        ({"isin": "INE009A01022"}, "INVALID_ISIN", ["isin"]),
        ({"isin": "INE002A01018"}, "SECURITY_NOT_FOUND", ["isin"]),
        ({"isin": FUND}, "INVALID_ORDER", ["isin"]),
        (
            {"portfolioId": "Portfolio:01900000-0000-7000-8000-000000000000"},
            "PORTFOLIO_NOT_FOUND",
            ["portfolioId"],
        ),
    ],
)
def test_what_can_not_be_ordered_is_told(
    token: str, portfolio_id: UUID, given: dict[str, Any], code: str, path: list[str]
) -> None:
    assert order(token, portfolio_id, **given)["problems"] == [{"code": code, "path": path}]
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("status", ["CLOSED", "FROZEN"])
def test_an_account_that_is_not_active_is_not_dealt_in(token: str, portfolio_id: UUID, status: str) -> None:
    DematAccount.objects.update(status=status)
    assert order(token, portfolio_id)["problems"][0]["code"] == "DEMAT_ACCOUNT_NOT_ACTIVE"


def test_funds_are_bought_for_an_amount_and_redeemed_by_units(token: str, portfolio_id: UUID) -> None:
    bought = fund_order(token, portfolio_id, kind="PURCHASE", amount="1000")
    assert (bought["transaction"]["amount"], bought["transaction"]["quantity"]) == (
        {"value": "1000.00"},
        None,
    )
    redeemed = fund_order(token, portfolio_id, key="order-number-2", units="5.5")
    assert redeemed["transaction"]["amount"] == {"value": "110.00"}
    for number, (given, code) in enumerate(
        (
            ({"units": "5.500001"}, "NOT_ENOUGH_UNITS"),
            ({"amount": "5"}, "INVALID_ORDER"),
            ({"kind": "PURCHASE", "units": "5"}, "INVALID_ORDER"),
            ({"kind": "PURCHASE", "amount": "0"}, "INVALID_ORDER"),
            ({"isin": SHARE, "units": "1"}, "INVALID_ORDER"),
        )
    ):
        refused = fund_order(token, portfolio_id, key=f"order-refused-{number}", **given)
        assert [each["code"] for each in refused["problems"]] == [code], given


def change(token: str, name: str, key: str) -> Any:
    given = {"id": f"Transaction:{Transaction.objects.latest('created_at').id}", "key": key}
    return ask(CHANGE % name, given, token=token)


def test_what_was_not_sent_is_cancelled_once(token: str) -> None:
    pay(token)
    done = change(token, "cancelTransaction", "cancel-number-1").data["cancelTransaction"]
    assert (done["transaction"]["status"], done["problems"]) == ("CANCELLED", [])
    assert change(token, "cancelTransaction", "cancel-number-1").data["cancelTransaction"] == done
    assert (
        problem(change(token, "cancelTransaction", "cancel-number-2"), "cancelTransaction") == "STATE_FORBIDS"
    )


@pytest.mark.parametrize("state", ["PROCESSING", "UNKNOWN", "SETTLED", "REJECTED", "REVERSED"])
def test_what_was_sent_is_not_cancelled(token: str, state: str) -> None:
    pay(token)
    Transaction.objects.update(status=state)
    assert (
        problem(change(token, "cancelTransaction", "cancel-number-1"), "cancelTransaction") == "STATE_FORBIDS"
    )


def test_a_retry_frees_what_is_parked(token: str) -> None:
    pay(token)
    Job.objects.update(state="PARKED", tries=10)
    assert change(token, "retryTransaction", "retry-number-1").data["retryTransaction"]["problems"] == []
    assert (Job.objects.get().state, Job.objects.get().tries) == ("WAITING", 0)
    Transaction.objects.update(status="REJECTED")
    assert problem(change(token, "retryTransaction", "retry-number-2"), "retryTransaction") == "STATE_FORBIDS"


def test_only_operations_reverse_and_only_what_is_settled_and_only_once(token: str) -> None:
    pay(token)
    assert change(token, "reverseTransaction", "reverse-number-1").codes == ["NOT_ALLOWED"]
    clerk = signed_in(make_user("clerk", "operations"))
    assert (
        problem(change(clerk, "reverseTransaction", "reverse-number-1"), "reverseTransaction")
        == "STATE_FORBIDS"
    )
    original = Transaction.objects.get()
    Transaction.objects.update(status="SETTLED", settled_at=now())
    back = change(clerk, "reverseTransaction", "reverse-number-2").data["reverseTransaction"]
    assert back["problems"] == []
    returned = Transaction.objects.get(reverses=original)
    assert (returned.direction, returned.amount, returned.status) == ("CREDIT", original.amount, "INITIATED")
    given = {"id": f"Transaction:{original.id}", "key": "reverse-number-3"}
    again = ask(CHANGE % "reverseTransaction", given, token=clerk)
    assert problem(again, "reverseTransaction") == "REVERSED_ALREADY"


def test_another_customer_changes_nothing(token: str) -> None:
    pay(token)
    stranger = signed_in(make_user("vikram", "customer"))
    for name in ("cancelTransaction", "retryTransaction"):
        assert problem(change(stranger, name, "change-number-1"), name) == "TRANSACTION_NOT_FOUND"
    assert Transaction.objects.get().status == "INITIATED"
