"""Whose account it is: a number finds a customer, and a number changes hands."""

from pathlib import Path

import pytest

from domains.customers.models import Customer
from domains.customers.operations import change_mobile, close_customer, create_customer
from domains.demat.models import DematAccount
from domains.kyc.models import KYCProfile
from domains.kyc.operations import open_profile
from domains.statements.report import Outcome
from tests.domains.statements.paper import ACTOR, MOBILE, equities, holder, outcomes, refused, take_in

pytestmark = pytest.mark.django_db


def test_a_customer_of_this_number_and_pan_is_the_holder_whatever_the_name(tmp_path: Path) -> None:
    known = create_customer(actor=ACTOR, full_name="I. Kulkarni", mobile=MOBILE)
    open_profile(actor=ACTOR, customer_id=known, pan="BQKPK4821M")
    assert not refused(take_in(tmp_path, equities()))
    assert Customer.objects.get().id == known


def test_a_customer_of_this_number_with_another_pan_is_somebody_else(tmp_path: Path) -> None:
    known = create_customer(actor=ACTOR, full_name="Ishita Kulkarni", mobile=MOBILE)
    open_profile(actor=ACTOR, customer_id=known, pan="AAPPV8261K")
    report = take_in(tmp_path, equities())
    assert "held by a customer with another PAN" in refused(report)["account (equities)"]
    assert Outcome.TAKEN not in outcomes(report)
    assert not DematAccount.objects.exists()


def test_without_a_pan_to_settle_it_another_name_is_somebody_else(tmp_path: Path) -> None:
    create_customer(actor=ACTOR, full_name="Vikram Shah", mobile=MOBILE)
    assert "of another name" in refused(take_in(tmp_path, equities()))["account (equities)"]


def test_without_a_pan_the_same_name_in_other_letters_is_the_holder(tmp_path: Path) -> None:
    create_customer(actor=ACTOR, full_name="ISHITA  kulkarni", mobile=MOBILE)
    assert not refused(take_in(tmp_path, equities()))


def test_a_pan_of_another_customer_refuses_the_account_and_creates_nobody(tmp_path: Path) -> None:
    known = create_customer(actor=ACTOR, full_name="Ishita Kulkarni", mobile="+919820012345")
    open_profile(actor=ACTOR, customer_id=known, pan="BQKPK4821M")
    report = take_in(tmp_path, equities())
    assert "Another customer's profile holds this PAN." in refused(report)["account (equities)"]
    assert Customer.objects.count() == 1


def test_a_number_that_was_given_up_finds_nobody(tmp_path: Path) -> None:
    before = create_customer(actor=ACTOR, full_name="Vikram Shah", mobile=MOBILE)
    change_mobile(actor=ACTOR, customer_id=before, mobile="+919820054321")
    assert not refused(take_in(tmp_path, equities()))
    assert Customer.objects.get(mobile=MOBILE).id != before


def test_the_number_of_a_closed_customer_finds_nobody(tmp_path: Path) -> None:
    closed = create_customer(actor=ACTOR, full_name="Ishita Kulkarni", mobile=MOBILE)
    close_customer(actor=ACTOR, customer_id=closed)
    assert not refused(take_in(tmp_path, equities()))
    assert Customer.objects.get(mobile=MOBILE).id != closed


@pytest.mark.parametrize(
    ("field", "wrong", "what"),
    [
        ("email", "ishita(at)example.com", "email XXXX"),
        ("pan", "BQKPK4821", "pan"),
        ("dob", "31-02-1988", "dob"),
        ("dob", "1988-23-11", "dob"),
    ],
)
def test_a_wrong_detail_is_refused_and_the_holder_is_taken_without_it(
    tmp_path: Path, field: str, wrong: str, what: str
) -> None:
    paper = equities()
    holder(paper)[field] = wrong
    report = take_in(tmp_path, paper)
    assert list(refused(report)) == [what]
    assert Customer.objects.get().kyc_profile.status == "DRAFT"


def test_both_forms_of_a_date_of_birth_are_one_date(tmp_path: Path) -> None:
    paper = equities()
    for form in ("23-11-1988", "1988-11-23"):
        holder(paper)["dob"] = form
        assert not refused(take_in(tmp_path, paper))
    assert KYCProfile.objects.get().date_of_birth_masked == "XXXX-XX-XX"


@pytest.mark.parametrize("number", ["91729391923", "9000012345x", "+1 555 0100", "", "+911123456789"])
def test_a_number_that_no_mobile_line_has_refuses_the_account(tmp_path: Path, number: str) -> None:
    paper = equities()
    holder(paper)["mobile"] = number
    assert "Nothing of the account is written." in refused(take_in(tmp_path, paper))["account (equities)"]
    assert not Customer.objects.exists()


@pytest.mark.parametrize("number", ["9000012345", "919000012345", "+91 90000 12345", "09000012345"])
def test_a_number_in_another_spelling_is_the_same_number(tmp_path: Path, number: str) -> None:
    paper = equities()
    holder(paper)["mobile"] = number
    assert not refused(take_in(tmp_path, paper))
    assert Customer.objects.get().mobile == MOBILE


def test_one_holder_of_a_joint_account_who_is_refused_refuses_it(tmp_path: Path) -> None:
    paper = equities()
    second = holder(paper) | {"name": "Neel Kulkarni", "mobile": "12345", "pan": "CDRPK7735H"}
    paper["profile"]["holders"]["holder"].append(second)
    report = take_in(tmp_path, paper)
    assert "Whose it is could not be read." in refused(report)["account (equities)"]
    assert not Customer.objects.exists()


def test_two_holders_with_one_number_refuse_the_account(tmp_path: Path) -> None:
    paper = equities()
    paper["profile"]["holders"]["holder"].append(holder(paper) | {"name": "Neel Kulkarni"})
    assert "share one mobile number" in refused(take_in(tmp_path, paper))["holder"]


def test_an_account_known_with_other_holders_is_not_joined_by_naming_it(tmp_path: Path) -> None:
    take_in(tmp_path, equities())
    paper = equities()
    holder(paper).update(name="Neel Kulkarni", mobile="+919000054321", pan="CDRPK7735H")
    report = take_in(tmp_path, paper)
    assert "known with other holders" in refused(report)["account (equities)"]
    assert Customer.objects.count() == 1


def test_without_the_number_of_the_demat_account_nothing_is_written(tmp_path: Path) -> None:
    paper = equities()
    del holder(paper)["dematId"]
    report = take_in(tmp_path, paper)
    assert "The number of the demat account could not be read." in refused(report)["account (equities)"]
    assert not Customer.objects.exists()
