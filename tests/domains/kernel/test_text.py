"""A line that a person wrote."""

import json

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from domains.kernel.text import PLAIN_FORM, is_plain, tidy_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Asha \t Rao\n", "Asha Rao"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u0d28\u0d4d\u200d", "\u0d28\u0d4d\u200d"),
        ("O\u2019Brien", "O\u2019Brien"),
    ],
)
def test_a_name_of_any_script_is_kept(text: str, line: str) -> None:
    assert tidy_line(text, length_max=200) == line


@pytest.mark.parametrize(
    "text", ["", "   ", "\u200d", "a\x00b", "a\u202eb", "\ud800", "\u200b", None, 3, "a" * 201]
)
def test_what_is_no_line_is_refused(text: object) -> None:
    assert tidy_line(text, length_max=200) is None


@given(st.text(max_size=100))
def test_a_tidy_line_stays_as_it_is_and_can_be_stored(text: str) -> None:
    line = tidy_line(text, length_max=100)
    assert line is None or (tidy_line(line, length_max=100) == line and line.encode() and "\x00" not in line)


@given(st.text(max_size=20) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
def test_a_plain_text_is_its_own_json(text: str) -> None:
    assert is_plain(text) == (json.dumps(text) == f'"{text}"' and "\x7f" not in text)


def test_the_form_of_plain_text_means_the_same_to_postgresql(db: None) -> None:
    with connection.cursor() as cursor:
        for letter in map(chr, [*range(1, 300), 0x2028, 0x1F600]):
            cursor.execute("SELECT %s ~ %s", [letter, PLAIN_FORM])
            assert cursor.fetchone() == (is_plain(letter),), repr(letter)
