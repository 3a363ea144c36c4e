"""`manage.py import_statement`, as a person and as a script meet it."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from domains.customers.models import Customer
from domains.demat.models import DematAccount
from domains.portfolios.models import Holding
from domains.transactions.models import Transaction
from tests.domains.statements.paper import EXAMPLES, MOBILE, SAMPLES, changed, equities, holding, write

pytestmark = pytest.mark.django_db

CLEAN = sorted(str(file) for file in [*EXAMPLES.glob("*.json"), *EXAMPLES.glob("*.xml")])


def run(*files: object, as_json: bool = False) -> tuple[int, str]:
    out, status = StringIO(), 0
    try:
        call_command("import_statement", *map(str, files), as_json=as_json, stdout=out)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, out.getvalue()


def row_counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
        tables = [name for (name,) in cursor.fetchall() if not name.startswith("audit_auditlog_")]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


def test_the_clean_examples_are_taken_whole_and_end_with_0() -> None:
    status, told = run(*CLEAN)
    assert status == 0
    assert told.splitlines()[-1] == "4 files: 23 taken, 6 known already, 0 noted, 0 refused."
    person = Customer.objects.get(mobile=MOBILE)
    assert person.full_name == "Ishita Kulkarni"
    assert person.kyc_profile.pan_masked == "BQKPKXXXXM"
    assert sorted(person.demat_accounts.values_list("bo_id", flat=True)) == [
        "1209990000456789",
        "IN30999912345678",
    ]
    held = Holding.objects.filter(portfolio__customer=person).values_list("security__isin", "quantity")
    assert {isin: f"{quantity.normalize():f}" for isin, quantity in held} == {
        "INE009A01021": "40",
        "INE002A01018": "25",
        "INF204KB17I5": "200",
        "INF900Z01019": "412.386",
    }
    assert Transaction.objects.filter(customer=person).count() == 10


def test_a_joint_account_has_its_holders_in_their_order() -> None:
    run(*CLEAN)
    account = DematAccount.objects.get(bo_id="IN30999912345678")
    names = account.holders.order_by("rank").values_list("customer__full_name", flat=True)
    assert list(names) == ["Ishita Kulkarni", "Neel Kulkarni"]


def test_a_second_run_changes_nothing_not_even_the_audit_trail() -> None:
    run(*CLEAN)
    before = row_counts()
    status, told = run(*CLEAN)
    assert row_counts() == before
    assert status == 0
    assert told.splitlines()[-1] == "4 files: 0 taken, 29 known already, 0 noted, 0 refused."


def test_xml_and_json_of_one_account_are_one_account(tmp_path: Path) -> None:
    run(EXAMPLES / "equities.xml")
    before = row_counts()["demat_demataccount"], row_counts()["portfolios_holding"]
    status, _told = run(write(tmp_path, changed(equities(), lambda paper: holding(paper).update(units="40"))))
    assert status == 0
    assert (row_counts()["demat_demataccount"], row_counts()["portfolios_holding"]) == before


def test_something_refused_ends_with_1() -> None:
    status, told = run(SAMPLES / "mutual_funds_v1.json.txt")
    assert status == 1
    assert told.splitlines()[-1].endswith("11 refused.")


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    status, told = run(tmp_path / "nothing.json")
    assert status == 2
    assert "The file can't be opened: No such file or directory." in told


def test_one_unreadable_file_among_others_ends_with_1() -> None:
    status, told = run(SAMPLES / "sip_v1.json.txt", CLEAN[0])
    assert status == 1
    assert "2 files (1 unreadable)" in told


def test_the_report_for_machines_says_what_the_one_for_people_says() -> None:
    status, told = run(SAMPLES / "etf_v1.json.txt", as_json=True)
    report = json.loads(told)
    assert status == 1
    assert report["summary"]["refused"] == report["files"][0]["counts"]["refused"] == 11
    isin = next(line for line in report["files"][0]["lines"] if line["path"].endswith("holding.isin"))
    assert isin == {
        "outcome": "refused",
        "path": "summary.investment.holdings.holding.isin",
        "line": 34,
        "what": "isin “INUS-000402625-0”",
        "why": "This is not an ISIN, or its check digit is wrong.",
        "right": "two letters, nine letters or digits and a check digit, as in INE009A01021",
    }


def test_lines_stand_in_the_order_of_the_document() -> None:
    _status, told = run(SAMPLES / "etf_v1.json.txt", as_json=True)
    lines = [line["line"] for line in json.loads(told)["files"][0]["lines"]]
    assert lines == sorted(lines)
