"""The book once it is in the database: it ties out, and it is there once. Nothing here writes."""

from collections import Counter
from datetime import time, timedelta, timezone
from decimal import Decimal

import pytest
from django.contrib.auth import authenticate
from django.db.models import Count, F, Max, Min, Sum

from domains.audit.models import AuditLog
from domains.customers.models import Customer, MobileTenure
from domains.demat.models import DematAccount
from domains.demo.book import Book
from domains.demo.load import BookThere, load_book
from domains.demo.logins import LOGINS, make_logins
from domains.identity.models import User
from domains.kernel.actor import Actor
from domains.kernel.identifiers import mask_pan, parse_pan
from domains.kyc.models import KYCProfile
from domains.portfolios.models import Holding, Portfolio, UnitEntry
from domains.providers.models import Provider, SystemConfig
from domains.transactions.books import breaks
from domains.transactions.models import Transaction, TransactionEvent, TransactionStatus
from domains.vault.sealing import open_sealed

ACTOR = Actor.system("load the demo book in a test")
INDIA = timezone(timedelta(hours=5, minutes=30))


def test_everyone_has_ten_holdings_and_twenty_transactions(book: Book) -> None:
    counts = Customer.objects.annotate(
        held=Count("portfolios__holdings", distinct=True), dealt=Count("transactions", distinct=True)
    )
    assert set(counts.values_list("held", "dealt")) == {(10, 20)}
    assert set(Customer.objects.annotate(n=Count("portfolios")).values_list("n", flat=True)) == {1, 2}
    assert KYCProfile.objects.count() == book.customers


def test_every_quantity_is_the_sum_of_its_entries(book: Book) -> None:
    assert not Holding.objects.annotate(told=Sum("entries__units")).exclude(quantity=F("told")).exists()
    assert set(UnitEntry.objects.values_list("cause", flat=True)) == {"OPENING", "SYNC"}
    open_ones = Holding.objects.exclude(portfolio__customer__status="CLOSED")
    assert open_ones.aggregate(least=Min("quantity"))["least"] > 0


def test_the_books_tie_out(book: Book) -> None:
    assert breaks() == []


def test_a_closed_customer_holds_nothing_and_no_number(book: Book) -> None:
    closed = Customer.objects.filter(status="CLOSED")
    assert closed.count() == 3
    assert set(Holding.objects.filter(portfolio__customer__in=closed).values_list("quantity", flat=True)) == {
        Decimal(0)
    }
    assert not MobileTenure.objects.filter(customer__in=closed, until=None).exists()


def test_the_current_number_is_that_of_the_current_tenure(book: Book) -> None:
    current = MobileTenure.objects.filter(until=None)
    assert not current.exclude(mobile=F("customer__mobile")).exists()
    assert current.count() == Customer.objects.exclude(mobile=None).count()
    assert MobileTenure.objects.exclude(until=None).count() > 3


def test_every_history_leads_to_the_state_that_the_transaction_is_in(book: Book) -> None:
    seen: Counter[str] = Counter()
    for transaction in Transaction.objects.prefetch_related("events"):
        events = sorted(transaction.events.all(), key=lambda event: (event.recorded_at, event.id))
        chain = [(event.from_status, event.to_status) for event in events]
        assert chain[0][0] is None
        assert [before for before, _after in chain[1:]] == [after for _before, after in chain[:-1]]
        assert chain[-1][1] == transaction.status
        assert len(events) == transaction.version
        assert events[0].recorded_at == transaction.created_at
        settled = [event.recorded_at for event in events if event.to_status == "SETTLED"]
        assert [transaction.settled_at] == (settled or [None])
        seen[transaction.status] += 1
    assert set(seen) == set(TransactionStatus.values)


def test_nothing_happens_after_the_last_day_or_before_the_customer(book: Book) -> None:
    last = TransactionEvent.objects.aggregate(last=Max("recorded_at"))["last"]
    assert last.isoformat() < "2026-10-31"
    assert not Transaction.objects.filter(created_at__lt=F("customer__created_at")).exists()
    assert not DematAccount.objects.filter(created_at__lt=F("customers__created_at")).exists()


def test_trades_are_in_what_the_customer_holds(book: Book) -> None:
    trades = Transaction.objects.exclude(security=None).values_list("customer_id", "security_id")
    held = set(Holding.objects.values_list("portfolio__customer_id", "security_id"))
    assert set(trades) <= held
    bought = Transaction.objects.filter(kind__in=["BUY", "SELL"])
    assert not bought.exclude(amount=F("quantity") * F("price")).exists()


def test_portfolios_lie_in_accounts_that_their_customer_holds(book: Book) -> None:
    placed = Portfolio.objects.exclude(demat_account=None)
    assert placed.filter(demat_account__customers=F("customer")).count() == placed.count() > 0


def test_some_accounts_are_joint_and_the_first_customer_s_is(book: Book) -> None:
    joint = DematAccount.objects.annotate(n=Count("holders")).filter(n=2)
    assert 20 < joint.count() < 80
    first = Customer.objects.get(mobile="+919876543210")
    account = joint.get(holders__customer=first, holders__rank=1)
    second = account.holders.get(rank=2).customer
    assert (first.full_name, second.full_name) == ("Asha Rao", "Vikram Rao")


def test_sealed_values_open_in_their_rows_and_stand_beside_their_masks(book: Book) -> None:
    for profile in KYCProfile.objects.exclude(pan_sealed=None)[:50]:
        pan = open_sealed(table_column="kyc_kycprofile.pan", pk=profile.id, sealed=profile.pan_sealed)
        assert parse_pan(pan) == pan
        assert mask_pan(pan) == profile.pan_masked
    paid = Transaction.objects.exclude(counterparty_account_sealed=None)[0]
    place = "transactions_transaction.counterparty_account"
    number = open_sealed(table_column=place, pk=paid.id, sealed=paid.counterparty_account_sealed)
    assert paid.counterparty_account_masked == "X" * (len(number) - 4) + number[-4:]


def test_a_second_book_is_refused_and_changes_nothing(book: Book) -> None:
    with pytest.raises(BookThere, match=r"300 customers, seed 1.*can't be replaced"):
        load_book(book=Book(10, seed=2), actor=ACTOR, progress=lambda _count: None)
    assert Customer.objects.count() == book.customers


def test_loading_is_told_in_the_audit_trail(book: Book) -> None:
    entry = AuditLog.objects.get(operation_name="load_demo_book")
    assert (entry.event, entry.row_count) == ("CHANGE", book.customers)


def test_each_login_has_its_password_and_its_one_role(book: Book) -> None:
    for login in LOGINS:
        user = authenticate(username=login.username, password=f"demo-{login.username}")
        assert isinstance(user, User)
        assert [group.name for group in user.groups.all()] == [login.role]
    assert User.objects.get(username="customer").customer.full_name == "Asha Rao"


def test_making_the_logins_again_changes_nothing(book: Book) -> None:
    before = list(User.objects.order_by("id").values())
    assert make_logins(actor=ACTOR) == 0
    assert list(User.objects.order_by("id").values()) == before


def test_there_are_providers_and_configured_values(book: Book) -> None:
    assert set(Provider.objects.values_list("capability", flat=True)) == {
        "PAYMENT_RAIL",
        "KYC_BUREAU",
        "DEPOSITORY",
        "PRICE_SOURCE",
        "ACCOUNT_AGGREGATOR",
        "ORDER_VENUE",
    }
    assert SystemConfig.objects.get(key="demo.book").value == {
        "customers": book.customers,
        "seed": 1,
        "last_day": "2026-10-30",
    }


def test_trades_on_an_exchange_keep_its_hours(book: Book) -> None:
    moments = Transaction.objects.filter(channel="EXCHANGE").values_list("created_at", flat=True)
    indian = [moment.astimezone(INDIA) for moment in moments]
    assert indian
    assert all(moment.isoweekday() <= 5 and time(9, 15) <= moment.time() < time(15, 30) for moment in indian)
