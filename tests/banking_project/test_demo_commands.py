"""`manage.py demo` and `manage.py token`, as a newcomer meets them."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from graphql_jwt.utils import get_payload
from pytest_django import Settings

from domains.audit.models import AuditLog
from domains.customers.models import Customer
from domains.customers.operations import create_customer
from domains.demo.logins import LOGINS, make_logins
from domains.identity.logins import LoginFailed, log_in
from domains.identity.models import User
from domains.kernel.actor import Actor, ActorKind
from domains.transactions.models import Subscription
from domains.transactions.subscriptions import subscribe

ACTOR = Actor.system("make the logins in a test")
NOBODY = Actor(kind=ActorKind.ANONYMOUS, address="192.0.2.7")


def run(*arguments: Any, **options: Any) -> tuple[int, str, str]:
    out, err, status = StringIO(), StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=err, **options)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, out.getvalue().strip(), err.getvalue().strip()


@pytest.mark.django_db
def test_a_token_is_printed_alone_and_names_the_user() -> None:
    make_logins(actor=ACTOR)
    status, token, err = run("token", "auditor")
    assert (status, err) == (0, "")
    assert get_payload(token)["sub"] == str(User.objects.get(username="auditor").id)


@pytest.mark.django_db
def test_an_unknown_user_is_told_the_demo_logins() -> None:
    status, out, err = run("token", "nobody")
    assert (status, out) == (1, "")
    assert all(login.username in err for login in LOGINS)


@pytest.mark.django_db
def test_a_user_who_is_not_active_gets_no_token() -> None:
    make_logins(actor=ACTOR)
    User.objects.filter(username="officer").update(is_active=False)
    assert run("token", "officer")[:2] == (1, "")


@pytest.mark.django_db
def test_no_token_is_handed_out_outside_demo_and_debug_mode(settings: Settings) -> None:
    make_logins(actor=ACTOR)
    settings.BANKING_ENVIRONMENT, settings.DEBUG = "production", False
    status, out, err = run("token", "admin")
    assert (status, out) == (1, "")
    assert err == "Tokens are not handed out here: this works in the demo and in debug mode only."


@pytest.mark.django_db
def test_invented_people_are_not_loaded_outside_the_demo(settings: Settings) -> None:
    settings.BANKING_ENVIRONMENT = "production"
    status, _out, err = run("demo", customers=5)
    assert status == 1
    assert "demo environment only" in err
    assert not Customer.objects.exists()


@pytest.mark.django_db
def test_with_any_customer_there_if_empty_loads_nobody_and_says_nothing() -> None:
    create_customer(actor=ACTOR, full_name="Vikram Shah", mobile="+919820054321")
    assert run("demo", if_empty=True) == (0, "", "")
    assert Customer.objects.count() == 1
    assert User.objects.count() == len(LOGINS)


def test_a_book_is_loaded_once_with_its_progress_and_a_summary(own_database: str) -> None:
    status, out, err = run("demo", customers=20)
    assert status == 0
    assert out.startswith("Loaded 20 customers with 200 holdings and 400 transactions in ")
    assert err == "Loading customers: 20 of 20"
    status, out, err = run("demo", customers=20)
    assert (status, out) == (1, "")
    assert err.startswith("This database holds a demo book already (20 customers, seed 1).")


@pytest.mark.parametrize("size", ["0", "-3", "many", "1000001", "\u0663"])
def test_an_impossible_size_is_refused_before_anything_is_done(size: str) -> None:
    with pytest.raises(CommandError, match="a book has 1 to 1000000 customers"):
        call_command("demo", f"--customers={size}")


@pytest.mark.django_db
def test_the_first_administrator_is_made_by_command_with_a_password_for_one_login() -> None:
    status, password, _err = run("one_time_login", "first", roles=["administrator"])
    assert status == 0
    assert log_in(actor=NOBODY, username="first", password=password, new_password="a chosen long phrase")
    root = Actor(kind=ActorKind.USER, id=User.objects.get().id, roles=frozenset({"administrator"}))
    subscribe(actor=root, url="https://elsewhere.example/")
    status, again, err = run("one_time_login", "first")
    assert not Subscription.objects.get().active
    assert again not in ("", password, err)
    with pytest.raises(LoginFailed):
        log_in(actor=NOBODY, username="first", password="a chosen long phrase")
    assert log_in(actor=NOBODY, username="first", password=again, new_password="another long phrase")
    with pytest.raises(CommandError, match="roles are granted by administrators"):
        run("one_time_login", "first", roles=["auditor"])
    assert set(AuditLog.objects.filter(event="ROLE").values_list("viewer_kind", flat=True)) == {"SYSTEM"}
