"""The tree is that of RFC 9162: as pymerkle builds it, and as the stand-alone verifier checks it."""

import runpy
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from domains.audit import tree
from tests.conftest import BASE_DIR

VERIFIER = BASE_DIR / "examples" / "verify_audit_proof.py"


@pytest.fixture(scope="module")
def verifier() -> dict[str, Any]:
    """Return the functions of the stand-alone verifier."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["verify", "/dev/null", "--public-key", "none=00"])
        return runpy.run_path(str(VERIFIER))


def over(leaves: list[bytes]) -> Callable[[int, int], bytes]:
    """Return the textbook's recursion over leaves: what RFC 9162 defines the root to be."""

    def subtree(start: int, end: int) -> bytes:
        if end - start == 1:
            return tree.leaf_hash(leaves[start])
        middle = start + tree.split(end - start)
        return tree.node_hash(subtree(start, middle), subtree(middle, end))

    return subtree


def test_the_empty_tree_and_one_leaf_are_those_of_the_rfc() -> None:
    assert tree.Growing().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    growing = tree.Growing()
    growing.add(tree.leaf_hash(b""))
    assert growing.root().hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@settings(max_examples=60, deadline=None)
@given(data=st.data(), size=st.integers(1, 300))
def test_roots_and_proofs_are_those_of_an_independent_implementation(
    verifier: dict[str, Any], data: st.DataObject, size: int
) -> None:
    leaves = [f"entry {number}".encode() for number in range(size)]
    subtree, theirs, growing = over(leaves), InmemoryTree(algorithm="sha256"), tree.Growing()
    for leaf in leaves:
        theirs.append_entry(leaf)
        growing.add(tree.leaf_hash(leaf))
    assert growing.root() == subtree(0, size) == theirs.get_root(size)

    old = data.draw(st.integers(1, size))
    begun = tree.Growing(old, subtree)
    assert begun.root() == theirs.get_root(old)
    for leaf in leaves[old:]:
        begun.add(tree.leaf_hash(leaf))
    assert begun.root() == growing.root()

    number = data.draw(st.integers(0, size - 1))
    path = tree.inclusion(number, size, subtree)
    head = {"size": size, "root": growing.root().hex()}
    proof = {"entry": leaves[number].decode(), "leaf": number, "path": [part.hex() for part in path]}
    assert verifier["included"](proof, head)
    assert not verifier["included"]({**proof, "entry": "another"}, head)
    assert not verifier["included"]({**proof, "leaf": (number + 1) % size}, head) or size == 1
    assert not verifier["included"]({**proof, "path": [*proof["path"], "00" * 32]}, head)  # type: ignore[misc]

    between = tree.consistency(old, size, subtree)
    heads = {"old": {"size": old, "root": subtree(0, old).hex()}, "new": head}
    assert verifier["consistent"]({**heads, "path": [part.hex() for part in between]})
    if old < size:
        other = {"size": old, "root": "11" * 32}
        assert not verifier["consistent"]({**heads, "old": other, "path": [part.hex() for part in between]})
