"""The reader of JSON: the library's answer where JSON is clean, a line in the report where it is not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.statements.documents import Node, Unreadable
from domains.statements.reading.json_text import read_json
from domains.statements.report import FileReport, Outcome

KEYS = st.text(
    st.characters(codec="ascii", exclude_characters="\x00", categories=["Ll", "Nd", "P"]), max_size=8
)
SCALARS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), st.integers()
)
OBJECTS = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=4),
    lambda below: st.dictionaries(KEYS, st.one_of(SCALARS, below, st.lists(below, max_size=3)), max_size=4),
    max_leaves=15,
)


def read(text: str) -> tuple[Node, FileReport]:
    report = FileReport("statement.json")
    return read_json(text, report=report)[0], report


def plain(node: Node) -> dict[str, Any]:
    """Return what a node holds, as the library would say it."""
    children = {name: [plain(child) for child in nodes] for name, nodes in node.children.items()}
    return {name: value.text for name, value in node.values.items()} | children


def expected(value: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for key, content in value.items():
        if isinstance(content, dict):
            told[key] = [expected(content)]
        elif isinstance(content, list):
            told[key] = [expected(item) for item in content]
        elif str(content).strip():
            told[key] = str(content).strip()
    return told


@given(content=OBJECTS, indent=st.sampled_from([None, 0, 2]))
def test_clean_json_is_read_as_the_library_reads_it(content: dict[str, Any], indent: int | None) -> None:
    node, report = read(json.dumps(content, indent=indent))
    assert plain(node) == expected(content)
    assert not [line for line in report.lines if line.outcome is Outcome.REFUSED]


@given(text=st.text(st.sampled_from('{}[]:,." \n\\ua0-') | st.characters(), max_size=60))
def test_any_text_at_all_is_read_or_called_unreadable(text: str) -> None:
    try:
        read(text)
    except Unreadable:
        return


@given(text=st.text(st.sampled_from('{}[]:,"a1\n'), max_size=12))
def test_what_the_reader_takes_the_library_takes_too_unless_the_report_says_why(text: str) -> None:
    report = FileReport("statement.json")
    try:
        read_json(text, report=report)
    except Unreadable:
        return
    assert report.lines or json.loads(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[", '{"a"', '{"a":', '{"a": 1', '{"a": 1 "b": 2}', "{]", "{,}", '{"a": 1,, "b": 2}'),
        *(
            '{"a": 01}',
            '{"a": NaN}',
            '{"a": "x\n"}',
            '{"a": "\\q"}',
            "{'a': 1}",
            '{"a": 1} {"b": 2}',
            '{"a": ...}',
        ),
        *("7", '"text"', "[]", "[7]", "[" * 10_000, '{"a":' * 10_000),
    ],
)
def test_other_faults_make_it_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


def test_every_value_knows_its_line_and_path() -> None:
    node, _report = read('{\n "a": {\n  "b": [\n   {"c": "x"},\n   {"c":\n "y"}]}}')
    places = [child.values["c"].place for child in node.all("a", "b")]
    assert [(place.path, place.line) for place in places] == [("a.b[0].c", 4), ("a.b[1].c", 5)]


def test_dots_that_stand_alone_cost_nothing_but_what_they_replace() -> None:
    node, report = read('{"list": [{"a": "1"},\n.......\n]}')
    assert [child.text("a") for child in node.all("list")] == ["1"]
    assert [(line.place.path, line.place.line, line.outcome) for line in report.lines] == [
        ("list", 2, Outcome.REFUSED)
    ]


def test_dots_within_a_text_are_text() -> None:
    node, report = read('{"a": "......."}')
    assert node.text("a") == "......."
    assert not report.lines


def test_a_key_told_twice_alike_is_one_key() -> None:
    node, report = read('{"a": "1", "a": "1"}')
    assert node.text("a") == "1"
    assert not report.lines


def test_a_key_told_three_times_differently_is_none() -> None:
    node, report = read('{"a": "1", "A": {"b": "2"}, "a": "1"}')
    assert node.value("a") is None
    assert node.child("a") is None
    assert report.lines


def test_a_text_that_no_database_can_hold_is_refused() -> None:
    node, report = read('{"a": "x\\u0000", "b": "\\ud800", "c": "\\ud83d\\ude00"}')
    assert sorted(node.values) == ["c"]
    assert [line.what for line in report.lines] == ["a", "b"]
