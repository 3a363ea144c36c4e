"""Arguments: literals and variables mean the same, whole or inside objects and lists, with defaults and null."""

from typing import Any

import pytest

from gateway.pipeline import Gateway
from tests.gateway.asking import ask
from tests.gateway.planning.conftest import LIBRARIAN


def numbers(
    gateway: Gateway, arguments: str, variables: dict[str, Any] | None = None, kinds: str = ""
) -> list[int]:
    """Return the numbers of the loans that arguments of the root field choose."""
    answer = ask(
        gateway, LIBRARIAN, f"query Q{kinds} {{ loans{arguments} {{ nodes {{ number }} }} }}", variables
    )
    return [row["number"] for row in answer.data["loans"]["nodes"]]


@pytest.mark.parametrize(
    ("arguments", "kinds", "variables"),
    [
        ('(filter: {fine: {gte: "1.25"}})', "", {}),
        ("(filter: {fine: {gte: $v}})", "($v: Decimal)", {"v": "1.25"}),
        ('(filter: {fine: {gte: $v}})', '($v: Decimal = "1.25")', {}),
        ("(filter: {fine: $v})", "($v: DecimalLookup)", {"v": {"gte": "1.25", "lt": None}}),
        ("(filter: $v)", "($v: LoanFilter)", {"v": {"fine": {"gte": "1.25"}, "or": None}}),
        ('(filter: $v)', '($v: LoanFilter = {fine: {gte: "1.25"}})', {}),
        ('(filter: {and: {fine: {gte: "1.25"}}})', "", {}),
        ("(filter: {and: [{fine: {gte: $v}}, $w]})", "($v: Decimal, $w: LoanFilter!)", {"v": "1.25", "w": {}}),
        ("(filter: {or: $v})", "($v: [LoanFilter!])", {"v": [{"fine": {"gte": "1.25"}}, {"note": {"in": []}}]}),
        ('(filter: {not: {fine: {lt: "1.25"}}})', "", {}),
        ("(filter: {fine: {gte: $v, lt: $absent}})", "($v: Decimal, $absent: Decimal)", {"v": "1.25"}),
    ],
)  # fmt: skip
def test_a_filter_means_the_same_however_it_is_written(
    gateway: Gateway, arguments: str, kinds: str, variables: dict[str, Any]
) -> None:
    assert numbers(gateway, arguments, variables, kinds) == [5, 6, 7]


@pytest.mark.parametrize(
    "arguments",
    [
        "(filter: null)",
        "(filter: {})",
        "(filter: {fine: null})",
        "(filter: {and: []})",
        "(filter: {fine: {gte: null}})",
        "(filter: {not: null})",
        "(first: null)",
    ],
)
def test_null_and_nothing_are_no_condition(gateway: Gateway, arguments: str) -> None:
    assert len(numbers(gateway, arguments)) == 7


@pytest.mark.parametrize(
    "arguments", ["(filter: {or: []})", "(filter: {not: {}})", "(filter: {note: {in: []}})", "(first: 0)"]
)
def test_nothing_is_one_of_none(gateway: Gateway, arguments: str) -> None:
    assert numbers(gateway, arguments) == []


def test_lists_of_filters_may_be_empty_variables(gateway: Gateway) -> None:
    for word, found in (("and", 7), ("or", 0)):
        shown = numbers(gateway, f"(filter: {{{word}: $v}})", {"v": []}, "($v: [LoanFilter!])")
        assert len(shown) == found


def test_one_of_a_list_is_found(gateway: Gateway) -> None:
    asked = '(filter: {note: {in: ["note 2", $v, "none"]}})'
    assert numbers(gateway, asked, {"v": "note 4"}, "($v: String!)") == [2, 4]
    assert numbers(gateway, "(filter: {note: {in: $v}})", {"v": ["note 1"]}, "($v: [String!])") == [1]
    assert numbers(gateway, '(filter: {note: {in: "note 3"}})') == [3]


def test_a_row_without_a_value_matches_no_condition_but_its_negation(gateway: Gateway) -> None:
    """Loans 3 and 6 have no date."""
    assert numbers(gateway, '(filter: {dueOn: {gte: "2026-01-04"}})') == [4, 5, 7]
    assert numbers(gateway, '(filter: {not: {dueOn: {gte: "2026-01-04"}}})') == [1, 2, 3, 6]
    assert numbers(gateway, '(filter: {not: {not: {dueOn: {gte: "2026-01-04"}}}})') == [4, 5, 7]


@pytest.mark.parametrize("value", ["1.254", "1.255", "1.250001"])
def test_a_number_with_more_places_than_its_column_is_compared_exactly(gateway: Gateway, value: str) -> None:
    """Rounded to the column's two places it would find 1.25, which it is not."""
    assert numbers(gateway, f'(filter: {{fine: {{eq: "{value}"}}}})') == []
    assert numbers(gateway, f'(filter: {{fine: {{gte: "{value}"}}}})') == [6, 7]


def test_a_number_larger_than_its_column_is_compared(gateway: Gateway) -> None:
    assert len(numbers(gateway, '(filter: {fine: {lt: "99999999999999999999"}})')) == 7


def test_text_is_found_by_its_beginning_in_either_case_and_wildcards_are_letters(gateway: Gateway) -> None:
    assert len(numbers(gateway, '(filter: {note: {startsWith: "NOTE"}})')) == 7
    for odd in ("%", "_ote", "note_", "\\\\", "'"):
        assert numbers(gateway, f'(filter: {{note: {{startsWith: "{odd}"}}}})') == []


def test_an_order_left_half_open_takes_the_schema_s_default(gateway: Gateway) -> None:
    """The direction's default is DESC, whether the order is a literal or a variable."""
    descending = [7, 6, 5, 4, 3, 2, 1]
    assert numbers(gateway, "(orderBy: {field: FINE})") == descending
    assert numbers(gateway, "(orderBy: $v)", {"v": {"field": "FINE"}}, "($v: LoanOrder)") == descending
    assert numbers(gateway, "(orderBy: {field: $v})", {"v": "FINE"}, "($v: LoanOrderField!)") == descending
    assert numbers(gateway, "(orderBy: {field: FINE, direction: ASC})") == descending[::-1]
    assert (
        numbers(gateway, "(orderBy: {field: FINE, direction: $v})", {"v": "ASC"}, "($v: SortDirection!)")
        == (descending[::-1])
    )


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ("{eq: BARRED}", ""),
        ("{in: [BARRED]}", ""),
        ("{in: [$v]}", "($v: Standing!)"),
        ("{in: $w}", "($w: [Standing!])"),
        ("{in: $w}", "($w: [Standing!] = [BARRED])"),
    ],
)
def test_enums_are_compared_by_what_is_stored(gateway: Gateway, asked: str, kinds: str) -> None:
    text = f"query Q{kinds} {{ readers(filter: {{standing: {asked}}}) {{ nodes {{ name standing }} }} }}"
    variables = {} if "=" in kinds else {"v": "BARRED", "w": ["BARRED"]}
    found = ask(gateway, LIBRARIAN, text, variables)
    assert found.data["readers"]["nodes"] == [{"name": "Bob Birch", "standing": "BARRED"}]


@pytest.mark.parametrize(
    ("written", "variables", "told"),
    [
        ("{name: $n, phone: $p}", {}, "nothing"),
        ("{name: $n, phone: $p}", {"p": None}, "None"),
        ("{name: $n, phone: $p}", {"p": "7"}, "'7'"),
        ("{name: $n}", {}, "nothing"),
        ("{name: $n, phone: null}", {}, "None"),
        ('{name: $n, phone: "7"}', {}, "'7'"),
        ("$i", {"i": {"name": "Ann Ash"}}, "nothing"),
        ("$i", {"i": {"name": "Ann Ash", "phone": None}}, "None"),
        ("$i", {"i": {"name": "Ann Ash", "phone": "7"}}, "'7'"),
    ],
)
def test_a_mutation_tells_what_is_left_out_from_what_is_null(
    gateway: Gateway, written: str, variables: dict[str, Any], told: str
) -> None:
    """A field whose variable was not sent is left out: to take it for null would remove what is stored."""
    kinds = [
        kind
        for name, kind in {"$n": "$n: String!", "$p": "$p: String", "$i": "$i: NoteInput!"}.items()
        if name in written
    ]
    text = f"mutation ({', '.join(kinds)}) {{ changeReader(input: {written}) {{ told reader {{ name }} }} }}"
    given = {"n": "Ann Ash"} if "$n" in written else {}
    for _ in range(2):
        answer = ask(gateway, LIBRARIAN, text, given | variables)
        assert answer.data["changeReader"] == {"told": told, "reader": {"name": "Ann Ash"}}


def test_one_plan_tells_what_is_left_out_from_what_is_null(gateway: Gateway) -> None:
    text = 'mutation ($p: String) { changeReader(input: {name: "Ann Ash", phone: $p}) { told } }'
    for variables, told in (({}, "nothing"), ({"p": None}, "None"), ({"p": "7"}, "'7'"), ({}, "nothing")):
        assert ask(gateway, LIBRARIAN, text, variables).data["changeReader"]["told"] == told
