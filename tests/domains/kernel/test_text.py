"""A line that a person wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.kernel.text import tidy_line


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
