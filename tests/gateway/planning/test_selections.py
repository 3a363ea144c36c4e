"""What is selected: fields, aliases, fragments, directives, and the order in which they are answered."""

import pytest

from gateway.pipeline import Gateway
from tests.gateway.asking import ask
from tests.gateway.planning.conftest import LIBRARIAN

ANN = '(phone: "+91-1")'


def test_keys_are_answered_in_the_order_of_the_selection(gateway: Gateway) -> None:
    answer = ask(gateway, LIBRARIAN, f"{{ reader{ANN} {{ standing name __typename id }} }}")
    assert list(answer.data["reader"]) == ["standing", "name", "__typename", "id"]


def test_an_alias_asks_the_same_field_with_other_arguments(gateway: Gateway) -> None:
    asked = "one: loans(first: 1) { nodes { number } } all: loans { nodes { number } }"
    found = ask(gateway, LIBRARIAN, f"{{ reader{ANN} {{ {asked} }} }}").data["reader"]
    assert found == {
        "one": {"nodes": [{"number": 6}]},
        "all": {"nodes": [{"number": 6}, {"number": 4}, {"number": 2}]},
    }


def test_an_alias_may_be_any_name_of_graphql(gateway: Gateway) -> None:
    names = ["null", "on", "pk", "page", "_json", "subquery", "_row0", "true", "SELECT", "_", "x1"]
    text = f"{{ reader{ANN} {{ {' '.join(f'{name}: name' for name in names)} }} }}"
    assert ask(gateway, LIBRARIAN, text).data["reader"] == dict.fromkeys(names, "Ann Ash")


@pytest.mark.parametrize("selected", [60, 101, 300])
def test_an_object_may_have_any_number_of_keys(gateway: Gateway, selected: int) -> None:
    """`json_build_object` ends at 50 keys, and a function call of PostgreSQL at 100 arguments."""
    from gateway.limits import Limits
    from tests.toy.schema import POLICY, schema

    wide = Gateway(schema(), POLICY, customer_of=lambda _: None, limits=Limits(aliases_max=1_000))
    keys = " ".join(f"k{number}: {('name', 'standing', 'card')[number % 3]}" for number in range(selected))
    found = ask(wide, LIBRARIAN, f"{{ readers {{ nodes {{ {keys} }} }} }}").data["readers"]["nodes"]
    assert [len(row) for row in found] == [selected] * 3
    assert found[2]["k0"], found[2]["k299" if selected == 300 else "k2"] == ("Ann Ash", "CARD-0001")


def test_fields_of_several_fragments_are_merged(gateway: Gateway) -> None:
    text = f"""
        {{ reader{ANN} {{ ...A loans(first: 1) {{ nodes {{ number }} }} ...B ... {{ tags }} }} }}
        fragment A on Reader {{ name loans(first: 1) {{ nodes {{ fine }} }} }}
        fragment B on Reader {{ ...C loans(first: 1) {{ pageInfo {{ hasNextPage }} }} }}
        fragment C on Reader {{ standing name }}
    """
    assert ask(gateway, LIBRARIAN, text).data["reader"] == {
        "name": "Ann Ash",
        "loans": {"nodes": [{"fine": "1.50", "number": 6}], "pageInfo": {"hasNextPage": True}},
        "standing": "GOOD",
        "tags": ["early", 'odd "tag" \\'],
    }


def test_a_fragment_on_a_connection_and_on_the_root_is_followed(gateway: Gateway) -> None:
    text = """
        { ...Root }
        fragment Root on Query { books(first: 1) { ...Page } }
        fragment Page on BookConnection { edges { ...Row } totalCount }
        fragment Row on BookEdge { node { title } __typename }
    """
    assert ask(gateway, LIBRARIAN, text).data["books"] == {
        "edges": [{"node": {"title": "Gitanjali"}, "__typename": "BookEdge"}],
        "totalCount": 4,
    }


@pytest.mark.parametrize(
    ("condition", "variables"),
    [
        ("@include(if: true)", {}),
        ("@skip(if: false)", {}),
        ("@include(if: $yes)", {"yes": True}),
        ("@include(if: $default)", {}),
        ("@skip(if: $no)", {"no": False}),
        ("@include(if: $yes) @skip(if: $no)", {"yes": True, "no": False}),
    ],
)
def test_a_condition_that_holds_includes(
    gateway: Gateway, condition: str, variables: dict[str, bool]
) -> None:
    assert conditional(gateway, condition, variables) == {"name": "Ann Ash", "standing": "GOOD", "tags": 2}


@pytest.mark.parametrize(
    ("condition", "variables"),
    [
        ("@include(if: false)", {}),
        ("@skip(if: true)", {}),
        ("@include(if: $no)", {"no": False}),
        ("@skip(if: $default)", {}),
        ("@include(if: $default)", {"default": False}),
        ("@include(if: true) @skip(if: $yes)", {"yes": True}),
    ],
)
def test_a_condition_that_fails_leaves_out(
    gateway: Gateway, condition: str, variables: dict[str, bool]
) -> None:
    assert conditional(gateway, condition, variables) == {"name": "Ann Ash"}


def conditional(gateway: Gateway, condition: str, variables: dict[str, bool]) -> dict[str, object]:
    used = [name for name in ("yes", "no", "default") if f"${name}" in condition]
    kinds = [f"${name}: Boolean{' = true' if name == 'default' else '!'}" for name in used]
    text = f"""
        query {f"({', '.join(kinds)})" if kinds else ""} {{
            reader{ANN} {{ name standing {condition} ... {condition} {{ standing }} ...Words {condition} }}
        }}
        fragment Words on Reader {{ tags }}
    """
    found: dict[str, object] = ask(gateway, LIBRARIAN, text, variables).data["reader"]
    if isinstance(words := found.get("tags"), list):
        found["tags"] = len(words)
    return found


def test_an_object_of_which_everything_is_skipped_is_empty(gateway: Gateway) -> None:
    text = """{ reader(phone: "+91-1") { name @skip(if: true) favourite { title @include(if: false) }
                loans { nodes @skip(if: true) { number } } } readers { nodes { name @skip(if: true) } } }"""
    assert ask(gateway, LIBRARIAN, text).data == {
        "reader": {"favourite": {}, "loans": {}},
        "readers": {"nodes": [{}, {}, {}]},
    }


def test_several_operations_share_a_document(gateway: Gateway) -> None:
    text = 'query A { reader(phone: "+91-1") { name } } query B { reader(phone: "+91-3") { name } }'
    for name, found in (("A", "Ann Ash"), ("B", "Cam Cedar")):
        assert ask(gateway, LIBRARIAN, text, operation_name=name).data["reader"]["name"] == found
    assert ask(gateway, LIBRARIAN, text).codes == ["OPERATION_NOT_FOUND"]


def test_the_schema_is_asked_about_beside_data(gateway: Gateway) -> None:
    text = """query ($name: String = "Reader", $all: Boolean = false) {
        __typename
        __type(name: $name) { ...Kind }
        other: __type(name: "Nothing") { name }
        reader(phone: "+91-1") { __typename }
        __schema { queryType { name } }
    }
    fragment Kind on __Type { name fields(includeDeprecated: $all) { name } }"""
    found = ask(gateway, LIBRARIAN, text).data
    assert list(found) == ["__typename", "__type", "other", "reader", "__schema"]
    assert found["__type"]["name"] == "Reader"
    assert {"name": "loans"} in found["__type"]["fields"]
    assert found["other"] is None
    assert found["reader"] == {"__typename": "Reader"}
    assert ask(gateway, LIBRARIAN, text, {"name": "Book"}).data["__type"]["name"] == "Book"


def test_page_info_of_which_nothing_is_counted_is_answered(gateway: Gateway) -> None:
    text = "{ readers { pageInfo { __typename hasPreviousPage } } }"
    assert ask(gateway, LIBRARIAN, text).data["readers"]["pageInfo"] == {
        "__typename": "PageInfo",
        "hasPreviousPage": False,
    }
