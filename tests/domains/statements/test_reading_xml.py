"""The reader of XML: ReBIT's form, no entities, nothing from outside the file."""

import time
from pathlib import Path

import pytest

from domains.customers.models import Customer
from tests.domains.statements.paper import EXAMPLES, refused, take_in

pytestmark = pytest.mark.django_db

CLEAN = (EXAMPLES / "equities.xml").read_text()
LAUGHS = (
    '<?xml version="1.0"?>\n<!DOCTYPE Account [\n<!ENTITY a "ha">\n'
    + "\n".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + '\n]>\n<Account xmlns="http://api.rebit.org.in/FISchema/equities" type="&m;"/>'
)


def unreadable(folder: Path, text: str) -> str:
    report = take_in(folder, text, "statement.xml")
    assert not report.readable
    assert not Customer.objects.exists()
    return refused(report)["the whole file"]


def test_a_billion_laughs_are_refused_at_once_in_one_clear_line(tmp_path: Path) -> None:
    started = time.monotonic()
    why = unreadable(tmp_path, LAUGHS)
    assert time.monotonic() - started < 10  # unpacked, they would be a million million
    assert why.startswith("The file declares a document type or entities")


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE Account SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE Account [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Account [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]>',
        "<!DOCTYPE Account>",
    ],
)
def test_nothing_outside_the_file_is_ever_read(tmp_path: Path, declaration: str) -> None:
    head, body = CLEAN.split("\n", 1)
    assert "never parsed" in unreadable(tmp_path, f"{head}\n{declaration}\n{body}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<Account", "not well-formed"),
        (CLEAN.replace("</Profile>", ""), "not well-formed"),
        (CLEAN.replace("http://api.rebit.org.in/FISchema/", "urn:other:"), "no account of ReBIT's"),
        (CLEAN.replace("<Account ", "<Konto ").replace("</Account>", "</Konto>"), "no account of ReBIT's"),
        ("<a>" * 5_000, "Nested deeper"),
        (CLEAN.replace("UTF-8", "x-unheard-of"), "encoding"),
    ],
)
def test_what_is_no_statement_in_xml_is_unreadable(tmp_path: Path, text: str, why: str) -> None:
    assert why in unreadable(tmp_path, text)


def test_a_refusal_names_the_line_of_the_element(tmp_path: Path) -> None:
    report = take_in(
        tmp_path, CLEAN.replace('isin="INE009A01021" isinD', 'isin="INE009A01022" isinD'), "x.xml"
    )
    line = next(line for line in report.lines if line.what == "isin “INE009A01022”")
    assert CLEAN.splitlines()[(line.place.line or 0) - 1].strip().startswith('<Holding issuerName="Infosys')
    assert line.right.endswith("the check digit 1 would belong")


def test_text_between_the_elements_is_refused_and_the_rest_is_taken(tmp_path: Path) -> None:
    report = take_in(tmp_path, CLEAN.replace("</Transactions>", ".......</Transactions>"), "x.xml")
    assert list(refused(report)) == ["text between elements"]
    assert Customer.objects.get().transactions.count() == 3
