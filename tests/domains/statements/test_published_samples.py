"""The samples that an account aggregator's client publishes, met as they are."""

import pytest

from domains.customers.models import Customer
from domains.portfolios.models import Security
from domains.statements.importer import import_file
from domains.statements.report import FileReport, Outcome
from domains.transactions.models import Transaction
from tests.domains.statements.paper import ACTOR, SAMPLES, refused

pytestmark = pytest.mark.django_db

NAMES = sorted(file.name for file in SAMPLES.glob("*.txt"))
READABLE = [name for name in NAMES if not name.startswith("sip")]


def read(name: str) -> FileReport:
    return import_file(SAMPLES / name, actor=ACTOR)


def lines_of(report: FileReport, outcome: Outcome, path: str) -> list[str]:
    return [line.what for line in report.lines if line.outcome is outcome and line.place.path == path]


def test_all_seven_samples_are_here() -> None:
    assert len(NAMES) == 7


@pytest.mark.parametrize("name", READABLE)
def test_a_run_of_dots_is_reported_at_its_line_and_the_rest_is_read(name: str) -> None:
    text = (SAMPLES / name).read_text().splitlines()
    dotted = next(number for number, line in enumerate(text, start=1) if line.strip() == ".......")
    cut = [line for line in read(name).lines if line.what == "a part that was cut out"]
    assert [(line.place.line, line.outcome) for line in cut] == [(dotted, Outcome.REFUSED)]


@pytest.mark.parametrize("name", READABLE)
def test_a_mobile_number_of_eleven_digits_refuses_the_holder_and_so_the_account(name: str) -> None:
    why = refused(read(name))
    assert "mobile XXXXXXX1923 (11 digits)" in why
    assert why["holder"] == "mobile is missing or refused."
    account = next(line for what, line in why.items() if what.startswith("account ("))
    assert account.endswith("Nothing of the account is written.")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_sample_is_written(name: str) -> None:
    read(name)
    assert not Customer.objects.exists()
    assert not Transaction.objects.exists()
    assert not Security.objects.exists()


def test_a_bracket_that_is_never_closed_makes_the_file_unreadable() -> None:
    report = read("sip_v1.json.txt")
    assert not report.readable
    assert "before the bracket is closed that opens at line 1" in refused(report)["the whole file"]


def test_empty_strings_are_missing_values() -> None:
    report = read("equities_v1.json.txt")
    assert refused(report)["holding"] == "isin and units are missing or refused."


def test_an_object_where_a_list_is_usual_is_read_as_its_only_item() -> None:
    report = read("equities_v1.json.txt")
    path = "summary.investment.holdings.holding"
    assert lines_of(report, Outcome.NOTED, path) == ["“holding”"]
    assert lines_of(report, Outcome.REFUSED, path) == ["holding"]


def test_a_trade_in_derivatives_is_not_kept() -> None:
    assert "derivatives" in refused(read("equities_v1.json.txt"))["transaction"]


def test_a_key_told_twice_differently_is_taken_from_neither() -> None:
    report = read("etf_v1.json.txt")
    assert refused(report)["“dematId”"] == "It is told twice, differently; neither is taken."
    assert refused(report)["demat account"] == "dematId is missing or refused."


def test_a_comma_before_a_closing_bracket_is_noted() -> None:
    report = read("etf_v1.json.txt")
    assert lines_of(report, Outcome.NOTED, "transactions.transaction[0]") == ["a comma"]


def test_what_is_no_isin_is_quoted_since_it_is_no_secret() -> None:
    assert "isin “INUS-000402625-0”" in refused(read("mutual_funds_v1.json.txt"))


def test_units_told_twice_differently_are_refused() -> None:
    assert "not the same number" in refused(read("mutual_funds_v1.json.txt"))["closingUnits"]


def test_totals_that_do_not_add_up_are_refused() -> None:
    why = refused(read("mutual_funds_v1.json.txt"))
    assert why["currentValue"].startswith("It is not what the holdings come to (off by 93 %)")
    assert "investmentValue" in why


def test_no_sample_shows_its_holder_in_the_report() -> None:
    personal = ["91729391923", "Ramkrishna", "Sushila", "Manisha", "ram.sapan", "AAAPL1234C", "BYHPL1234T"]
    personal += ["1970", "1985-07-24", "Bangalore", "1234567898765432", "101666.33", "62289.25"]
    told = [str(line.told()) for name in NAMES for line in read(name).lines]
    assert not [word for word in personal for line in told if word in line]
