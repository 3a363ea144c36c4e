"""All of a book or nothing, whether one process loads it or several."""

import pytest
from django.db import transaction
from django.db.models import F, Sum

from domains.customers.models import Customer
from domains.demo.book import Book
from domains.demo.load import load_book
from domains.demo.loading import LoadingFailed
from domains.kernel.actor import Actor
from domains.portfolios.models import Holding
from domains.providers.models import SystemConfig
from domains.transactions.models import Transaction

ACTOR = Actor.system("load the demo book in a test")
BOOK = Book(600)  # three blocks for two processes


def test_several_processes_load_what_one_would(own_database: str) -> None:
    told: list[int] = []
    load_book(book=BOOK, actor=ACTOR, progress=told.append, processes=2)
    assert sorted(told) == [100, 250, 250]
    assert Customer.objects.count() == 600
    assert Transaction.objects.count() == 12_000
    assert Customer.objects.get(mobile="+919876543210").login.username == "customer"
    assert not Holding.objects.annotate(told=Sum("entries__units")).exclude(quantity=F("told")).exists()


def test_what_one_process_can_not_load_none_leaves_behind(own_database: str) -> None:
    Customer.objects.create(full_name="Vikram Shah", mobile="+919876543210")
    with pytest.raises(LoadingFailed, match="customer_mobile_once"):
        load_book(book=BOOK, actor=ACTOR, progress=lambda _count: None, processes=2)
    assert Customer.objects.count() == 1
    assert not Transaction.objects.exists()
    assert not SystemConfig.objects.filter(key="demo.book").exists()


def test_a_progress_that_is_interrupted_leaves_nothing(own_database: str) -> None:
    def interrupt(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_book(book=BOOK, actor=ACTOR, progress=interrupt, processes=2)
    assert not Customer.objects.exists()


@pytest.mark.django_db
def test_a_customer_in_the_way_takes_the_whole_book_back() -> None:
    Customer.objects.create(full_name="Vikram Shah", mobile="+919876543210")
    with pytest.raises(LoadingFailed, match="customer_mobile_once") as refused, transaction.atomic():
        load_book(book=Book(10), actor=ACTOR, progress=lambda _count: None)
    assert "+91" not in str(refused.value)
    assert Customer.objects.count() == 1
    assert not Holding.objects.exists()
