"""A document's id names it in logs and in the trail, and tells nothing of the literals in it."""

import hashlib

import pytest

from schema.root import gateway


def id_of(text: str) -> str:
    found: str = gateway().documents.read(text).id
    return found


def test_a_document_without_texts_in_it_is_named_by_its_digest() -> None:
    text = "query Newest { customers(first: 5) { nodes { id } } }"
    assert id_of(text) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        'mutation { tokenAuth(username: "someone", password: "%s") { token } }',
        'mutation { tokenAuth(username: "someone", password: """%s""") { token } }',
        'mutation ($p: String! = "%s") { tokenAuth(username: "someone", password: $p) { token } }',
        '{ customers(filter: {fullName: {in: ["a", "%s"]}}) { totalCount } }',
        '{ node(id: "%s") { id } }',
    ],
)
def test_a_text_in_a_document_can_not_be_found_by_trying_digests(text: str) -> None:
    """The id is the same whatever the text is, so no guess at it can be confirmed."""
    assert id_of(text % "hunter2") == id_of(text % "correct horse") != id_of("{ __typename }")
