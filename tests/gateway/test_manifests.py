"""Files of documents to be stored, in the forms that clients' tools write."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.manifests import Entry, Unreadable, digest_of, read_documents

QUERY = "query One { __typename }"


def written(directory: Path, name: str, content: object) -> Path:
    file = directory / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


@pytest.mark.parametrize("name", ["one.graphql", "one.gql"])
def test_a_graphql_file_is_one_document_under_the_digest_of_its_text(tmp_path: Path, name: str) -> None:
    assert read_documents(written(tmp_path, name, QUERY)) == [Entry(digest_of(QUERY), QUERY)]


def test_the_digest_is_that_of_the_specification() -> None:
    """The example of GraphQL over HTTP, appendix A."""
    text = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
    assert digest_of(text) == "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"


def test_an_apollo_manifest_is_read(tmp_path: Path) -> None:
    manifest = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": "dc67510fb4289672", "name": "One", "type": "query", "body": QUERY}],
    }
    assert read_documents(written(tmp_path, "apollo.json", manifest)) == [Entry("dc67510fb4289672", QUERY)]


def test_a_relay_map_is_read(tmp_path: Path) -> None:
    expected = [Entry("3be4abb81fa595e25eb725b2c6a87508", QUERY)]
    as_object = {"3be4abb81fa595e25eb725b2c6a87508": QUERY}
    as_pairs = [["3be4abb81fa595e25eb725b2c6a87508", QUERY]]
    assert read_documents(written(tmp_path, "object.json", as_object)) == expected
    assert read_documents(written(tmp_path, "pairs.json", as_pairs)) == expected


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("no json", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("3", "neither"),
        ("{}", "no document"),
        ("[]", "no document"),
        ({"format": "other", "operations": []}, "version 1"),
        ({"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}, "version 1"),
        ({"format": "apollo-persisted-query-manifest", "version": 1}, "neither"),
        ({"format": "apollo-persisted-query-manifest", "version": 1, "operations": [1]}, "an object"),
        ({"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "x"}]}, "no text"),
        ({"sha256:abc": QUERY}, "no identifier"),
        ({"a b": QUERY}, "no identifier"),
        ({"": QUERY}, "no identifier"),
        ({"x": ""}, "no text"),
        ({"x": 3}, "no text"),
        ([["x"]], "a pair"),
        ([[3, QUERY]], "no identifier"),
    ],
)
def test_what_is_none_of_these_is_refused_with_the_reason(
    tmp_path: Path, content: object, fault: str
) -> None:
    with pytest.raises(Unreadable, match=fault):
        read_documents(written(tmp_path, "manifest.json", content))


def test_a_file_that_is_missing_or_not_in_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        read_documents(tmp_path / "none.graphql")
    (tmp_path / "latin.graphql").write_bytes(b"# caf\xe9")
    with pytest.raises(Unreadable, match="UTF-8"):
        read_documents(tmp_path / "latin.graphql")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=9) | st.just("format"), inner, max_size=3)))  # fmt: skip
def test_no_json_makes_an_error_of_another_kind(
    tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    file = written(tmp_path_factory.mktemp("json"), "any.json", content)
    try:
        entries = read_documents(file)
    except Unreadable:
        return
    assert all(entry.id and entry.text for entry in entries)
